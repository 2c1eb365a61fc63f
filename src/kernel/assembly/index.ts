/**
 * The fast kernel: softmax regression over the non-zero pixels, by as many threads as there are bands.
 *
 * A thread owns the weights of its bands: it alone computes their part of the scores and it alone
 * changes them, so no weight ever moves between processors. Per step the threads exchange the bands'
 * scores, K numbers an image, and each then computes the softmax for itself. Every sum has one order,
 * given by the images and never by the threads: any number of threads gives the same bits.
 *
 * Layout: see job.ts. Compiled without relaxed SIMD and without any imported function.
 */
import { BANDS, bandStart, encodeBand } from './encode';
import { ENCODE, EVALUATE, job, STOP, TRAIN } from './job';
import { BLOCK, bandScores, bandUpdate, expand, STRIDE } from './scores';
import { answer, log, softmax, total } from './softmax';
import { announceJob, beReady, meet, waitForJob } from './threads';

export { readyThreads } from './threads';

/** Host: does the job in memory with `job.threads` threads, this one as thread 0. */
export function run(): void {
  if (job.threads > 1) announceJob();
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
  if (job.kind == TRAIN) train(thread);
  else if (job.kind == EVALUATE) evaluate(thread);
  else if (job.kind == ENCODE) encode();
  // Nobody returns to the host, which may change the job, before all have done with it.
  meet(thread, job.threads);
}

/** Whole cache lines for `size` bytes: a line that two threads write to would travel between them. */
function lines(size: usize): usize {
  return (size + 63) & ~63;
}

/** Weights (or gradients) of block `block` from the first pixel of `band` on. */
function partOf(all: usize, block: usize, band: usize): usize {
  return all + (block * job.inputs + bandStart(band, job.inputs)) * STRIDE;
}

function encode(): void {
  const D = job.inputs;
  const entries = job.entries;
  let out = job.end;
  let starts = job.starts;
  for (let n: usize = 0; n < job.count; n++) {
    const pixels = job.pixels + n * D;
    for (let band: usize = 0; band < BANDS; band++) {
      store<u32>(starts, <u32>((out - entries) >> 2));
      starts += 4;
      out = encodeBand(pixels, bandStart(band, D), bandStart(band + 1, D), out);
    }
  }
  store<u32>(starts, <u32>((out - entries) >> 2));
  job.end = out;
}

/** Address of band `band` of image `n`: that of band BANDS is where the image ends. */
function bandEntries(n: usize, band: usize): usize {
  return job.entries + (<usize>load<u32>(job.starts + ((n * BANDS + band) << 2)) << 2);
}

function train(thread: usize): void {
  const threads = job.threads;
  const first = (BANDS * thread) / threads;
  const last = (BANDS * (thread + 1)) / threads;
  const scoresSize = BANDS * lines((min(job.batchSize, job.count) * job.paddedClasses) << 2);
  if (thread > 0) copyBiases(thread);
  let step: usize = 0;
  for (let from: usize = 0; from < job.count; from += job.batchSize) {
    const N = min(job.batchSize, job.count - from);
    const order = job.order + (from << 2);
    // Two turns of scores: a quick thread may already write the next step's while a slow one reads.
    const scores = job.scores + (step & 1) * scoresSize;
    score(thread, first, last, order, scores, N);
    meet(thread, threads);
    const learningRate = load<f64>(job.learningRates + (step << 3));
    descend(thread, first, last, scores, order, N, learningRate, step);
    step++;
  }
}

/** Steps without this thread have left its copies of b and b's velocity behind. */
function copyBiases(thread: usize): void {
  const size = job.paddedClasses << 2;
  memory.copy(job.bias + thread * lines(size), job.bias, size);
  memory.copy(job.biasVelocity + thread * lines(size), job.biasVelocity, size);
}

/** Images whose entries are expanded together; their steps, some 40 kB, stay in the nearest caches. */
const TILE: usize = 64;
/** Bytes of entries touched an image: what is behind them the processor fetches by itself. */
const TOUCHED: usize = 320;

/**
 * Expands this thread's bands of the images at `order`, and notes where each ends, one word a band.
 *
 * The order of images is random, so each begins with a cache miss. They are touched first: loads that
 * nothing waits for, with no branch among them, miss all at once, and not one after the other.
 */
function expandTile(thread: usize, first: usize, last: usize, order: usize, count: usize): void {
  let sum: u32 = 0;
  for (let n: usize = 0; n < count; n++) {
    const begin = bandEntries(load<u32>(order + (n << 2)), first);
    for (let at: usize = 0; at < TOUCHED; at += 64) sum += load<u32>(begin + at);
  }
  let bound = job.bounds + ((thread * TILE * BANDS) << 2);
  // Read by nobody, but now the loads cannot be left out.
  store<u32>(bound, sum);
  let out = job.steps + thread * job.stepsSize;
  for (let n: usize = 0; n < count; n++) {
    const image = <usize>load<u32>(order + (n << 2));
    for (let band = first; band < last; band++) {
      out = expand(bandEntries(image, band), bandEntries(image, band + 1), out);
      store<u32>(bound, <u32>out);
      bound += 4;
    }
  }
}

