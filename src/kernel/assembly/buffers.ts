import { entriesSize } from './deep/entries';
import { BANDS } from './encode';
import { job, layerAt } from './job';
import { PART } from './loss';
import { fit, lines } from './memory';
import { Linear, needGradient, needVelocity, slotsOf } from './network';
import { SLACK, TILE } from './set';
import { COLUMN, EXTRA_COLUMNS, LANES } from './softmax';

/** Makes room for the steps: `job.count` images in batches of `job.batchSize`. */
export function prepareSteps(): void {
  const N = min(job.batchSize, job.count);
  prepareImages(N);
  const steps = (job.count + job.batchSize - 1) / job.batchSize;
  job.learningRates = fit(job.learningRates, steps << 3);
  job.losses = fit(job.losses, steps << 3);
  for (let l: usize = 0; l < job.depth; l++) {
    const layer = layerAt(l);
    if (job.momentum != 0) needVelocity(layer);
    if (job.momentum != 0 || N > TILE) needGradient(layer);
    layer.deltas = fit(layer.deltas, layer.scoresSize);
  }
}

/** Makes room for the answers for `job.count` images. */
export function prepareAnswers(): void {
  prepareImages(TILE);
  job.predicted = fit(job.predicted, job.count);
  job.probability = fit(job.probability, job.count << 2);
  job.logLikelihood = fit(job.logLikelihood, job.count << 2);
}

/** Makes room for the forward pass of N images at a time; a deep network takes a tile at most. */
function prepareImages(N: usize): void {
  if (job.depth > 1) N = min(N, TILE);
  for (let l: usize = 0; l < job.depth; l++) {
    const layer = layerAt(l);
    layer.scoresSize = lines((N + LANES) * layer.rowSize);
    layer.scores = fit(layer.scores, BANDS * layer.scoresSize);
    if (job.depth > 1) prepareEntries(layer, l);
  }
  job.parts = fit(job.parts, BANDS * PART);
  job.columnsSize = lines((slotsOf(layerAt(job.depth - 1)) + EXTRA_COLUMNS) * COLUMN);
  job.columns = fit(job.columns, BANDS * job.columnsSize);
  if (job.depth == 1) prepareTile();
}

/** Room for a layer's entries (deep/entries.ts). */
function prepareEntries(layer: Linear, l: usize): void {
  const most: usize = l == 0 ? 2 * job.set.mostPairs : layer.bandInputs;
  layer.spans = fit(layer.spans, (BANDS * TILE) << 3);
  layer.entries = fit(layer.entries, BANDS * entriesSize(most));
}

/** Room for each thread's expanded pairs (plain/tile.ts), which may be both bands. */
function prepareTile(): void {
  const pairs = TILE * BANDS * job.set.mostPairs + SLACK;
  job.tilePixels = lines(pairs * 2);
  job.tileSize = job.tilePixels + lines(pairs * 8);
  job.tile = fit(job.tile, BANDS * job.tileSize);
  job.bounds = fit(job.bounds, (BANDS * BANDS * (TILE + 1)) << 2);
}
