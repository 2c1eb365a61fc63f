// The results as Markdown.

import { table } from './markdown.mjs';
import { TOLERANCE } from './measure.mjs';
import { learningRate } from './plan.mjs';
import {
  batchTables,
  commandTable,
  countTable,
  epochTable,
  threadTable,
} from './report-tables.mjs';
import { TITLES } from './views.mjs';

/** @typedef {import('./bench.mjs').Results} Results */

/** @param {Results} results */
function agreement({ agreements }) {
  const compared = agreements.filter(({ peers }) => peers.length > 1);
  const rows = compared.map(({ work, relative, lowest, peers }) => [
    work,
    lowest.loss.toFixed(7),
    relative.toExponential(1),
    peers.join(', '),
  ]);
  return `## The same work

Before anything is timed, everyone trains one epoch on the same images in the same order, with the same
batches and learning rate from zero weights, and the test losses are compared in float64. So are those of
every later run with its peers'. A relative difference above ${TOLERANCE.toExponential()} ends the benchmark with an error.
What is left is float32: native C, and simd in batches of up to 64, add each image's share to the weights one
after the other; the others, and simd in larger batches, add up a batch's gradient first. The learning rate is ${learningRate(64)}, at batch 1
${learningRate(1)}: above, single images overshoot and rounding alone leads to different models. The kernel simd must
give the same bits with one thread and with two, or the benchmark ends as well.

${table(['work', 'lowest test loss', 'relative difference', 'who'], rows)}`;
}

/** @param {Results} results */
function setup({ machine, versions, absent, skipped, command: line, seconds }) {
  const { processor, cores, memoryGiB, system, node, v8, date, load, kernelSha256 } = machine;
  const listed = Object.entries(versions).map(
    ([peer, version]) => `- ${TITLES[peer] ?? peer}: ${version}`,
  );
  const missing = Object.entries(absent).map(([peer, why]) => `- ${TITLES[peer] ?? peer}: ${why}`);
  return `${date} · \`${line}\`, ${seconds} s · ${processor}, ${cores} cores, ${memoryGiB} GiB · ${system} · Node ${node}, V8 ${v8} · load average before: ${load} · simd.wasm ${kernelSha256.slice(0, 12)}

${listed.join('\n')}

${missing.length > 0 ? `Absent:\n\n${missing.join('\n')}` : 'No peer is absent.'}${
  skipped.length > 0
    ? `\n\nSkipped in this run:\n\n${skipped.map((one) => `- ${one}`).join('\n')}`
    : ''
}`;
}

/** @param {Results} results */
export function report(results) {
  return [
    '# Benchmark results',
    'Made by `npm run bench`; do not edit. The raw numbers are in `results.json`.',
    setup(results),
    agreement(results),
    '## One epoch: 60,000 shuffled images, batch 64',
    "Data in memory and in the peer's own form (that cost is \"prepare\"). Each round starts every peer anew, one\nafter the other; a round's figure is the median of its process's epochs, the first included.",
    epochTable(results, 1),
    epochTable(results, 2),
    threadTable(results),
    batchTables(results),
    countTable(results),
    commandTable(results),
  ]
    .filter(Boolean)
    .map((part) => `${part.trimEnd()}\n`)
    .join('\n');
}
