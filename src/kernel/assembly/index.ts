/**
 * The fast kernel: the chain of `../../network.ts` over the pixels that are not 0, in one or two threads.
 *
 * A thread owns the weights of its bands: it alone computes their part of a layer's scores and it alone
 * changes them. Per step the threads exchange the first layer's scores, each takes its part of the batch
 * to ∂L/∂v of every layer, and they exchange those. Every sum has one order, given by the images and never by
 * the threads: any number of threads gives the same bits.
 *
 *   image   a a b b a a b b a a …     pair   two pixels; kept where one is not 0
 *   W       |block 0|block 1|…        band   every other pair (a or b), or half of the units: one thread's
 *    band a  input 0, 1, 2 …          block  10 or 16 units side by side; its slots hold their scores
 *    band b  input 0, 1, 2 …          entry  where an input's weights lie, and the input: what loops run over
 *                                     tile   64 images, unpacked together
 *   batch   |part 0|part 1|           part   half of a batch: one thread's between the barriers
 *
 * To read: job.ts, network.ts, what there is; encode.ts, set.ts, the images; plain/pairs.ts and deep/linear.ts,
 * the inner loops; softmax.ts, loss.ts, sgd.ts; plain/train.ts and deep/train.ts, a step; barrier.ts; memory.ts.
 *
 * Compiled without relaxed SIMD. No imported function computes: they put threads to sleep, wake them, and
 * complain of too little memory.
 */
import { announceJob, barrier, beReady, gather, resetPatience, waitForJob } from './barrier';
import { prepareAnswers, prepareSteps } from './buffers';
import { trainDeep } from './deep/train';
import { evaluate } from './evaluate';
import { EVALUATE, job, STOP, TRAIN } from './job';
import { fit } from './memory';
import { loadLayers, storeLayers } from './network';
import { trainPlain } from './plain/train';
import { ImageSet } from './set';

export { readyThreads, wasLeftAlone } from './barrier';
export { allocate, damagedBlock, free } from './memory';
export { addLinear, createNetwork } from './network';
export { createSet, encode, freeSet, imagesAtOnce } from './set';

/** Host: the parameters or the velocity, from one flat array, and back. */
export function loadParameters(from: usize): void {
  loadLayers(from, false);
}

export function storeParameters(to: usize): void {
  storeLayers(to, false);
}

export function loadVelocity(from: usize): void {
  loadLayers(from, true);
}

export function storeVelocity(to: usize): void {
  storeLayers(to, true);
}

/** Host: where things lie, to be read or filled. */
export function labels(set: ImageSet): usize {
  return set.labels;
}

/** Raw pixels of `imagesAtOnce` images, to be encoded. */
export function pixels(): usize {
  return job.pixels;
}

/** Indices of images, u32. */
export function order(): usize {
  return job.order;
}

/** f64 a step. */
export function learningRates(): usize {
  return job.learningRates;
}

export function losses(): usize {
  return job.losses;
}

/** How many images the last steps found classified correctly. */
export function correct(): i32 {
  return job.correct;
}

/** A byte an image; f32 an image. */
export function predicted(): usize {
  return job.predicted;
}

export function probability(): usize {
  return job.probability;
}

export function logLikelihood(): usize {
  return job.logLikelihood;
}

/** Host: makes room for steps over `count` images, whose `order` and `learningRates` come next. */
export function prepareTraining(
  set: ImageSet,
  count: usize,
  batchSize: usize,
  momentum: f32,
  weightDecay: f32,
): void {
  use(set, count);
  job.batchSize = batchSize;
  job.momentum = momentum;
  job.weightDecay = weightDecay;
  prepareSteps();
}

/** Host: makes room for answers for `count` images, whose `order` comes next. */
export function prepareEvaluation(set: ImageSet, count: usize): void {
  use(set, count);
  prepareAnswers();
}

function use(set: ImageSet, count: usize): void {
  job.set = set;
  job.count = count;
  job.order = fit(job.order, count << 2);
}

/** Host: trains or evaluates as prepared, with `threads` threads, this one as thread 0. */
export function train(threads: usize): void {
  job.correct = 0;
  run(TRAIN, threads);
}

export { classify as evaluate };

function classify(threads: usize): void {
  run(EVALUATE, threads);
}

function run(kind: i32, threads: usize): void {
  job.kind = kind;
  job.threads = threads;
  resetPatience();
  if (threads > 1) announceJob();
  work(0);
}

/** Host: ends the other threads' `serve`. */
export function stop(): void {
  job.kind = STOP;
  announceJob();
}

/** Other threads: does every job that needs them, until the host stops them. */
export function serve(thread: usize): void {
  beReady();
  for (let number = 1; ; number++) {
    waitForJob(number);
    if (job.kind == STOP) return;
    if (thread < job.threads) work(thread);
  }
}

function work(thread: usize): void {
  const threads = job.threads;
  gather(thread, threads);
  if (job.kind == EVALUATE) evaluate(thread);
  else if (job.depth == 1 ? trainPlain(thread) : trainDeep(thread)) return;
  // Nobody returns to the host, which may change the job, before all have done with it.
  barrier(thread, threads);
}
