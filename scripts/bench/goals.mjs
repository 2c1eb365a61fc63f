// What the issue "The fast kernel" set out to reach, held against the measurements.

import { NAMES } from './commands.mjs';
import { digits } from './markdown.mjs';
import { exponent, ratio } from './statistics.mjs';
import {
  batchSizes,
  byCount,
  command,
  epochs,
  epochsAtBest,
  memory,
  of,
  secondThread,
  TITLES,
} from './views.mjs';

/** @typedef {import('./bench.mjs').Results} Results */
/** @typedef {import('./views.mjs').Rounds} Rounds */
/** @typedef {import('./statistics.mjs').Summary} Summary */
/** @typedef {{ work: string, goal: string, measured: string, reached: string }} Row */

const MISSING = { measured: 'not measured', reached: '–' };

/** @param {boolean} is */
const yesNo = (is) => (is ? 'yes' : '**no**');

/** @param {Summary} summary @param {string} unit */
const spread = ({ median, low, high }, unit) =>
  `${digits(median)}${unit} (${digits(low)} to ${digits(high)})`;

/**
 * @param {string} work @param {string} goal @param {Summary | undefined} found
 * @param {string} unit @param {(median: number) => boolean} isReached
 * @returns {Row}
 */
function row(work, goal, found, unit, isReached) {
  if (!found) return { work, goal, ...MISSING };
  return { work, goal, measured: spread(found, unit), reached: yesNo(isReached(found.median)) };
}

/** @param {Results} results @param {number} threads @param {string} peer @param {number} times */
function faster(results, threads, peer, times) {
  const ours = epochs(results, 'simd', threads);
  const found = ratio(epochsAtBest(results, peer, threads), ours);
  const work = `one epoch, batch 64, ${threads === 1 ? 'one thread' : 'two threads'}`;
  return row(work, `≥ ${times}× ${TITLES[peer]}`, found, '×', (value) => value >= times);
}

/** @param {Results} results @param {number} batchSize @param {number} threads */
function againstNumPy(results, batchSize, threads) {
  const ours = epochs(results, 'simd', threads, batchSize);
  const found = ratio(epochsAtBest(results, 'numpy', threads, batchSize), ours);
  const size = batchSize === 60_000 ? 'all 60,000 images' : String(batchSize);
  const work = `one epoch, batch ${size}, ${threads === 1 ? 'one thread' : 'two threads'}`;
  return row(work, 'never slower than NumPy', found, '×', (value) => value >= 1);
}

/** @param {Results} results @param {number} threads @returns {Row} */
function linear(results, threads) {
  const work = `cost against N, ${threads === 1 ? 'one thread' : 'two threads'}`;
  const points = byCount(results, 'simd', threads);
  const largest = points.at(-1)?.[0] ?? 0;
  const goal = 'linear from 1,000 to 600,000 images: exponent 0.95 to 1.05';
  if (largest < 600_000) return { work, goal, ...MISSING };
  const found = exponent(points);
  return {
    work,
    goal,
    measured: `N^${found.toFixed(3)}`,
    reached: yesNo(found >= 0.95 && found <= 1.05),
  };
}

/** @param {Results} results @param {string} name @param {number} most seconds */
function seconds(results, name, most) {
  const rounds = new Map([...command(results, name)].map(([round, ms]) => [round, ms / 1000]));
  return row(
    `\`${name}\``,
    `≤ ${most} s on the reference machine`,
    of(rounds),
    ' s',
    (value) => value <= most,
  );
}

/** @param {Results} results @returns {Row[]} */
function wholeCommand(results) {
  const train = command(results, NAMES.train);
  const rows = [
    seconds(results, NAMES.train, 0.45),
    row(
      `\`${NAMES.train}\``,
      "under half of PyTorch's same script",
      ratio(train, command(results, NAMES.pytorch)),
      '× its time',
      (value) => value < 0.5,
    ),
  ];
  const split = { work: `\`${NAMES.train}\``, goal: '`--timings` prints where the time goes' };
  if (!results.commands) rows.push({ ...split, ...MISSING });
  else {
    const { timings } = results.commands;
    rows.push({
      ...split,
      measured: timings ? 'printed, see below' : 'no such option',
      reached: yesNo(timings !== ''),
    });
  }
  const help = ratio(command(results, NAMES.help), command(results, NAMES.nothing));
  return [
    ...rows,
    row(`\`${NAMES.help}\``, '≤ 2× `node -e 0`', help, '×', (value) => value <= 2),
    seconds(results, NAMES.evaluate, 0.25),
    row(
      `peak memory of \`${NAMES.train}\``,
      '≤ 200 MB',
      memory(results, NAMES.train),
      ' MB',
      (value) => value <= 200,
    ),
  ];
}

/** @param {Results} results @returns {Row[]} */
export function goals(results) {
  return [
    faster(results, 1, 'numpy', 3),
    faster(results, 1, 'pytorch', 6),
    faster(results, 1, 'pytorch-closed', 6),
    faster(results, 1, 'tfjs-wasm', 130),
    faster(results, 1, 'tfjs-cpu', 130),
    row(
      'one epoch, batch 64, one thread',
      "≤ 1.3× native C's time",
      ratio(epochs(results, 'simd', 1), epochs(results, 'native', 1)),
      '×',
      (value) => value <= 1.3,
    ),
    faster(results, 2, 'numpy', 5),
    faster(results, 2, 'pytorch', 10),
    faster(results, 2, 'pytorch-closed', 10),
    row(
      'one epoch, batch 64, two threads',
      '≥ 1.6× our own one thread',
      secondThread(results),
      '×',
      (value) => value >= 1.6,
    ),
    ...batchSizes(results).flatMap((size) => [1, 2].map((t) => againstNumPy(results, size, t))),
    linear(results, 1),
    linear(results, 2),
    ...wholeCommand(results),
  ];
}
