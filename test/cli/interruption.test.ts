import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { finish, start, temporaryFolder, untilWritten } from './process.js';

const endless = ['--dataset', 'mnist-mini', '--epochs', '100000'];

describe.skipIf(process.platform === 'win32')('signals', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s ends training with %i and leaves the older model alone',
    async (signal, expected) => {
      const cwd = temporaryFolder();
      writeFileSync(join(cwd, 'model.json'), 'older');
      const child = start('backprop-train', endless, { cwd });
      const finished = finish(child);
      await untilWritten(child.stderr!, 'epoch 1/');
      child.kill(signal);
      const { code, stdout, stderr } = await finished;
      expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
      expect(stderr).toMatch(new RegExp(`\\nerror: interrupted by ${signal}\\.\\n$`));
      expect(readdirSync(cwd)).toEqual(['model.json']);
      expect(readFileSync(join(cwd, 'model.json'), 'utf8')).toBe('older');
    },
  );

  test('a second signal does no harm', async () => {
    const cwd = temporaryFolder();
    const child = start('backprop-train', endless, { cwd });
    const finished = finish(child);
    await untilWritten(child.stderr!, 'epoch 1/');
    child.kill('SIGINT');
    child.kill('SIGTERM');
    const { code, signal } = await finished;
    // Its own exit code, or killed by the second signal before it got there.
    expect([130, 143, null]).toContain(code);
    if (code === null) expect(['SIGINT', 'SIGTERM']).toContain(signal);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe.skipIf(process.platform === 'win32')('a reader that goes away', () => {
  test('of stdout ends the work quietly, with the code of a broken pipe', async () => {
    const cwd = temporaryFolder();
    const child = start('backprop-train', [...endless, '--json'], { cwd });
    const finished = finish(child);
    await untilWritten(child.stdout!, '"event":"epoch"');
    child.stdout!.destroy();
    const { code, stderr } = await finished;
    expect(code).toBe(141);
    expect(stderr).not.toMatch(/error|EPIPE/);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('of stderr does not stop the work', async () => {
    const cwd = temporaryFolder();
    const child = start('backprop-train', ['--dataset', 'mnist-mini'], { cwd });
    child.stderr!.destroy();
    const { code, stdout } = await finish(child);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sha256 /m);
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk behind stdout is an error', async () => {
    const cwd = temporaryFolder();
    const full = openSync('/dev/full', 'w');
    const child = start('backprop-train', ['--dataset', 'mnist-mini', '-q'], {
      cwd,
      stdio: ['ignore', full, 'pipe'],
    });
    const { code, stderr } = await finish(child);
    closeSync(full);
    expect(code).toBe(5);
    expect(stderr).toMatch(/^error: cannot write to stdout: .*ENOSPC/);
  });
});
