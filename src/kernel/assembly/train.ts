import { noteLoss, toDeltas } from './deltas';
import { BANDS } from './encode';
import { job } from './job';
import { biasOf, columnsOf, lines, partOf, rowSize, score, update } from './passes';
import { BLOCK, RANGE, SLOTS, SLOTS_SIZE } from './scores';
import { LANES } from './softmax';
import { meet } from './threads';
import { TILE, touch } from './tile';

/** This thread's share of the job's steps. */
export function train(thread: usize): void {
  const threads = job.threads;
  const first = (BANDS * thread) / threads;
  const last = (BANDS * (thread + 1)) / threads;
  const bandSize = lines((min(job.batchSize, job.count) + LANES) * rowSize());
  if (thread > 0) copyBiases(thread);
  let step: usize = 0;
  let touched: usize = 0;
  for (let from: usize = 0; from < job.count; from += job.batchSize) {
    const N = min(job.batchSize, job.count - from);
    const order = job.order + (from << 2);
    // Of small batches several at once: the more loads miss together, the less each costs.
    if (N <= TILE && from + N > touched) {
      touch(thread, first, last, job.order + (touched << 2), min(TILE, job.count - touched));
      touched += TILE;
    }
    score(thread, first, last, order, job.scores, bandSize, N);
    meet(thread, threads);
    const learningRate = load<f64>(job.learningRates + (step << 3));
    // A small batch's lr · ∂L/∂W goes straight to W, image by image. Momentum needs the mean gradient by
    // itself; and so does a large batch, an image's share of which could be too small to change a weight.
    const plain = job.momentum == 0 && N <= TILE;
    const scale = (plain ? learningRate : 1.0) / <f64>N;
    // Whoever has a band has a part of the batch as well.
    for (let part = first; part < last; part++) {
      toDeltas(thread, part, bandSize, order, N, <f32>scale);
    }
    meet(thread, threads);
    if (thread == 0) noteLoss(step, N);
    if (plain && job.weightDecay != 0) decay(thread, first, last, learningRate);
    update(thread, first, last, order, plain ? job.weight : job.gradient, N);
    const biasGradient = columnsOf(thread);
    sumDeltas(N, biasGradient);
    if (plain) addTo(biasOf(thread), biasGradient);
    else changeAll(thread, first, last, biasGradient, <f32>learningRate);
    step++;
  }
}

function biasVelocityOf(thread: usize): usize {
  return job.biasVelocity + thread * lines(rowSize());
}

/** Steps without this thread have left its copies of b and b's velocity behind. */
function copyBiases(thread: usize): void {
  memory.copy(biasOf(thread), job.bias, rowSize());
  memory.copy(biasVelocityOf(thread), job.biasVelocity, rowSize());
}

/** out = ∂L/∂b, which is RANGE times the sum of the deltas. */
function sumDeltas(N: usize, out: usize): void {
  const size = rowSize();
  for (let i: usize = 0; i < size; i += 16) {
    let sum = f32x4.splat(0);
    for (let n: usize = 0; n < N; n++) sum = f32x4.add(sum, v128.load(job.deltas + n * size + i));
    v128.store(out + i, f32x4.mul(f32x4.splat(RANGE), sum));
  }
}

function addTo(bias: usize, more: usize): void {
  for (let i: usize = 0; i < rowSize(); i += 16) {
    v128.store(bias + i, f32x4.add(v128.load(bias + i), v128.load(more + i)));
  }
}

/** θ ← (1 − lr λ) θ, for the weights of this thread's bands and its copy of b. */
function decay(thread: usize, first: usize, last: usize, learningRate: f64): void {
  const keep = <f32>(1.0 - learningRate * job.weightDecay);
  for (let block: usize = 0; block * SLOTS < job.slots; block++) {
    multiply(partOf(job.weight, block, first), partOf(job.weight, block, last), keep);
    const bias = biasOf(thread) + block * SLOTS_SIZE;
    multiply(bias, bias + classesSize(block), keep);
  }
}

/** Bytes of a block's biases: what lies behind them is −∞ and stays so. */
function classesSize(block: usize): usize {
  return min(BLOCK, job.classes - block * BLOCK) << 2;
}

/** The floats from `at` up to `end`, each times `factor`. */
function multiply(at: usize, end: usize, factor: f32): void {
  const factors = f32x4.splat(factor);
  for (; at + 16 <= end; at += 16) v128.store(at, f32x4.mul(v128.load(at), factors));
  for (; at < end; at += 4) store<f32>(at, load<f32>(at) * factor);
}

/** The step from the gradient: of L, for W in job.gradient, for b in `biasGradient`. */
function changeAll(thread: usize, first: usize, last: usize, biasGradient: usize, rate: f32): void {
  const toVelocity = job.velocity - job.weight;
  const toGradient = job.gradient - job.weight;
  for (let block: usize = 0; block * SLOTS < job.slots; block++) {
    const weight = partOf(job.weight, block, first);
    change(weight, partOf(job.weight, block, last), toVelocity, toGradient, rate);
    const bias = biasOf(thread) + block * SLOTS_SIZE;
    const biasEnd = bias + classesSize(block);
    change(
      bias,
      biasEnd,
      biasVelocityOf(thread) - biasOf(thread),
      biasGradient - biasOf(thread),
      rate,
    );
  }
}

/**
 * velocity ← μ velocity + (λ θ − gradient), θ ← θ − lr velocity, gradient ← 0, for the parameters from
 * `at` up to `end`; velocity and gradient (that of L) lie at a fixed distance. Without momentum the
 * velocity kept is left alone.
 */
function change(at: usize, end: usize, toVelocity: usize, toGradient: usize, rate: f32): void {
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
