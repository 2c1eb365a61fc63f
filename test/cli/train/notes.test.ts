import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasPython, run, runOnTerminal, temporaryFolder } from '../process.js';

const mini = ['--dataset', 'mnist-mini', '-e', '1'];

describe('what a run replaces', () => {
  test.each([
    ['model.json', 'model.json \\(mnist-mini, \\d\\d\\.\\d\\d %, 400 images\\)'],
    ['m.npz', 'm\\.npz \\(mnist-mini, \\d\\d\\.\\d\\d %, 400 images\\)'],
    ['m.safetensors', 'm\\.safetensors \\(mnist-mini, \\d\\d\\.\\d\\d %, 400 images\\)'],
    ['m.onnx', 'm\\.onnx'],
  ])('is said before it is replaced: %s', async (out, said) => {
    const cwd = temporaryFolder();
    const train = () => run('backprop-train', [...mini, '-o', out], { cwd });
    expect((await train()).stderr).not.toContain('replaces');
    expect((await train()).stderr).toMatch(new RegExp(`^replaces ${said}\\nepoch 1/1`, 'm'));
  });

  test('has its own number of images; of other data, and other files, what is known', async () => {
    const cwd = temporaryFolder();
    const train = async (...flags: string[]) =>
      (await run('backprop-train', [...mini, ...flags], { cwd })).stderr;
    await train('--limit', '300', '-o', 'a.json');
    expect(await train('-o', 'a.json')).toMatch(
      /replaces a\.json \(mnist-mini, .* %, 300 images\)/,
    );
    writeFileSync(join(cwd, 'notes.json'), 'mine');
    expect(await train('-o', 'notes.json')).toContain(
      'replaces notes.json, which cannot be read as a model\n',
    );
    expect(await train('-o', 'a.json', '--quiet')).toBe('');
    expect(await train('-o', '/dev/null')).not.toContain('replaces');
  });
});

describe('what comes next', () => {
  test.skipIf(!hasPython)('is a line on a terminal', async () => {
    const cwd = temporaryFolder();
    const next = async (...flags: string[]) => {
      const terminal = { columns: 120, cwd };
      const { stdout } = await runOnTerminal('backprop-train', [...mini, ...flags], terminal);
      return /^next: .*$/m.exec(stdout)?.[0].trimEnd();
    };
    expect(await next()).toBe(
      'next: backprop-eval model.json  backprop-explain model.json  --report page.html',
    );
    expect(await next('--report', 'r.html', '-o', 'a.npz')).toBe(
      'next: backprop-eval a.npz  backprop-explain a.npz  open r.html',
    );
    expect(await next('-o', 'a.h')).toBe('next: --report page.html');
    expect(await next('--quiet')).toBeUndefined();
    expect(await next('--json')).toBeUndefined();
  });

  test('is not said in a pipe', async () => {
    const { stdout, stderr } = await run('backprop-train', mini, { cwd: temporaryFolder() });
    expect(stdout + stderr).not.toContain('next:');
  });
});
