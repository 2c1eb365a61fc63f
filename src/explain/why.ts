import type { Explanation } from './explanation.js';

/**
 * Why one class and not another, as an exact sum over the pixels:
 * v_a − v_b = Σ_j (w_aj − w_bj) u_j + (b_a − b_b).
 */
export interface Why {
  readonly a: number;
  readonly b: number;
  /** D: (w_aj − w_bj) u_j. Above 0: pixel j speaks for a; below: for b. */
  readonly pixels: Float64Array;
  /** b_a − b_b. */
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
export function why({ shape, W, b: bias, u, v }: Explanation, a: number, b: number): Why {
  for (const k of [a, b]) {
    if (!(k >= 0 && k < shape.classes)) {
      throw new RangeError(`class: expected 0 to ${shape.classes - 1}, got ${k}`);
    }
  }
  const D = u.length;
  const pixels = u.map((uj, j) => (W[a * D + j]! - W[b * D + j]!) * uj);
  let positive = 0;
  let negative = 0;
  for (const pixel of pixels) {
    if (pixel > 0) positive += pixel;
    else negative += pixel;
  }
  const biases = bias[a]! - bias[b]!;
  const total = positive + negative + biases;
  return { a, b, pixels, bias: biases, positive, negative, total, difference: v[a]! - v[b]! };
}
