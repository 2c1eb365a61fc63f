import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { loadDataset } from '../../src/dataset/load.js';
import { firstImages } from '../../src/images.js';
import { createReferenceKernel } from '../../src/kernel/reference.js';
import { DEFAULTS } from '../../src/sgd.js';
import { train } from '../../src/train.js';
import { run, temporaryFolder } from '../cli/process.js';

test('2,000 epochs have 2,000 lines of history, from the run and from its checkpoint', async () => {
  const cwd = temporaryFolder();
  const long = ['--dataset', 'mnist-mini', '--limit', '50', '-q', '--history', 'h.csv'];
  const saving = ['--checkpoint', 'run.json', '--checkpoint-every', '1500'];
  const args = ['--epochs', '2000', ...long, ...saving];
  expect(await run('backprop-train', args, { cwd })).toMatchObject({ code: 0 });
  const history = readFileSync(join(cwd, 'h.csv'), 'utf8');
  const epochs = history.trimEnd().split('\n').slice(1);
  expect(epochs.map((line) => Number(line.split(',')[0]))).toEqual(
    Array.from({ length: 2000 }, (_, at) => at + 1),
  );
  await run('backprop-train', ['--resume', 'run.json', '-q', '--history', 'again.csv'], { cwd });
  expect(readFileSync(join(cwd, 'again.csv'), 'utf8')).toBe(history);
});

test('training keeps nothing of the epochs behind it', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { train: all } = await loadDataset({ name: 'mnist-mini' });
  const small = firstImages(all, 15);
  const kernel = createReferenceKernel(small);
  const options = { ...DEFAULTS, epochs: 800, batchSize: 5, validation: 0.2, momentum: 0.9 };
  const inUse: number[] = [];
  for (const event of train(kernel, kernel.load(small), options)) {
    if (event.type !== 'epoch' || event.epoch % 200 !== 0) continue;
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    inUse.push(heapUsed + arrayBuffers);
  }
  // The parameters of one epoch are 31 kB: to keep them would show as 19 MB.
  expect(inUse.at(-1)! - inUse[0]!).toBeLessThan(6_000_000);
  expect(inUse).toHaveLength(4);
});
