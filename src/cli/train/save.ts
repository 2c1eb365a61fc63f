import { extname } from 'node:path';
import { writeFileAtomic } from '../../files/atomic.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Score } from '../../metrics.js';
import type { Model, Training } from '../../model/model.js';
import type { EpochEvent } from '../../train.js';
import { hyperparametersOf, type TrainFlags } from './flags.js';
import type { Trained } from './loop.js';
import type { Start } from './start.js';

/** How a model is made: the flags that decide its bytes, and the data. */
export function trainingOf(
  flags: TrainFlags,
  { data, resumedFrom }: Start,
  kernel: Kernel,
): Training {
  return {
    ...hyperparametersOf(flags),
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
  const training = trainingOf(flags, start, kernel);
  return {
    ...start.shape,
    parameters: Float32Array.from(parameters),
    training,
    metrics: { epoch, train, validation, test },
  };
}

/** Writes the history, whole or not at all. */
export async function writeHistory(
  path: string,
  epochs: readonly EpochEvent[],
  signal: AbortSignal,
): Promise<void> {
  await writeFileAtomic(path, formatHistory(path, epochs), signal);
}

const FIELDS = [
  'epoch',
  'learningRate',
  'trainLoss',
  'trainAccuracy',
  'validationLoss',
  'validationAccuracy',
] as const;

/**
 * The text of a history file, an epoch a line: CSV with a header and empty cells where nothing was
 * held out, or JSON lines with null there. Losses are mean −L in nats. No times, so that the same
 * flags give the same bytes.
 *
 * @param path ends in .csv or .jsonl
 */
export function formatHistory(path: string, epochs: readonly EpochEvent[]): string {
  const rows = epochs.map(({ epoch, learningRate, train, validation }) => ({
    epoch,
    learningRate,
    trainLoss: train.loss,
    trainAccuracy: train.accuracy,
    validationLoss: validation?.loss ?? null,
    validationAccuracy: validation?.accuracy ?? null,
  }));
  if (extname(path).toLowerCase() === '.jsonl') {
    return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  }
  const lines = rows.map((row) => FIELDS.map((field) => row[field] ?? '').join(','));
  return [FIELDS.join(','), ...lines, ''].join('\n');
}
