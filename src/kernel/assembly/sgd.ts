import { BANDS } from './encode';
import { job } from './job';
import { Linear, unitsOf } from './network';

/**
 * ∂L/∂b, which is `range` times the sum of the deltas: for N images adds it to `biasGradient`. Blocks are
 * shared as bands are.
 */
export function linearBackwardBias(layer: Linear, first: usize, last: usize, N: usize): void {
  const end = blockStart(layer, last);
  const range = f32x4.splat(layer.range);
  for (let i = blockStart(layer, first); i < end; i += 16) {
    let sum = f32x4.splat(0);
    let delta = layer.deltas + i;
    for (let n: usize = 0; n < N; n++) {
      sum = f32x4.add(sum, v128.load(delta));
      delta += layer.rowSize;
    }
    const to = layer.biasGradient + i;
    v128.store(to, f32x4.add(v128.load(to), f32x4.mul(range, sum)));
  }
}

/** In bytes, where the biases begin that belong with band `band`. */
function blockStart(layer: Linear, band: usize): usize {
  return (((layer.blocks * band) / BANDS) * layer.blockSlots) << 2;
}

/** θ ← (1 − lr λ) θ, for the weights of bands `first` up to `last` and their biases. */
export function decay(layer: Linear, first: usize, last: usize, learningRate: f64): void {
  const keep = <f32>(1.0 - learningRate * job.weightDecay);
  multiply(layer.weight + first * layer.bandSize, layer.weight + last * layer.bandSize, keep);
  for (let block = (layer.blocks * first) / BANDS; block < (layer.blocks * last) / BANDS; block++) {
    const bias = layer.bias + ((block * layer.blockSlots) << 2);
    multiply(bias, bias + (unitsOf(layer, block) << 2), keep);
  }
}

/** The floats from `at` up to `end`, each times `factor`. */
function multiply(at: usize, end: usize, factor: f32): void {
  const factors = f32x4.splat(factor);
  for (; at + 16 <= end; at += 16) v128.store(at, f32x4.mul(v128.load(at), factors));
  for (; at < end; at += 4) store<f32>(at, load<f32>(at) * factor);
}

/** b ← b + its gradient, which is lr · ∂L/∂b already and becomes 0. */
export function addBiasGradient(layer: Linear, first: usize, last: usize): void {
  const end = blockStart(layer, last);
  for (let i = blockStart(layer, first); i < end; i += 16) {
    const bias = layer.bias + i;
    v128.store(bias, f32x4.add(v128.load(bias), v128.load(layer.biasGradient + i)));
    v128.store(layer.biasGradient + i, f32x4.splat(0));
  }
}

/** One step from the gradients (of L), for the weights of bands `first` up to `last` and their biases. */
export function sgdStep(layer: Linear, first: usize, last: usize, rate: f32): void {
  const weight = layer.weight;
  step(
    weight + first * layer.bandSize,
    weight + last * layer.bandSize,
    layer.velocity - weight,
    layer.gradient - weight,
    rate,
  );
  for (let block = (layer.blocks * first) / BANDS; block < (layer.blocks * last) / BANDS; block++) {
    const bias = layer.bias + ((block * layer.blockSlots) << 2);
    step(
      bias,
      bias + (unitsOf(layer, block) << 2),
      layer.biasVelocity - layer.bias,
      layer.biasGradient - layer.bias,
      rate,
    );
  }
}

/**
 * velocity ← μ velocity + (λ θ − gradient), θ ← θ − lr velocity, gradient ← 0, for the parameters from
 * `at` up to `end`; velocity and gradient (that of L) lie at a fixed distance. Without momentum the
 * velocity kept is left alone.
 */
function step(at: usize, end: usize, toVelocity: usize, toGradient: usize, rate: f32): void {
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
