import { askToBeAlone, barrier, isLeftAlone } from '../barrier';
import { BANDS } from '../encode';
import { job, layerAt } from '../job';
import { softmaxBackward, takeLoss } from '../loss';
import { TILE, touch } from '../set';
import { addBiasGradient, decay, linearBackwardBias, sgdStep } from '../sgd';
import { forwardPairs, keep, linearBackwardWeight } from './forward';

/** This thread's share of the job's steps. Returns whether thread 0 had to end them alone. */
export function trainPlain(thread: usize): bool {
  let threads = job.threads;
  const first = (BANDS * thread) / threads;
  let last = (BANDS * (thread + 1)) / threads;
  const layer = layerAt(0);
  let step: usize = 0;
  let touched: usize = 0;
  let isAlone = false;
  for (let from: usize = 0; from < job.count; from += job.batchSize) {
    const N = min(job.batchSize, job.count - from);
    const order = job.order + (from << 2);
    // Of small batches several at once: the more loads miss together, the less each costs.
    if (N <= TILE && from + N > touched) {
      const some = job.order + (touched << 2);
      keep(thread, touch(first, last, some, min(TILE, job.count - touched)));
      touched += TILE;
    }
    forwardPairs(thread, first, last, order, N);
    askToBeAlone(threads, <i32>step);
    barrier(thread, threads);
    const learningRate = load<f64>(job.learningRates + (step << 3));
    // A small batch's lr · ∂L/∂W goes straight to W, image by image. Momentum needs the mean gradient by
    // itself; and so does a large batch, an image's share of which could be too small to change a weight.
    const plain = job.momentum == 0 && N <= TILE;
    const scale = (plain ? learningRate : 1.0) / <f64>N;
    // Whoever has a band has a part of the batch as well.
    for (let part = first; part < last; part++) {
      softmaxBackward(layer, thread, part, order, N, <f32>scale);
    }
    barrier(thread, threads);
    if (thread == 0) store<f64>(job.losses + (step << 3), takeLoss() / <f64>N);
    if (plain && job.weightDecay != 0) decay(layer, first, last, learningRate);
    linearBackwardWeight(thread, first, last, order, plain ? layer.weight : layer.gradient, N);
    linearBackwardBias(layer, first, last, N);
    if (plain) addBiasGradient(layer, first, last);
    else sgdStep(layer, first, last, <f32>learningRate);
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
