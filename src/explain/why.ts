import { zerosLike } from '../layers/floats.js';
import { linearBackwardInput } from '../layers/linear.js';
import { reluBackward } from '../layers/relu.js';
import type { Explanation } from './explanation.js';

/**
 * Why one class and not another, as an exact sum over the pixels:
 * v_a − v_b = Σ_j (w_aj − w_bj) u_j + (b_a − b_b).
 *
 * With hidden layers too: as long as no unit goes on or off the network is linear, so
 * v_a − v_b = Σ_j J_j u_j + c, where J_j = ∂(v_a − v_b)/∂u_j are the effective weights, W² and W¹ through
 * the units that are on, and c = Σ_l ∂(v_a − v_b)/∂vˡ · bˡ what the biases of all layers add.
 */
export interface Why {
  readonly a: number;
  readonly b: number;
  /** D: (w_aj − w_bj) u_j, or J_j u_j. Above 0: pixel j speaks for a; below: for b. */
  readonly pixels: Float64Array;
  /** b_a − b_b, or c. */
  readonly bias: number;
  /** The sum of the pixels above 0, and of those below. */
  readonly positive: number;
  readonly negative: number;
  /** positive + negative + bias. */
  readonly total: number;
  /** v_a − v_b from the forward pass: equals `total` to rounding. */
  readonly difference: number;
}

/** @throws RangeError if a or b is not a class */
export function why({ shape, parameters, hidden, u, v }: Explanation, a: number, b: number): Why {
  for (const k of [a, b]) {
    if (!(k >= 0 && k < shape.classes)) {
      throw new RangeError(`class: expected 0 to ${shape.classes - 1}, got ${k}`);
    }
  }
  // The backward pass of v_a − v_b in place of L.
  let slopes = zerosLike(v, v.length);
  slopes[a]! += 1;
  slopes[b]! -= 1;
  let bias = 0;
  for (let l = hidden.length; l >= 0; l--) {
    const { weight, bias: biases } = parameters.linear[l]!;
    bias += dot(slopes, biases);
    const below = hidden[l - 1];
    const byInput = zerosLike(u, below ? below.h.length : u.length);
    linearBackwardInput(byInput, slopes, weight);
    if (below) reluBackward(byInput, byInput, below.v);
    slopes = byInput;
  }
  const pixels = u.map((uj, j) => slopes[j]! * uj);
  let positive = 0;
  let negative = 0;
  for (const pixel of pixels) {
    if (pixel > 0) positive += pixel;
    else negative += pixel;
  }
  const total = positive + negative + bias;
  return { a, b, pixels, bias, positive, negative, total, difference: v[a]! - v[b]! };
}

function dot(p: Float64Array, q: Float64Array): number {
  return p.reduce((sum, value, i) => sum + value * q[i]!, 0);
}