/** scores[band][n] = Σ_j w_ij u_j over the pixels of each of this thread's bands. */
function score(
  thread: usize,
  first: usize,
  last: usize,
  order: usize,
  scores: usize,
  N: usize,
): void {
  const K = job.paddedClasses;
  for (let tile: usize = 0; tile < N; tile += TILE) {
    const behind = min(N, tile + TILE);
    expandTile(thread, first, last, order + (tile << 2), behind - tile);
    let bound = job.bounds + ((thread * TILE * BANDS) << 2);
    let begin = job.steps + thread * job.stepsSize;
    for (let n = tile; n < behind; n++) {
      for (let band = first; band < last; band++) {
        const end = <usize>load<u32>(bound);
        const out = scores + band * lines((N * K) << 2) + ((n * K) << 2);
        for (let block: usize = 0; block * BLOCK < K; block++) {
          bandScores(begin, end, partOf(job.weight, block, band), out + block * STRIDE);
        }
        begin = end;
        bound += 4;
      }
    }
  }
}

/** target += Σ_n delta_n u_nᵀ over this thread's bands. */
function update(
  thread: usize,
  first: usize,
  last: usize,
  order: usize,
  target: usize,
  deltas: usize,
  N: usize,
): void {
  const K = job.paddedClasses;
  for (let tile: usize = 0; tile < N; tile += TILE) {
    const behind = min(N, tile + TILE);
    // A batch of one tile is still there from its scores.
    if (N > TILE) expandTile(thread, first, last, order + (tile << 2), behind - tile);
    let bound = job.bounds + ((thread * TILE * BANDS) << 2);
    let begin = job.steps + thread * job.stepsSize;
    for (let n = tile; n < behind; n++) {
      const delta = deltas + ((n * K) << 2);
      for (let band = first; band < last; band++) {
        const end = <usize>load<u32>(bound);
        for (let block: usize = 0; block * BLOCK < K; block++) {
          bandUpdate(begin, end, partOf(target, block, band), delta + block * STRIDE);
        }
        begin = end;
        bound += 4;
      }
    }
  }
}

/** v = b + the bands' scores. */
function addBands(v: usize, bias: usize, scores: usize, n: usize, N: usize): void {
  const K = job.paddedClasses;
  for (let i: usize = 0; i < K << 2; i += 16) {
    let sum = v128.load(bias + i);
    for (let band: usize = 0; band < BANDS; band++) {
      sum = f32x4.add(sum, v128.load(scores + band * lines((N * K) << 2) + ((n * K) << 2) + i));
    }
    v128.store(v + i, sum);
  }
}

/** Everything of a step behind the scores. Each thread changes its bands' weights and its own copy of b. */
function descend(
  thread: usize,
  first: usize,
  last: usize,
  scores: usize,
  order: usize,
  N: usize,
  learningRate: f64,
  step: usize,
): void {
  const K = job.paddedClasses;
  const size = K << 2;
  const bias = job.bias + thread * lines(size);
  const deltas = job.deltas + thread * lines(min(job.batchSize, job.count) * size);
  // A small batch's lr · ∂L/∂W goes straight to W, image by image. Momentum needs the mean gradient by
  // itself; and so does a large batch, an image's share of which could be too small to change a weight.
  const plain = job.momentum == 0 && N <= TILE;
  const scale = <f32>(plain ? learningRate / N : 1.0 / <f64>N);
  let loss: f64 = 0;
  let totals: f64 = 1;
  let correct: i32 = 0;
  for (let n: usize = 0; n < N; n++) {
    const delta = deltas + n * size;
    const label = <usize>load<u8>(job.labels + load<u32>(order + (n << 2)));
    addBands(delta, bias, scores, n, N);
    loss -= softmax(delta, K, label);
    totals *= total;
    // log a + log b = log ab: one logarithm for 16 images, whose totals are from 1 to 264 each.
    if ((n & 15) == 15 || n + 1 == N) {
      loss += log(totals);
      totals = 1;
    }
    if (answer == label) correct++;
    labelsMinusY(delta, K, label, scale);
  }
  if (thread == 0) {
    store<f64>(job.losses + (step << 3), loss / N);
    job.correct += correct;
  }
  const decay = <f32>job.weightDecay;
  const rate = <f32>learningRate;
  if (plain && decay != 0) {
    const keep = <f32>(1.0 - learningRate * decay);
    for (let block: usize = 0; block * BLOCK < K; block++) {
      multiply(partOf(job.weight, block, first), partOf(job.weight, block, last), keep);
    }
    multiply(bias, bias + (job.classes << 2), keep);
  }
  const target = plain ? job.weight : job.gradient;
  update(thread, first, last, order, target, deltas, N);
  if (plain) {
    for (let n: usize = 0; n < N; n++) addTo(bias, deltas + n * size, K);
    return;
  }
  for (let block: usize = 0; block * BLOCK < K; block++) {
    const begin = partOf(job.weight, block, first);
    const toVelocity = job.velocity - job.weight;
    const toGradient = job.gradient - job.weight;
    changeParameters(begin, partOf(job.weight, block, last), toVelocity, toGradient, rate);
  }
  // The first image's deltas take in the others': ∂L/∂b is their sum.
  for (let n: usize = 1; n < N; n++) addTo(deltas, deltas + n * size, K);
  const biasVelocity = job.biasVelocity + thread * lines(size);
  changeParameters(bias, bias + (job.classes << 2), biasVelocity - bias, deltas - bias, rate);
}

