import { deflateSync, inflateSync } from 'fflate';
import { fromBase64, toBase64 } from '../base64.js';
import { largestMagnitude } from '../layers/floats.js';
import type { WeightMoment } from './moments.js';
import type { PageSnapshot } from './page-data.js';

/** Room for all snapshots together, in characters. */
const BUDGET = 1_100_000;
/** Levels of a weight's size that are tried, one after the other, until the snapshots fit. */
const LEVELS = [127, 63, 31, 15];

/**
 * The moments' weights as text. A weight is rounded to within a 127th of the moment's largest, more
 * coarsely only where there would be no room; what then still does not fit loses every second moment
 * but the first, the last and what `keep` says.
 *
 * Each moment is kept as its difference from the one before, deflated: most weights hardly change, and
 * those of the border never do. On MNIST 27 moments of 7,840 weights take 0.1 MB, of 100,352 in front of
 * a hidden layer 0.95 MB; without differences 0.17 and 2.9 MB.
 */
export function snapshotsOf(
  moments: readonly WeightMoment[],
  keep: (moment: WeightMoment) => boolean = () => false,
): PageSnapshot[] {
  for (const levels of LEVELS) {
    const snapshots = encoded(moments, levels);
    if (snapshots) return snapshots;
  }
  const last = moments.length - 1;
  const fewer = moments.filter((moment, at) => at % 2 === 0 || at === last || keep(moment));
  return fewer.length < moments.length
    ? snapshotsOf(fewer, keep)
    : encoded(moments, LEVELS.at(-1)!, Number.POSITIVE_INFINITY)!;
}

/** @returns undefined if they take more than `room` characters */
function encoded(
  moments: readonly WeightMoment[],
  levels: number,
  room: number = BUDGET,
): PageSnapshot[] | undefined {
  const before = new Int16Array(moments[0]?.weight.length ?? 0);
  const snapshots: PageSnapshot[] = [];
  let scaleBefore = 0;
  let characters = 0;
  for (const { weight, ...moment } of moments) {
    const scale = scaleOf(largestMagnitude(weight), levels);
    const difference = Int8Array.from(weight, (w, j) => {
      const byte = rounded(w, scale);
      const predicted = rounded(scaleBefore * before[j]!, scale);
      before[j] = byte;
      return byte - predicted;
    });
    const text = toBase64(deflateSync(new Uint8Array(difference.buffer), { level: 6 }));
    characters += text.length;
    if (characters > room) return undefined;
    snapshots.push({ ...moment, scale, weight: text });
    scaleBefore = scale;
  }
  return snapshots;
}

/** The weights of snapshots, each to within half its scale. */
export function weightsOf(snapshots: readonly PageSnapshot[]): Float64Array[] {
  let before: Float64Array | undefined;
  return snapshots.map(({ scale, weight }) => {
    const difference = new Int8Array(inflateSync(fromBase64(weight)).buffer);
    const last = before;
    before = Float64Array.from(difference, (byte, j) => {
      // Modulo 256: a difference may be twice as large as a byte.
      const sum = byte + rounded(last?.[j] ?? 0, scale);
      return scale * ((sum << 24) >> 24);
    });
    return before;
  });
}

/** A power of two, so that it seldom changes from one moment to the next. */
function scaleOf(largest: number, levels: number): number {
  return largest === 0 ? 0 : 2 ** Math.ceil(Math.log2(largest / levels));
}

/** Modulo 2³², as a prediction from far larger weights may be. */
function rounded(weight: number, scale: number): number {
  return scale === 0 ? 0 : Math.round(weight / scale) | 0;
}
