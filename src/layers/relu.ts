import { assertLength, type Floats } from './floats.js';
import type { Layer } from './layer.js';

/**
 * h = ReLU(v): h_i = max(0, v_i).
 *
 * v H → h H. A NaN stays one: a diverged score must not hide behind a zero.
 */
export function reluForward(h: Floats, v: Floats): void {
  const H = v.length;
  assertLength('h', h, H);
  for (let i = 0; i < H; i++) h[i] = v[i]! <= 0 ? 0 : v[i]!;
}

/**
 * Jacobian of ReLU: ∂h_i/∂v_j = 1[i = j] 1[v_i > 0].
 *
 * v H → dhdv H × H row-major. At v_i = 0 there is a kink and no derivative; any number from 0 to 1 is a
 * subgradient there. 0 is PyTorch's choice, and the one that leaves a unit that gives nothing alone.
 */
export function reluJacobian(dhdv: Floats, v: Floats): void {
  const H = v.length;
  assertLength('dhdv', dhdv, H * H);
  dhdv.fill(0);
  for (let i = 0; i < H; i++) dhdv[i * H + i] = v[i]! > 0 ? 1 : 0;
}

/**
 * ∂L/∂v = (∂h/∂v)ᵀ ∂L/∂h = ∂L/∂h ⊙ 1[v > 0], because the Jacobian is diagonal: H products, not H².
 *
 * dh H, v H → dv H.
 */
export function reluBackward(dv: Floats, dh: Floats, v: Floats): void {
  const H = v.length;
  assertLength('dh', dh, H);
  assertLength('dv', dv, H);
  for (let i = 0; i < H; i++) dv[i] = v[i]! > 0 ? dh[i]! : 0;
}

/** The formulas above by name; whoever studies a mistake puts another function in the place of one. */
export interface ReluFormulas {
  readonly reluForward: typeof reluForward;
  readonly reluBackward: typeof reluBackward;
}

/** ReLU as a layer of the chain, for H = `units`. */
export function relu(units: number, formulas: ReluFormulas): Layer {
  return {
    type: 'relu',
    inputs: units,
    outputs: units,
    parameters: [],
    forward: (h, v) => formulas.reluForward(h, v),
    backward(dv, _, dh, v) {
      if (dv) formulas.reluBackward(dv, dh, v);
    },
    initialise() {},
  };
}
