import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run, temporaryFolder } from './process.js';

const mini = ['--dataset', 'mnist-mini'];

describe('training that diverges in its last step exits with 6 and saves nothing', () => {
  test.each([
    ['found on the images of that step', ['-b', '400', '--lr', '1e36']],
    [
      'found on the images held out',
      ['-b', '360', '--lr', '1e36', '--validation', '0.1', '--history', 'h.csv'],
    ],
    [
      'with a checkpoint',
      ['-b', '360', '--lr', '1e37', '--validation', '0.1', '--checkpoint', 'c.json'],
    ],
  ])('%s', async (_, flags) => {
    const cwd = temporaryFolder();
    const args = [...mini, '-e', '1', ...flags];
    const { code, stdout, stderr } = await run('backprop-train', args, { cwd });
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(stderr).toMatch(/error: training diverged: .* is not finite at epoch 1, step 1\./);
    expect(stderr).not.toContain('best');
    for (const file of ['model.json', 'h.csv', 'c.json']) {
      expect(existsSync(join(cwd, file))).toBe(false);
    }
  });

  test('found on the test images, which alone are bright', async () => {
    const cwd = temporaryFolder();
    const write = (split: string, labels: number[], pixel: number) => {
      const pixels = Array<number>(labels.length * 784).fill(pixel);
      const images = [0, 0, 8, 3, 0, 0, 0, labels.length, 0, 0, 0, 28, 0, 0, 0, 28, ...pixels];
      writeFileSync(join(cwd, `${split}-images-idx3-ubyte`), Uint8Array.from(images));
      const bytes = Uint8Array.from([0, 0, 8, 1, 0, 0, 0, labels.length, ...labels]);
      writeFileSync(join(cwd, `${split}-labels-idx1-ubyte`), bytes);
    };
    write('train', [0, 0, 0, 1], 25);
    write('t10k', [0, 1], 255);
    const args = ['--data-dir', '.', '-e', '1', '-b', '4', '--lr', '2e35'];
    const { code, stdout, stderr } = await run('backprop-train', args, { cwd });
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(stderr).toContain('the test loss (NaN) is not finite at epoch 1, step 1. Use a smaller');
    expect(existsSync(join(cwd, 'model.json'))).toBe(false);
  });

  test('large steps that stay finite are no error', async () => {
    const cwd = temporaryFolder();
    const args = [...mini, '-e', '1', '--lr', '1e9', '-q'];
    expect((await run('backprop-train', args, { cwd })).code).toBe(0);
  });
});

describe('a model whose scores overflow', () => {
  /** Weights that float32 can hold, of which no sum of a few can be held. */
  async function overflowing(): Promise<string> {
    const cwd = temporaryFolder();
    await run('backprop-train', [...mini, '-e', '1', '-q'], { cwd });
    const model = JSON.parse(readFileSync(join(cwd, 'model.json'), 'utf8'));
    const linear = model.layers[1];
    linear.weight = linear.weight.map((_: number, p: number) => (p % 2 ? 3.4e38 : -3.4e38));
    writeFileSync(join(cwd, 'model.json'), JSON.stringify(model));
    return cwd;
  }

  test('is an error of eval that names the image, with --report and --json too', async () => {
    const cwd = await overflowing();
    for (const flags of [[], ['--json'], ['--report', 'r.html'], ['--kernel', 'reference']]) {
      const args = ['model.json', ...mini, ...flags];
      const { code, stdout, stderr } = await run('backprop-eval', args, { cwd });
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      expect(stderr).toMatch(
        /^error: model\.json: the scores of test image \d+ overflow \(log-likelihood (NaN|-Infinity)\)\./,
      );
    }
    expect(existsSync(join(cwd, 'r.html'))).toBe(false);
  });

  test('is none that --resume can start from', async () => {
    const cwd = await overflowing();
    const args = [...mini, '--resume', 'model.json', '-o', 'resumed.json', '-q'];
    const { code, stderr } = await run('backprop-train', args, { cwd });
    expect(code).toBe(4);
    expect(stderr).toMatch(/^error: .*the parameters that training starts from/);
    expect(existsSync(join(cwd, 'resumed.json'))).toBe(false);
  });
});