/** From exp(v − max) to scale · (labels − y), in place. */
function labelsMinusY(delta: usize, K: usize, label: usize, scale: f32): void {
  const factor = f32x4.splat(-scale / total);
  for (let i: usize = 0; i < K << 2; i += 16) {
    v128.store(delta + i, f32x4.mul(v128.load(delta + i), factor));
  }
  const right = delta + (label << 2);
  store<f32>(right, load<f32>(right) + scale);
}

function addTo(sum: usize, more: usize, K: usize): void {
  for (let i: usize = 0; i < K << 2; i += 16) {
    v128.store(sum + i, f32x4.add(v128.load(sum + i), v128.load(more + i)));
  }
}

/** The floats from `at` up to `end`, each times `factor`. */
function multiply(at: usize, end: usize, factor: f32): void {
  const factors = f32x4.splat(factor);
  for (; at + 16 <= end; at += 16) v128.store(at, f32x4.mul(v128.load(at), factors));
  for (; at < end; at += 4) store<f32>(at, load<f32>(at) * factor);
}

/**
 * velocity ← μ velocity + (λ θ − gradient), θ ← θ − lr velocity, gradient ← 0, for the parameters from
 * `at` up to `end`; velocity and gradient (that of L) lie at a fixed distance. Without momentum the
 * velocity kept is left alone.
 */
function changeParameters(at: usize, end: usize, toVelocity: usize, toGradient: usize, rate: f32): void {
  const kept = job.momentum != 0;
  const mu = f32x4.splat(job.momentum);
  const lambda = f32x4.splat(job.weightDecay);
  const lr = f32x4.splat(rate);
  for (; at + 16 <= end; at += 16) {
    const theta = v128.load(at);
    let velocity = f32x4.sub(f32x4.mul(lambda, theta), v128.load(at + toGradient));
    if (kept) {
      velocity = f32x4.add(f32x4.mul(mu, v128.load(at + toVelocity)), velocity);
      v128.store(at + toVelocity, velocity);
    }
    v128.store(at, f32x4.sub(theta, f32x4.mul(lr, velocity)));
    v128.store(at + toGradient, f32x4.splat(0));
  }
  for (; at < end; at += 4) {
    const theta = load<f32>(at);
    let velocity = job.weightDecay * theta - load<f32>(at + toGradient);
    if (kept) {
      velocity = job.momentum * load<f32>(at + toVelocity) + velocity;
      store<f32>(at + toVelocity, velocity);
    }
    store<f32>(at, theta - rate * velocity);
    store<f32>(at + toGradient, 0);
  }
}

/** Answers for this thread's share of the images. */
function evaluate(thread: usize): void {
  const K = job.paddedClasses;
  const size = K << 2;
  const v = job.deltas + thread * lines(size);
  const scores = job.scores + thread * BANDS * lines(TILE * size);
  const end = (job.count * (thread + 1)) / job.threads;
  for (let tile = (job.count * thread) / job.threads; tile < end; tile += TILE) {
    const count = min(end - tile, TILE);
    score(thread, 0, BANDS, job.order + (tile << 2), scores, count);
    for (let i: usize = 0; i < count; i++) {
      addBands(v, job.bias, scores, i, count);
      const n = tile + i;
      const label = <usize>load<u8>(job.labels + load<u32>(job.order + (n << 2)));
      const L = softmax(v, K, label) - log(total);
      store<u8>(job.predicted + n, <u8>answer);
      store<f32>(job.probability + (n << 2), load<f32>(v + (answer << 2)) / total);
      store<f32>(job.logLikelihood + (n << 2), <f32>L);
    }
  }
}
