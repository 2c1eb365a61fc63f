import { assertLength, type Floats } from './floats.js';
import type { Layer } from './layer.js';

/**
 * v = W u + b, that is v_i = Σ_j w_ij u_j + b_i.
 *
 * u D, weight K × D row-major (w_ij is `weight[i * D + j]`: class i, pixel j), bias K → v K.
 */
export function linearForward(v: Floats, u: Floats, weight: Floats, bias: Floats): void {
  const D = u.length;
  const K = v.length;
  assertLength('weight', weight, K * D);
  assertLength('bias', bias, K);
  for (let i = 0; i < K; i++) {
    const row = i * D;
    let sum = 0;
    for (let j = 0; j < D; j++) sum += weight[row + j]! * u[j]!;
    v[i] = sum + bias[i]!;
  }
}

/**
 * ∂L/∂u = Wᵀ ∂L/∂v, because ∂v_i/∂u_j = w_ij; that is ∂L/∂u_j = Σ_i w_ij ∂L/∂v_i.
 *
 * dv K, weight K × D → du D.
 */
export function linearBackwardInput(du: Floats, dv: Floats, weight: Floats): void {
  const D = du.length;
  const K = dv.length;
  assertLength('weight', weight, K * D);
  du.fill(0);
  for (let i = 0; i < K; i++) {
    const row = i * D;
    const dvi = dv[i]!;
    for (let j = 0; j < D; j++) du[j]! += weight[row + j]! * dvi;
  }
}

/**
 * ∂L/∂b = Eᵀ ∂L/∂v = ∂L/∂v, because ∂v_i/∂b_j = 1[i = j].
 *
 * dv K is *added* to db K: a batch's gradient is the sum over its images.
 */
export function linearBackwardBias(db: Floats, dv: Floats): void {
  const K = dv.length;
  assertLength('db', db, K);
  for (let i = 0; i < K; i++) db[i]! += dv[i]!;
}

/**
 * ∂L/∂W = ∂L/∂v uᵀ.
 *
 * W is a matrix, so (∂v/∂W)ᵀ ∂L/∂v does not apply; entry by entry
 * ∂L/∂w_ij = Σ_k ∂L/∂v_k ∂v_k/∂w_ij = ∂L/∂v_i u_j, because only v_i contains w_ij.
 *
 * dv K, u D; the outer product is *added* to dw K × D: a batch's gradient is the sum over its images.
 */
export function linearBackwardWeight(dw: Floats, dv: Floats, u: Floats): void {
  const D = u.length;
  const K = dv.length;
  assertLength('dw', dw, K * D);
  for (let i = 0; i < K; i++) {
    const row = i * D;
    const dvi = dv[i]!;
    for (let j = 0; j < D; j++) dw[row + j]! += dvi * u[j]!;
  }
}

/** The formulas above by name; whoever studies a mistake puts another function in the place of one. */
export interface LinearFormulas {
  readonly linearForward: typeof linearForward;
  readonly linearBackwardInput: typeof linearBackwardInput;
  readonly linearBackwardBias: typeof linearBackwardBias;
  readonly linearBackwardWeight: typeof linearBackwardWeight;
}

/** Linear as a layer of the chain: D = `inputs`, K = `outputs`. */
export function linear(inputs: number, outputs: number, formulas: LinearFormulas): Layer {
  return {
    type: 'linear',
    inputs,
    outputs,
    parameters: [
      { name: 'weight', shape: [outputs, inputs] },
      { name: 'bias', shape: [outputs] },
    ],
    forward: (v, u, { weight, bias }) => formulas.linearForward(v, u, weight, bias),
    backward(du, d, dv, u, _, { weight }) {
      formulas.linearBackwardBias(d.bias, dv);
      formulas.linearBackwardWeight(d.weight, dv, u);
      if (du) formulas.linearBackwardInput(du, dv, weight);
    },
    // w_ij uniform in ±bound. xavier (Glorot and Bengio 2010): √(6 / (D + K)); he (He et al. 2015), for
    // ReLU, which lets half of the variance through: √(6 / D).
    initialise({ weight }, how, random) {
      if (how === 'zeros') return;
      const bound = Math.sqrt(6 / (how === 'xavier' ? inputs + outputs : inputs));
      for (let p = 0; p < weight.length; p++) weight[p] = bound * (2 * random.uniform() - 1);
    },
  };
}
