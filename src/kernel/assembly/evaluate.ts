import { barrier } from './barrier';
import { forwardHidden, forwardPixels } from './deep/forward';
import { BANDS } from './encode';
import { job, layerAt } from './job';
import { columnsOf, partStart, softmaxForward } from './loss';
import { Linear, slotsOf, unitOf } from './network';
import { forwardPairs } from './plain/forward';
import { TILE } from './set';
import { ANSWER, extraColumn, LABEL_SCORE, LANES, LARGEST, log, TOTAL } from './softmax';

/** Answers, 64 images at a time, shared out as in training. */
export function evaluate(thread: usize): void {
  const first = (BANDS * thread) / job.threads;
  const last = (BANDS * (thread + 1)) / job.threads;
  const layer = layerAt(job.depth - 1);
  for (let from: usize = 0; from < job.count; from += TILE) {
    const N = min(job.count - from, TILE);
    const order = job.order + (from << 2);
    if (job.depth == 1) forwardPairs(thread, first, last, order, N);
    else forwardPixels(first, last, order, N);
    barrier(thread, job.threads);
    const end = partStart(last, N);
    for (let n = partStart(first, N); n < end; n += LANES) {
      if (job.depth > 1) forwardHidden(n, min(n + LANES, end));
      softmaxForward(layer, order, n, N, columnsOf(thread));
      answer(layer, columnsOf(thread), from + n, min(LANES, end - n));
    }
    barrier(thread, job.threads);
  }
}

/** Notes what `softmax` found out of `count` images, the first of which is number `n`. */
function answer(layer: Linear, columns: usize, n: usize, count: usize): void {
  const slots = slotsOf(layer);
  for (let lane: usize = 0; lane < count; lane++) {
    const at = columns + (lane << 2);
    const total = load<f32>(extraColumn(at, slots, TOTAL));
    const largest = load<f32>(extraColumn(at, slots, LARGEST));
    const labelScore = load<f32>(extraColumn(at, slots, LABEL_SCORE));
    const L = <f64>(labelScore - largest) - log(total);
    const slot = load<u32>(extraColumn(at, slots, ANSWER));
    store<u8>(job.predicted + n + lane, <u8>unitOf(layer, slot));
    store<f32>(job.probability + ((n + lane) << 2), <f32>1 / total);
    store<f32>(job.logLikelihood + ((n + lane) << 2), <f32>L);
  }
}
