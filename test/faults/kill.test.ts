import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/kill-test.mjs', import.meta.url));

test.skipIf(process.platform === 'win32')(
  'killed at random moments and gone on with, a run gives the same bytes and no torn file',
  () => {
    const args = [script, '--kills', '10', '--seed', '3', '--json'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ kills: 10, torn: 0, wrong: 0, problems: [] });
    expect(result.finished).toBeGreaterThan(0);
    expect(result.temporaries.mostAtOnce).toBeLessThanOrEqual(1);
    expect(result.temporaries.afterAFinishedRun).toBe(0);
  },
  180_000,
);
