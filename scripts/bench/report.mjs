// The results as Markdown.

import { table } from './markdown.mjs';
import { DEEP_TOLERANCE, TOLERANCE } from './measure.mjs';
import { DEEP_BATCH, FEW, HIDDEN, learningRate } from './plan.mjs';
import {
  batchTables,
  bestTable,
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
  const rows = compared.map(({ work, relative, tolerance, lowest, peers }) => [
    work,
    lowest.loss.toFixed(7),
    relative.toExponential(1),
    `${tolerance}`,
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

With a hidden layer (784-${HIDDEN}-10, batch ${DEEP_BATCH}, learning rate 0.4 falling linearly over 5 epochs) all begin with
the same weights from a file. Over ${FEW / DEEP_BATCH} steps they agree to the same ${TOLERANCE.toExponential()}; over a whole epoch, ${60_000 / DEEP_BATCH} steps, rounding
sooner or later decides on which side of ReLU's corner a unit lies, and the weights part: there the losses may
differ by ${DEEP_TOLERANCE}.

${table(['work', 'lowest test loss', 'relative difference', 'at most', 'who'], rows)}`;
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
    `## One epoch: 60,000 shuffled images, batch ${DEEP_BATCH}\n\n${bestTable(results, { batchSize: DEEP_BATCH })}`,
    `## One epoch of 784-${HIDDEN}-10: 60,000 shuffled images, batch ${DEEP_BATCH}\n\n${bestTable(results, { batchSize: DEEP_BATCH, hidden: HIDDEN })}`,
    threadTable(results),
    batchTables(results),
    countTable(results),
    commandTable(results),
  ]
    .filter(Boolean)
    .map((part) => `${part.trimEnd()}\n`)
    .join('\n');
}
