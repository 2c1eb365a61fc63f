import type { Floats } from '../layers/floats.js';
import type { Score } from '../metrics.js';
import type { ScriptWords } from './words/words.js';

/** How far training is: the epochs done, and of the next one the batches. */
export interface Position {
  readonly epoch: number;
  readonly batch: number;
}

/** What is known of the network at one moment of its training. */
export interface Moment extends Position {
  /** Over the images since the moment before, each before the step that it was part of; null at the first one. */
  readonly train: Score | null;
  /** Of all test images, at this moment. */
  readonly test: Score;
}

/** A moment, with the first layer's weights as they were then: K·D, in front of a hidden layer H·D. */
export interface WeightMoment extends Moment {
  readonly weight: Floats;
}

/** `batch 8`, `epoch 1`, or `epoch 2, batch 1250`. */
export function positionInWords(
  { epoch, batch }: Position,
  words: ScriptWords['position'],
): string {
  const { start, firstEpoch, afterEpoch, laterEpoch } = words;
  if (batch === 0 && epoch === 0) return start;
  const text = batch === 0 ? afterEpoch : epoch === 0 ? firstEpoch : laterEpoch;
  return text
    .replace('{epoch}', String(batch === 0 ? epoch : epoch + 1))
    .replace('{batch}', String(batch));
}

/** Where a position stands between the first, 0, and the last, 1. */
export type TimeAxis = (position: Position) => number;

/** Of a chart's width; the epochs after the first one have the rest. */
const FIRST_EPOCH = 0.4;

/**
 * The time axis of curves: batches of the first epoch by their logarithm, because most is learned in
 * the first few, and from there on epochs evenly. Without positions in the first epoch it begins at its
 * end.
 */
export function timeAxis(positions: readonly Position[], batchesInEpoch: number): TimeAxis {
  const time = ({ epoch, batch }: Position): number => epoch + batch / batchesInEpoch;
  const last = Math.max(...positions.map(time));
  const first = seesFirstEpoch(positions) ? (last > 1 ? FIRST_EPOCH : 1) : 0;
  return (position) => {
    const at = time(position);
    if (at > 1) return first + ((1 - first) * (at - 1)) / (last - 1);
    // The only moment that there is.
    if (last === 0 || (last === 1 && first === 0)) return 0.5;
    return (first * Math.log1p(at * batchesInEpoch)) / Math.log1p(batchesInEpoch);
  };
}

/** Whether any of them is before the end of the first epoch. */
export function seesFirstEpoch(positions: readonly Position[]): boolean {
  return positions.some(({ epoch }) => epoch === 0);
}
