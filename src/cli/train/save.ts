import { dirname, extname, resolve } from 'node:path';
import { UsageError } from '../../errors.js';
import { assertWritable, removeStaleTemporaries, writeFileAtomic } from '../../files/atomic.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Score } from '../../metrics.js';
import { saveModel } from '../../model/file.js';
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

/** The files that a run writes, by flag. */
type OutputFiles = Readonly<Record<string, string | undefined>>;

/** @throws UsageError if two flags name one file */
export function assertDistinct(files: OutputFiles): void {
  const seen = new Map<string, string>();
  for (const [flag, path] of Object.entries(files)) {
    if (path === undefined) continue;
    const other = seen.get(resolve(path));
    if (other !== undefined) {
      throw new UsageError(`--${flag} and --${other} are the same file, ${path}`, {
        hint: 'give each a file of its own',
      });
    }
    seen.set(resolve(path), flag);
  }
}

/**
 * Finds out before the work whether its files can be written at the end, and removes what killed
 * runs left beside them.
 * @throws DiskError
 */
export async function prepareOutputs(files: OutputFiles): Promise<void> {
  const paths = Object.values(files).filter((path) => path !== undefined);
  for (const path of paths) await assertWritable(path);
  for (const folder of new Set(paths.map((path) => dirname(resolve(path))))) {
    // Only tidying up: a folder that may be written but not listed is no reason to stop.
    await removeStaleTemporaries(folder).catch(() => {});
  }
}
