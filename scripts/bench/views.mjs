// The samples as the report asks for them: by peer, threads and work, round by round.

import { FEW } from './plan.mjs';
import { median, summary } from './statistics.mjs';

/** @typedef {import('./bench.mjs').Results} Results */
/** @typedef {import('./measure.mjs').Sample} Sample */
/** @typedef {import('./statistics.mjs').Summary} Summary */
/** @typedef {Map<number, number>} Rounds round → milliseconds */
/** @typedef {{ batchSize?: number, hidden?: number, images?: number }} Work */

export const TITLES = /** @type {Record<string, string>} */ ({
  simd: 'backprop-train, kernel simd',
  reference: 'backprop-train, kernel reference',
  native: 'native C, non-zero pixels',
  numpy: 'NumPy',
  pytorch: 'PyTorch, autograd',
  'pytorch-closed': 'PyTorch, gradient by hand',
  sklearn: 'scikit-learn, MLPClassifier',
  'tfjs-wasm': 'TF.js, WebAssembly',
  'tfjs-cpu': 'TF.js, plain JavaScript',
  'jax-js': 'jax-js, WebAssembly',
});

/**
 * @param {Results} results @param {Sample['part']} part @param {string} peer @param {number} threads
 * @param {Work} work
 */
export function samplesOf(
  { samples },
  part,
  peer,
  threads,
  { batchSize = 64, hidden = 0, images = 60_000 } = {},
) {
  return samples.filter(
    (sample) =>
      sample.part === part &&
      sample.peer === peer &&
      sample.threads === threads &&
      sample.batchSize === batchSize &&
      sample.hidden === hidden &&
      sample.images === images,
  );
}

/**
 * The samples of an epoch; of a peer that is too slow for a whole one, those of few images.
 * @param {Results} results @param {string} peer @param {number} threads @param {Work} work
 */
export function epochSamples(results, peer, threads, { batchSize = 64, hidden = 0 }) {
  const part = hidden > 0 ? 'deep' : batchSize === 64 ? 'epoch' : 'batch';
  const whole = samplesOf(results, part, peer, threads, { batchSize, hidden });
  return whole.length > 0
    ? whole
    : samplesOf(results, part, peer, threads, { batchSize, hidden, images: FEW });
}

/**
 * One epoch of 60,000 images, in each round the median of its process's epochs.
 * @param {Results} results @param {string} peer @param {number} threads @param {Work} [work]
 * @returns {Rounds}
 */
export function epochs(results, peer, threads, work = {}) {
  const samples = epochSamples(results, peer, threads, work);
  return new Map(
    samples.map(({ round, epochsMs, images }) => [round, (median(epochsMs) * 60_000) / images]),
  );
}

/** @param {Results} results @param {string} name @returns {Rounds} */
export function command(results, name) {
  const samples = results.commands?.samples.filter((sample) => sample.name === name) ?? [];
  return new Map(samples.map(({ round, ms }) => [round, ms]));
}

/** Peak memory in MB. @param {Results} results @param {string} name */
export function memory(results, name) {
  const samples = results.commands?.memory.filter((sample) => sample.name === name) ?? [];
  return of(new Map(samples.map(({ round, bytes }) => [round, bytes / 1e6])));
}

/** @param {Rounds} rounds @returns {Summary | undefined} */
export const of = (rounds) => (rounds.size > 0 ? summary([...rounds.values()]) : undefined);

/**
 * Median milliseconds of an epoch for each number of images.
 * @param {Results} results @param {string} peer @param {number} threads @returns {[number, number][]}
 */
export function byCount(results, peer, threads) {
  const samples = results.samples.filter(
    (one) => one.part === 'count' && one.peer === peer && one.threads === threads,
  );
  const counts = [...new Set(samples.map(({ images }) => images))].sort((a, b) => a - b);
  return counts.map((images) => {
    const same = samples.filter((sample) => sample.images === images);
    return [images, median(same.map(({ epochsMs }) => median(epochsMs)))];
  });
}

/** Batch sizes measured, ascending. @param {Results} results */
export const batchSizes = ({ samples }) =>
  [
    ...new Set(
      samples.filter((s) => s.part === 'epoch' || s.part === 'batch').map((s) => s.batchSize),
    ),
  ].sort((a, b) => a - b);

/**
 * How many times as fast two threads are as one, epoch by epoch.
 * @param {Results} results @returns {Summary | undefined}
 */
export const secondThread = (results) => threadRatio(results, ({ one, two }) => one / two);

/**
 * How many times as much two trainings that share nothing do as one alone.
 * @param {Results} results @returns {Summary | undefined}
 */
export const secondProcessor = (results) =>
  threadRatio(results, ({ one, twice }) => (2 * one) / twice);

/**
 * Two threads at one training against one thread at each of two.
 * @param {Results} results @returns {Summary | undefined}
 */
export const sharing = (results) => threadRatio(results, ({ two, twice }) => twice / (2 * two));

/** @param {Results} results @param {(round: import('./measure.mjs').ThreadRound) => number} quotient */
const threadRatio = ({ threads }, quotient) =>
  threads.length > 0 ? summary(threads.map(quotient)) : undefined;
