import { extname } from 'node:path';
import { writeFileAtomic } from '../../files/atomic.js';
import type { EpochEvent } from '../../train.js';

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
