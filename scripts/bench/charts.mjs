// The results as SVG.

import { NAMES } from './commands.mjs';
import { barChart, lineChart } from './plot.mjs';
import { batchSizes, byCount, command, epochs, isOurs, of, TITLES } from './views.mjs';

/** @typedef {import('./bench.mjs').Results} Results */

/** @param {string} name @param {string} label @param {import('./views.mjs').Rounds} rounds */
function bar(name, label, rounds) {
  const found = of(rounds);
  return found ? [{ ...found, label, ours: isOurs(name) }] : [];
}

/** @param {Results} results @param {number} threads */
function epochChart(results, threads) {
  return barChart({
    title: `One epoch, ${threads === 1 ? 'one thread' : 'two threads'}`,
    subtitle: '60,000 shuffled images, batch 64; median of the rounds, fastest to slowest round',
    unit: 'ms',
    log: true,
    bars: Object.entries(TITLES)
      .flatMap(([peer, title]) => bar(peer, title, epochs(results, peer, threads)))
      .sort((a, b) => a.median - b.median),
  });
}

/** @param {Results} results */
function batchChart(results) {
  const shown = [
    { peer: 'simd', threads: 1, label: 'simd, 1 thread' },
    { peer: 'simd', threads: 2, label: 'simd, 2 threads' },
    { peer: 'native', threads: 1, label: 'native C, 1 thread' },
    { peer: 'numpy', threads: 1, label: 'NumPy, 1 thread' },
    { peer: 'pytorch', threads: 1, label: 'PyTorch, 1 thread' },
  ];
  return barChart({
    title: 'One epoch by batch size',
    subtitle: '60,000 shuffled images; median of the rounds, fastest to slowest round',
    unit: 'ms',
    log: true,
    bars: batchSizes(results).flatMap((size) =>
      shown.flatMap(({ peer, threads, label }) => {
        const bars = bar(peer, label, epochs(results, peer, threads, size));
        return bars.map((one) => ({ ...one, group: `batch ${size.toLocaleString('en')}` }));
      }),
    ),
  });
}

/** @param {Results} results */
function countChart(results) {
  return lineChart({
    title: 'One epoch by number of images',
    subtitle: 'batch 64, shuffled; above 60,000 the data set is repeated in memory',
    xLabel: 'images',
    yLabel: 'ms an epoch',
    series: [
      { label: 'simd, 1 thread', points: byCount(results, 'simd', 1), ours: true },
      { label: 'simd, 2 threads', points: byCount(results, 'simd', 2) },
      { label: 'native C, 1 thread', points: byCount(results, 'native', 1) },
    ].filter(({ points }) => points.length > 0),
  });
}

/** @param {Results} results */
function commandChart(results) {
  const names = [
    NAMES.train,
    NAMES.trainOne,
    NAMES.numpy,
    NAMES.pytorch,
    NAMES.evaluate,
    NAMES.help,
    NAMES.nothing,
  ];
  return barChart({
    title: 'Whole commands',
    subtitle: 'from spawn to exit; the scripts do the same work as the command',
    unit: 'ms',
    bars: names.flatMap((name) => bar(name, name, command(results, name))),
  });
}

/** File name → SVG. @param {Results} results @returns {Record<string, string>} */
export function charts(results) {
  return {
    'epoch-1-thread.svg': epochChart(results, 1),
    'epoch-2-threads.svg': epochChart(results, 2),
    'batch-sizes.svg': batchChart(results),
    'images.svg': countChart(results),
    'commands.svg': commandChart(results),
  };
}
