import { assertLength, type Floats, zerosLike } from './floats.js';
import type { Layer } from './layer.js';

/**
 * y = Softmax(v): y_i = exp(v_i) / Σ_k exp(v_k).
 *
 * v K → y K. max(v) is subtracted first: the quotient does not change, and exp cannot overflow.
 */
export function softmaxForward(y: Floats, v: Floats): void {
  const K = v.length;
  assertLength('y', y, K);
  const max = maximum(v);
  let sum = 0;
  for (let i = 0; i < K; i++) {
    y[i] = Math.exp(v[i]! - max);
    sum += y[i]!;
  }
  for (let i = 0; i < K; i++) y[i]! /= sum;
}

/**
 * Jacobian of softmax: ∂y_i/∂v_j = y_i (1[i = j] − y_j).
 *
 * y K → dydv K × K row-major, row i = y_i, column j = v_j. (The slide writes u for softmax's
 * argument; it is v.)
 */
export function softmaxJacobian(dydv: Floats, y: Floats): void {
  const K = y.length;
  assertLength('dydv', dydv, K * K);
  for (let i = 0; i < K; i++) {
    for (let j = 0; j < K; j++) {
      dydv[i * K + j] = y[i]! * ((i === j ? 1 : 0) - y[j]!);
    }
  }
}

/**
 * ∂L/∂v = (∂y/∂v)ᵀ ∂L/∂y, that is ∂L/∂v_j = Σ_i ∂y_i/∂v_j ∂L/∂y_i.
 *
 * dydv K × K, dy K → dv K.
 */
export function softmaxBackward(dv: Floats, dydv: Floats, dy: Floats): void {
  const K = dy.length;
  assertLength('dydv', dydv, K * K);
  assertLength('dv', dv, K);
  for (let j = 0; j < K; j++) {
    let sum = 0;
    for (let i = 0; i < K; i++) sum += dydv[i * K + j]! * dy[i]!;
    dv[j] = sum;
  }
}

/** log Σ_k exp(v_k), in nats, computed as max(v) + log Σ_k exp(v_k − max(v)): finite for every finite v. */
export function logSumExp(v: Floats): number {
  const K = v.length;
  const max = maximum(v);
  let sum = 0;
  for (let k = 0; k < K; k++) sum += Math.exp(v[k]! - max);
  return max + Math.log(sum);
}

function maximum(v: Floats): number {
  let max = v[0]!;
  // Written so that a NaN anywhere comes out: a diverged score must not hide behind finite ones.
  for (let k = 1; k < v.length; k++) if (!(v[k]! <= max)) max = v[k]!;
  return max;
}

/** The formulas above by name; whoever studies a mistake puts another function in the place of one. */
export interface SoftmaxFormulas {
  readonly softmaxForward: typeof softmaxForward;
  readonly softmaxJacobian: typeof softmaxJacobian;
  readonly softmaxBackward: typeof softmaxBackward;
}

/** Softmax as a layer of the chain, for K = `classes`. */
export function softmax(classes: number, formulas: SoftmaxFormulas): Layer {
  return {
    type: 'softmax',
    inputs: classes,
    outputs: classes,
    parameters: [],
    forward: (y, v) => formulas.softmaxForward(y, v),
    backward(dv, _, dy, _v, y) {
      if (!dv) return;
      const dydv = zerosLike(y, classes * classes);
      formulas.softmaxJacobian(dydv, y);
      formulas.softmaxBackward(dv, dydv, dy);
    },
    initialise() {},
  };
}
