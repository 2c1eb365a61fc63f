// The measurements as tables, and what they mean.

import { grouped, percent } from '../../dist/src/text/numbers.js';
import { DEEP_TRAINING, NAMES, TRAINING } from './commands.mjs';
import { digits, middle, table } from './markdown.mjs';
import { exponent, line, median, ratio } from './statistics.mjs';
import {
  batchSizes,
  byCount,
  command,
  epochSamples,
  epochs,
  memory,
  of,
  samplesOf,
  secondProcessor,
  secondThread,
  sharing,
  TITLES,
} from './views.mjs';

/** @typedef {import('./bench.mjs').Results} Results */

/** @param {Results} results @param {number} threads */
export function epochTable(results, threads) {
  const ours = epochs(results, 'simd', threads);
  const rows = Object.keys(TITLES).flatMap((peer) => {
    const rounds = epochs(results, peer, threads);
    const found = of(rounds);
    if (!found) return [];
    const samples = samplesOf(results, 'epoch', peer, threads);
    const first = median(samples.map(({ epochsMs }) => epochsMs[0]));
    const all = samples.flatMap(({ epochsMs }) => epochsMs);
    const cells = [digits(found.median), digits(Math.min(...all)), digits(Math.max(...all))];
    const prepare = digits(median(samples.map(({ prepareMs }) => prepareMs)));
    return [
      [
        TITLES[peer],
        ...cells,
        digits(first),
        middle(ratio(rounds, ours), '×'),
        prepare,
        `${found.count}`,
      ],
    ];
  });
  const head = [
    'ms an epoch',
    'median',
    'min',
    'max',
    'first epoch',
    '÷ simd',
    'prepare',
    'rounds',
  ];
  return `### ${threads === 1 ? 'One thread' : 'Two threads'}\n\n${table(head, rows)}`;
}

/**
 * One epoch: of this program one row for each number of threads, of the others the faster one.
 * @param {Results} results @param {import('./views.mjs').Work} work
 */
export function bestTable(results, work) {
  const one = epochs(results, 'simd', 1, work);
  const two = epochs(results, 'simd', 2, work);
  /** @param {string} peer @param {number} threads */
  const typical = (peer, threads) => of(epochs(results, peer, threads, work))?.median ?? Infinity;
  const rows = Object.keys(TITLES).flatMap((peer) => {
    const best = typical(peer, 2) < typical(peer, 1) ? 2 : 1;
    return (peer === 'simd' ? [1, 2] : [best]).flatMap((threads) => {
      const rounds = epochs(results, peer, threads, work);
      const found = of(rounds);
      if (!found) return [];
      const samples = epochSamples(results, peer, threads, work);
      const { images } = samples[0];
      const title =
        peer === 'simd' ? `${TITLES[peer]}, ${threads === 1 ? 'one' : 'two'}` : TITLES[peer];
      const tried = [1, 2].filter((t) => epochs(results, peer, t, work).size > 0);
      return [
        [
          title,
          digits(found.median),
          middle(ratio(rounds, one), '×'),
          middle(ratio(rounds, two), '×'),
          tried.length > 1 && peer !== 'simd'
            ? `${threads}, the faster of ${tried.join(' and ')}`
            : `${threads}`,
          digits(found.low),
          digits(found.high),
          images === 60_000 ? 'a whole epoch' : `${grouped(images)} images, × ${60_000 / images}`,
          `${found.count}`,
        ],
      ];
    });
  });
  const head = [
    'ms an epoch',
    'median',
    '÷ simd, one',
    '÷ simd, two',
    'threads',
    'min',
    'max',
    'measured',
    'rounds',
  ];
  return table(head, rows);
}

/** @param {Results} results */
export function threadTable(results) {
  const { threads } = results;
  if (threads.length === 0) return '';
  const rows = [
    ['two threads, against one', ...ratios(secondThread(results))],
    ['two separate trainings at once, against one alone', ...ratios(secondProcessor(results))],
    ['two threads, against two separate trainings', ...ratios(sharing(results))],
  ];
  /** @param {'one' | 'two' | 'twice'} kind */
  const typical = (kind) => digits(median(threads.map((round) => round[kind])));
  return `### What the second thread is worth

In one process and in turn, epoch by epoch, ${threads.length} rounds: the kernel simd with one thread (median ${typical('one')} ms), with
two threads (${typical('two')} ms), and two separate trainings of one thread each at once (${typical('twice')} ms for both). Those share
nothing, so what they gain is what the machine's second processor was worth at that moment.

${table(['times as fast', 'median', 'quartiles', 'smallest', 'largest'], rows)}`;
}

/** @param {import('./statistics.mjs').Summary | undefined} found */
function ratios(found) {
  if (!found) return ['–', '–', '–', '–'];
  const [lower, upper] = found.quartiles;
  return [found.median, `${digits(lower)} to ${digits(upper)}`, found.low, found.high].map((one) =>
    typeof one === 'string' ? one : digits(one),
  );
}

