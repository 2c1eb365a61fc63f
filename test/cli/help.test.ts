import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { run } from './process.js';

test.each(['backprop-train', 'backprop-eval', 'backprop-convert'] as const)(
  '%s shows its help',
  async (bin) => {
    const { code, stdout, stderr } = await run(bin, ['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await expect(stdout).toMatchFileSnapshot(`help/${bin}.txt`);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(await run(bin, ['-h'])).toEqual({ code, stdout, stderr, signal: null });
  },
);

test.each(['backprop-train', 'backprop-eval', 'backprop-convert'] as const)(
  '%s shows its version',
  async (bin) => {
    const { code, stdout } = await run(bin, ['--version']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${packageJson.version}\n` });
  },
);
