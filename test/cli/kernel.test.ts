import { spawn } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadImages } from '../../src/cli/kernel.js';
import { DataError } from '../../src/errors.js';
import { createSimdKernel } from '../../src/kernel/simd.js';
import { writeSmallData } from './bytes.js';
import { type Finished, finish, run, temporaryFolder } from './process.js';

const mini = ['--dataset', 'mnist-mini'];
const training = [...mini, '-e', '1', '-o', 'model.json'];

/** Node's interpreter alone: no WebAssembly. */
const jitless = { NODE_OPTIONS: '--jitless' };
const note =
  'warning: the fast kernel needs WebAssembly, which is switched off here: ' +
  'the reference kernel does the work, slower\n';

const kernelOf = (cwd: string): string =>
  JSON.parse(readFileSync(join(cwd, 'model.json'), 'utf8')).training.kernel;

describe('without WebAssembly', () => {
  test('the reference kernel trains and evaluates, as if it had been named, with one note', async () => {
    const cwd = temporaryFolder();
    const named = ['--kernel', 'reference'];
    const { stdout: expected } = await run('backprop-train', [...training, ...named, '--json'], {
      cwd,
    });
    const trained = await run('backprop-train', [...training, '--json'], { cwd, env: jitless });
    expect(trained.code).toBe(0);
    expect(trained.stderr.split(note)).toHaveLength(2);
    expect(kernelOf(cwd)).toBe('reference');
    expect(lastLine(trained.stdout).model).toEqual(lastLine(expected).model);

    const evaluated = await run('backprop-eval', ['model.json', ...mini], { cwd, env: jitless });
    expect(evaluated.code).toBe(0);
    expect(evaluated.stderr).toContain(note);
    const same = await run('backprop-eval', ['model.json', ...mini, ...named], { cwd });
    expect(same.stderr).toBe('');
    expect(evaluated.stdout).toBe(same.stdout);
  });

  test('--kernel simd is an error that says what helps, and saves nothing', async () => {
    const cwd = temporaryFolder();
    await run('backprop-train', [...training, '-q'], { cwd });
    const before = readFileSync(join(cwd, 'model.json'));
    const simd = ['--kernel', 'simd'];
    const trained = await run('backprop-train', [...training, ...simd], { cwd, env: jitless });
    const evaluated = await run('backprop-eval', ['model.json', ...mini, ...simd], {
      cwd,
      env: jitless,
    });
    for (const { code, stderr } of [trained, evaluated]) {
      expect(code).toBe(2);
      expect(stderr).toContain(
        'error: the fast kernel needs WebAssembly, which is switched off here. ' +
          'Run without --jitless, or choose --kernel reference.\n',
      );
    }
    expect(readFileSync(join(cwd, 'model.json'))).toEqual(before);
  });

  test("a checkpoint of simd is not resumed by another kernel: the run's bytes would change", async () => {
    const cwd = temporaryFolder();
    const checkpoint = ['--checkpoint', 'run.json', '-q'];
    await run('backprop-train', [...training, ...checkpoint], { cwd });
    const resumed = ['--resume', 'run.json', '-o', 'resumed.json'];
    const { code, stderr } = await run('backprop-train', resumed, { cwd, env: jitless });
    expect(code).toBe(2);
    expect(stderr).toContain('error: the fast kernel needs WebAssembly');
  });
});

describe.runIf(process.platform === 'linux')(
  'with as little memory as a batch system gives',
  () => {
    test('train and eval do their work', async () => {
      const cwd = temporaryFolder();
      const trained = await runWithin(4_000_000, 'backprop-train', training, cwd);
      expect(trained).toMatchObject({ code: 0 });
      const evaluated = await runWithin(4_000_000, 'backprop-eval', ['model.json', ...mini], cwd);
      expect(evaluated).toMatchObject({ code: 0 });
    });
  },
);

describe('images too many for the memory are a data error', () => {
  test("of the kernel's 4 GiB, which says how many they are", async () => {
    const shape = { rows: 1, columns: 1, classes: 2 };
    const kernel = await createSimdKernel(shape);
    // Zeros that nobody writes to take no memory.
    const zeros = new Uint8Array(300_000_000);
    const images = { ...shape, count: zeros.length, pixels: zeros, labels: zeros };
    expect(() => loadImages(kernel, images)).toThrow(DataError);
    expect(() => loadImages(kernel, images)).toThrow(/^300,000,000 images of 1×1: .* do not fit/);
    await kernel.close();
  });

  test.runIf(process.platform === 'linux')('of the process, wherever it runs out', async () => {
    const cwd = temporaryFolder();
    writeSmallData(join(cwd, 'data'));
    const count = 60_000_000;
    sparseFile(join(cwd, 'data', 'train-images-idx3-ubyte'), [0x803, count, 1, 1], count);
    sparseFile(join(cwd, 'data', 'train-labels-idx1-ubyte'), [0x801, count], count);
    sparseFile(join(cwd, 'data', 't10k-images-idx3-ubyte'), [0x803, 9, 1, 1], 9);
    const args = ['--data-dir', 'data', '--kernel', 'reference'];
    const { code, stderr } = await runWithin(1_200_000, 'backprop-train', args, cwd);
    expect(stderr).toMatch(/^error: .*memory/m);
    expect(code).toBe(3);
  });
});

/** An IDX file of zeros that takes no space on the disk. */
function sparseFile(path: string, header: readonly number[], size: number): void {
  const bytes = Buffer.alloc(4 * header.length);
  for (const [i, word] of header.entries()) bytes.writeUInt32BE(word, 4 * i);
  writeFileSync(path, bytes);
  truncateSync(path, bytes.length + size);
}

/** Runs a built bin in an address space of so many kilobytes. */
function runWithin(kilobytes: number, bin: string, args: string[], cwd: string): Promise<Finished> {
  const script = new URL(`../../dist/bin/${bin}.js`, import.meta.url).pathname;
  const limited = `ulimit -v ${kilobytes}; exec "$0" "$@"`;
  return finish(spawn('sh', ['-c', limited, process.execPath, script, ...args], { cwd }));
}

function lastLine(json: string): { model: unknown } {
  return JSON.parse(json.trimEnd().split('\n').at(-1)!);
}
