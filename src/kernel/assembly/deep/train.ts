import { askToBeAlone, barrier, isLeftAlone } from '../barrier';
import { BANDS } from '../encode';
import { job, layerAt } from '../job';
import { partStart, softmaxBackward, takeLoss } from '../loss';
import { Linear } from '../network';
import { TILE, touch } from '../set';
import { addBiasGradient, decay, linearBackwardBias, sgdStep } from '../sgd';
import { spanOf } from './entries';
import { forwardHidden, forwardPixels } from './forward';
import { linearBackwardInputBlock, linearBackwardWeightBlock, ROW } from './linear';

/** This thread's share of the job's steps. Returns whether thread 0 had to end them alone. */
export function trainDeep(thread: usize): bool {
  let threads = job.threads;
  const first = (BANDS * thread) / threads;
  let last = (BANDS * (thread + 1)) / threads;
  let step: usize = 0;
  let touched: usize = 0;
  let isAlone = false;
  for (let from: usize = 0; from < job.count; from += job.batchSize) {
    const N = min(job.batchSize, job.count - from);
    const learningRate = load<f64>(job.learningRates + (step << 3));
    // A small batch's lr · ∂L/∂θ goes straight to θ; see plain/train.ts.
    const plain = job.momentum == 0 && N <= TILE;
    const scale = (plain ? learningRate : 1.0) / <f64>N;
    let loss: f64 = 0;
    askToBeAlone(threads, <i32>step);
    for (let tile: usize = 0; tile < N; tile += TILE) {
      const n = min(TILE, N - tile);
      const order = job.order + ((from + tile) << 2);
      if (from + tile + n > touched) {
        const some = job.order + (touched << 2);
        // Kept where softmaxBackward overwrites it.
        store<u32>(
          job.columns + thread * job.columnsSize,
          touch(first, last, some, min(TILE, job.count - touched)),
        );
        touched += TILE;
      }
      forwardPixels(first, last, order, n);
      barrier(thread, threads);
      forwardAndBack(thread, first, last, order, n, <f32>scale);
      barrier(thread, threads);
      if (thread == 0) loss += takeLoss();
      for (let l: usize = 0; l < job.depth; l++) {
        const layer = layerAt(l);
        if (plain) {
          if (job.weightDecay != 0) decay(layer, first, last, learningRate);
          linearBackwardWeight(layer, first, last, n, layer.weight);
          linearBackwardBias(layer, first, last, n);
          addBiasGradient(layer, first, last);
        } else {
          linearBackwardWeight(layer, first, last, n, layer.gradient);
          linearBackwardBias(layer, first, last, n);
          if (tile + n == N) sgdStep(layer, first, last, <f32>learningRate);
        }
      }
    }
    if (thread == 0) store<f64>(job.losses + (step << 3), loss / <f64>N);
    if (isLeftAlone(thread, threads, <i32>step)) {
      if (thread > 0) return true;
      isAlone = true;
      threads = 1;
      last = BANDS;
    }
    step++;
  }
  return isAlone;
}

/** From the first layer's scores to all layers' deltas, for this thread's parts of N images. */
function forwardAndBack(
  thread: usize,
  first: usize,
  last: usize,
  order: usize,
  N: usize,
  scale: f32,
): void {
  const n = partStart(first, N);
  const end = partStart(last, N);
  forwardHidden(n, end);
  for (let part = first; part < last; part++) {
    softmaxBackward(layerAt(job.depth - 1), thread, part, order, N, scale);
  }
  for (let l = job.depth - 1; l > 0; l--) linearBackwardInput(layerAt(l), layerAt(l - 1), n, end);
}

/** ∂L/∂v of the layer before, of images n up to `end`: Wᵀ ∂L/∂v where ReLU lets it through, else 0. */
function linearBackwardInput(layer: Linear, before: Linear, n: usize, end: usize): void {
  memory.fill(before.deltas + n * before.rowSize, 0, (end - n) * before.rowSize);
  for (let band: usize = 0; band < BANDS; band++) {
    for (let block: usize = 0; block < layer.blocks; block++) {
      const weight = layer.weight + band * layer.bandSize + block * layer.blockSize;
      let delta = layer.deltas + n * layer.rowSize + block * ROW;
      let out = before.deltas + n * before.rowSize + ((band * layer.bandInputs) << 2);
      const spansEnd = spanOf(layer, band, end);
      for (let span = spanOf(layer, band, n); span < spansEnd; span += 8) {
        linearBackwardInputBlock(load<u32>(span), load<u32>(span, 4), weight, delta, out);
        delta += layer.rowSize;
        out += before.rowSize;
      }
    }
  }
}

/** target += Σ_n ∂L/∂v_n u_nᵀ over this thread's bands of the inputs, image by image. */
function linearBackwardWeight(
  layer: Linear,
  first: usize,
  last: usize,
  N: usize,
  target: usize,
): void {
  const deltas = layer.deltas;
  const rowSize = layer.rowSize;
  // Counted on from block to block: a product V8 would work out again between the entries.
  let weight = target + first * layer.bandSize;
  for (let band = first; band < last; band++) {
    const spans = spanOf(layer, band, 0);
    const spansEnd = spanOf(layer, band, N);
    for (let delta = deltas; delta < deltas + layer.blocks * ROW; delta += ROW) {
      linearBackwardWeightBlock(spans, spansEnd, weight, delta, rowSize);
      weight += layer.blockSize;
    }
  }
}