/** @param {Results} results */
export function batchTables(results) {
  const sizes = batchSizes(results);
  const combinations = ['simd', 'native', 'numpy', 'pytorch'].flatMap((peer) =>
    [1, 2].map((threads) => ({ peer, threads })),
  );
  const rows = combinations.flatMap(({ peer, threads }) => {
    const cells = sizes.map((size) => of(epochs(results, peer, threads, { batchSize: size })));
    if (cells.filter(Boolean).length < 2) return [];
    /** @type {[number, number][]} */
    const points = cells.flatMap((found, i) =>
      found ? [[Math.ceil(60_000 / sizes[i]), found.median]] : [],
    );
    const { a, b } = line(points);
    const fit = cells.every(Boolean)
      ? [digits((a / 60_000) * 1e3), digits(Math.max(0, b) * 1e3)]
      : ['–', '–'];
    return [[`${TITLES[peer]}, ${threads}`, ...cells.map((cell) => middle(cell)), ...fit]];
  });
  if (rows.length === 0) return '';
  const head = ['ms an epoch, threads', ...sizes.map(grouped), 'µs an image', 'µs a step'];
  return `## Batch sizes

${table(head, rows)}

The last two columns are a and b of "an epoch of N images in S steps costs a · N + b · S", by least squares
of the relative deviation: what an epoch costs grows as the batch shrinks because every step has a price
of its own, whatever its size. In the kernel that is the beginning and end of each pass over a batch and,
with two threads, the barriers between them; in NumPy and PyTorch it is mostly the interpreter's calls. All 60,000 images in
one step are 188 MB of floats to NumPy and PyTorch, which then wait for memory.`;
}

/** @param {Results} results */
export function countTable(results) {
  const lines = [
    ['simd', 1],
    ['simd', 2],
    ['native', 1],
  ].map(([peer, threads]) => ({
    label: `${TITLES[peer]}, ${threads}`,
    points: byCount(results, `${peer}`, Number(threads)),
  }));
  const measured = lines.filter(({ points }) => points.length > 1);
  if (measured.length === 0) return '';
  const rows = measured[0].points.map(([images], i) => [
    grouped(images),
    ...measured.flatMap(({ points }) => {
      const ms = points[i][1];
      return [digits(ms), digits((ms / images) * 1e6)];
    }),
  ]);
  const fitted = measured.map(({ label, points }) => `${label}: N^${exponent(points).toFixed(3)}`);
  const head = ['images', ...measured.flatMap(({ label }) => [`${label}: ms`, 'ns an image'])];
  return `## Against the number of images

Batch 64, shuffled, one epoch of N images; above 60,000 the data set is repeated in memory. Fitted over
all points: ${fitted.join('; ')}.

${table(head, rows)}`;
}

/** @param {Results} results @param {string[]} names @param {string} base what "÷ train" divides by */
function commandRows(results, names, base) {
  const { commands } = results;
  const ours = command(results, base);
  return names.flatMap((name) => {
    const rounds = command(results, name);
    const found = of(rounds);
    if (!found) return [];
    const { median: typical, low, high, count } = found;
    const cells = [typical, low, high].map(digits);
    const cpu = (commands?.memory ?? [])
      .filter((one) => one.name === name)
      .map((one) => one.cpuSeconds * 1e3);
    return [
      [
        name.includes('script') ? name : `\`${name}\``,
        ...cells,
        [...TRAINING, ...DEEP_TRAINING].includes(name) ? middle(ratio(rounds, ours), '×') : '–',
        cpu.length > 0 ? digits(median(cpu)) : '–',
        middle(memory(results, name)),
        `${count}`,
      ],
    ];
  });
}

/** @param {Results} results */
export function commandTable(results) {
  const { commands } = results;
  if (!commands) return '';
  const head = ['ms', 'median', 'min', 'max', '÷ train', 'processor time', 'peak MB', 'runs'];
  const rows = commandRows(
    results,
    Object.values(NAMES).filter((name) => !DEEP_TRAINING.includes(name)),
    NAMES.train,
  );
  const deepRows = commandRows(results, DEEP_TRAINING, NAMES.deep);
  const accuracies = Object.entries(commands.deepAccuracy);
  const threads = Object.entries(commands.scriptThreads);
  const sums = new Set(Object.values(commands.modelSha256));
  const { test, training } = commands.model;
  const { epochs: times, batchSize, learningRate, learningRateSchedule: schedule } = training;
  return `## Whole commands

Processes, from spawn to exit. The scripts do the same work as the command by its defaults: read the four
files and verify their SHA-256, ${times} epochs in batches of ${batchSize}, learning rate ${learningRate} (${schedule} schedule), evaluate, save. PyTorch
has one thread. "÷ train" is the median of the ratios within each round. Every
model is evaluated anew from its file: test loss ${test.loss.toFixed(4)}, accuracy ${percent(test.accuracy)}; model.json was ${sums.size === 1 ? 'the same bytes' : 'NOT the same bytes'} each time.

${table(head, rows)}
${commands.timings ? `\n\`${NAMES.train} --timings\`:\n\n\`\`\`text\n${commands.timings}\n\`\`\`\n` : ''}
### With a hidden layer, to 98 %

\`${NAMES.deep}\` and the scripts of the same recipe: 784-128-10, He's initial weights, batches of 16, learning rate 0.4
(linear schedule), 5 epochs, after which every model's accuracy on the test images must be 98 % or more, evaluated anew
from its file: ${accuracies.map(([name, value]) => `${name}: ${percent(value)}`).join('; ')}. "Processor time" is what all
of a process's threads took together. Each script has the number of threads, 1 or 2, with which a first run was
faster: ${threads.map(([name, value]) => `${name}: ${value}`).join('; ')}.

${table(head, deepRows)}
`;
}
