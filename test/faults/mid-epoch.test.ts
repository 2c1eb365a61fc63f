import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Terminal } from '../../src/cli/terminal.js';
import { Checkpoints } from '../../src/cli/train/checkpoints.js';
import { runTraining } from '../../src/cli/train/loop.js';
import { createReferenceKernel } from '../../src/kernel/reference.js';
import { readResumable } from '../../src/model/checkpoint.js';
import type { Training } from '../../src/model/model.js';
import { DEFAULTS, type Hyperparameters, initialParameters } from '../../src/sgd.js';
import { temporaryFolder } from '../dataset/idx-bytes.js';

const count = 10_000;
const images = {
  count,
  rows: 1,
  columns: 2,
  classes: 3,
  pixels: Uint8Array.from({ length: 2 * count }, (_, p) => (p * 37) % 256),
  labels: Uint8Array.from({ length: count }, (_, n) => (n * n) % 3),
};
const hyperparameters: Hyperparameters = {
  ...DEFAULTS,
  epochs: 3,
  batchSize: 9,
  learningRate: 0.1,
  momentum: 0.9,
  validation: 0.1,
};
/** The run of a network with these hidden layers. */
function runOf(hidden: readonly number[]) {
  const training: Training = {
    ...hyperparameters,
    hidden,
    init: 'xavier',
    kernel: 'reference',
    resumedFrom: null,
    dataset: { name: 'custom', sha256: '0'.repeat(64) },
  };
  return { rows: 1, columns: 2, classes: 3, hidden, training };
}

/** A terminal on which an interruption comes with progress event number `at`. */
function interrupting(at: number) {
  const interruption = new AbortController();
  const seen = { progress: 0, lines: [] as string[] };
  const terminal = {
    openBar: async () => {},
    progress: () => {
      seen.progress++;
      if (seen.progress === at) interruption.abort(new Error('interrupted'));
    },
    line: (fields: string[]) => seen.lines.push(fields.join(' ')),
  };
  const { signal } = interruption;
  return { seen, signal, terminal: terminal as unknown as Terminal };
}

/** Trains until interrupted at progress event `at`, and saves the checkpoint as the command does. */
async function trainUntil(at: number, path: string, hidden: readonly number[], from?: string) {
  const { seen, signal, terminal } = interrupting(at);
  const resumed = from === undefined ? undefined : (await readResumable(from)).checkpoint;
  const flags = { checkpoint: path, checkpointEvery: 100 };
  const run = runOf(hidden);
  const checkpoints = new Checkpoints(flags, run, resumed, signal);
  const watchers = { terminal, signal, checkpoints, onEpoch: () => {} };
  const kernel = createReferenceKernel(run);
  kernel.setParameters(initialParameters(run, run.training));
  const running = runTraining(kernel, kernel.load(images), hyperparameters, {
    ...watchers,
    from: resumed,
  });
  const result = await running.catch(async (error: unknown) => {
    expect(error).toBe(signal.reason);
    await checkpoints.stop(terminal);
    return undefined;
  });
  return { result, seen };
}

const NETWORKS = [
  ['no hidden layer', []],
  ['two hidden layers', [4, 3]],
] as const;

test.each(NETWORKS)(
  'with %s an interruption is answered before the next step, and the resumed run comes to the same bits',
  async (_, hidden) => {
    const folder = await temporaryFolder();
    const path = join(folder, 'run.json');
    const whole = (await trainUntil(Number.POSITIVE_INFINITY, join(folder, 'whole.json'), hidden))
      .result!;
    // 9,000 images: three progress events an epoch.
    const steps = [455, 910, 1000, 455, 910, 1000, 455, 910];
    for (const [index, step] of steps.entries()) {
      const { result, seen } = await trainUntil(index + 1, path, hidden);
      expect(result).toBe(undefined);
      expect(seen.progress).toBe(index + 1);
      const place = `epoch ${Math.floor(index / 3) + 1}, step ${step}`;
      expect(seen.lines.at(-1)).toBe(`saved ${path}: ${place} resume with --resume ${path}`);
      const rest = await trainUntil(Number.POSITIVE_INFINITY, path, hidden, path);
      expect(rest.result).toEqual(whole);
    }
    expect(readdirSync(folder)).toEqual(['run.json', 'whole.json']);
  },
);

test.each(NETWORKS)(
  'with %s a run stopped again and again, at every progress event, comes to the same bits',
  async (_, hidden) => {
    const folder = await temporaryFolder();
    const path = join(folder, 'run.json');
    const whole = (await trainUntil(Number.POSITIVE_INFINITY, join(folder, 'whole.json'), hidden))
      .result!;
    let stopped = await trainUntil(1, path, hidden);
    let stops = 1;
    for (; !stopped.result; stops++) stopped = await trainUntil(1, path, hidden, path);
    expect(stopped.result).toEqual(whole);
    expect(stops).toBe(10);
  },
);

test('an interruption before the first step saves nothing, and says so', async () => {
  const folder = await temporaryFolder();
  const { seen, signal, terminal } = interrupting(1);
  const flags = { checkpoint: join(folder, 'run.json'), checkpointEvery: 1 };
  await new Checkpoints(flags, runOf([]), undefined, signal).stop(terminal);
  expect(seen.lines.join()).toContain('stopped before the first step: nothing to save in ');
  expect(readdirSync(folder)).toEqual([]);
});

test('diverged parameters do not take the place of a good checkpoint', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'run.json');
  await trainUntil(1, path, []);
  const { checkpoint } = await readResumable(path);
  const flags = { checkpoint: path, checkpointEvery: 1 };
  const state = { ...checkpoint!.state, parameters: new Float32Array(9).fill(Number.NaN) };
  const { seen, signal, terminal } = interrupting(1);
  await new Checkpoints(flags, checkpoint!, { ...checkpoint!, state }, signal).stop(terminal);
  expect(seen.lines).toEqual([`training has diverged: ${path} is left as it was`]);
  expect((await readResumable(path)).checkpoint).toEqual(checkpoint);
});
