import { writeFileAtomic } from '../../files/atomic.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Score } from '../../metrics.js';
import { type Model, saveModel, type Training } from '../../model/model.js';
import { formatHistory } from './history.js';
import type { Trained } from './loop.js';
import type { TrainFlags } from './run.js';
import type { Start } from './start.js';

/** How a model is made: the flags that decide its bytes, and the data. */
export function trainingOf(
  flags: TrainFlags,
  { data, resumedFrom }: Start,
  kernel: Kernel,
): Training {
  return {
    epochs: flags.epochs,
    batchSize: flags.batchSize,
    learningRate: flags.lr,
    learningRateSchedule: flags.lrSchedule,
    momentum: flags.momentum,
    weightDecay: flags.weightDecay,
    seed: flags.seed,
    shuffle: flags.shuffle,
    init: flags.init,
    limit: flags.limit ?? null,
    validation: flags.validation,
    earlyStop: flags.earlyStop ?? null,
    kernel: kernel.name,
    resumedFrom,
    dataset: { name: data.name, sha256: data.sha256 },
  };
}

/** What is saved: the parameters kept, how they were made, and what they achieve. */
export function modelOf(
  flags: TrainFlags,
  start: Start,
  kernel: Kernel,
  { parameters, epoch, train, validation }: Trained,
  test: Score,
): Model {
  const { rows, columns, classes } = start.images;
  const training = trainingOf(flags, start, kernel);
  return {
    ...{ rows, columns, classes, parameters: Float32Array.from(parameters), training },
    metrics: { epoch, train, validation, test },
  };
}

/** Writes model and history, each whole or not at all. */
export async function save(
  flags: TrainFlags,
  model: Model,
  { epochs }: Trained,
): Promise<{ path: string; bytes: number; sha256: string }> {
  const saved = await saveModel(flags.out, model);
  if (flags.history !== undefined) {
    await writeFileAtomic(flags.history, formatHistory(flags.history, epochs));
  }
  return { path: flags.out, ...saved };
}
