/**
 * The numbers every layer works on. Training runs in single precision; the gradient check and the
 * explanations run the very same functions in double precision.
 *
 * Legend of sizes and names, used in all files:
 *   N images in a batch, D inputs (rows × columns), K classes
 *   x (picture) → u (vector, D) → v (scores, K) → y (probabilities, K) → L (log-likelihood, one number)
 *   dx, du, dv, dy, dw, db: ∂L/∂x, ∂L/∂u, …, each of the shape of its variable
 */
export type Floats = Float32Array | Float64Array;

/** Makes arrays of one kind. */
export interface FloatsConstructor<F extends Floats = Floats> {
  new (length: number): F;
}

/** @throws RangeError unless the array has `expected` numbers */
export function assertLength(name: string, { length }: ArrayLike<number>, expected: number): void {
  if (length !== expected)
    throw new RangeError(`${name}: expected ${expected} numbers, got ${length}`);
}

/** A view of array[from … to − 1], of the array's own kind. */
export function view<F extends Floats>(array: F, from: number, to: number): F {
  // TypeScript gives subarray of either kind the type of both.
  return array.subarray(from, to) as F;
}

/** `length` zeros, of the array's own kind. */
export function zerosLike<F extends Floats>(array: F, length: number): F {
  return new (array.constructor as FloatsConstructor<F>)(length);
}

/** argmax_i v_i: the lowest i if several share the maximum. */
export function argmax(v: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < v.length; i++) if (v[i]! > v[best]!) best = i;
  return best;
}

/** max_i |v_i|, 0 for no numbers. */
export function largestMagnitude(v: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < v.length; i++) largest = Math.max(largest, Math.abs(v[i]!));
  return largest;
}

/** The least and the greatest number; ∞ and −∞ for none. */
export function range(v: ArrayLike<number>): [minimum: number, maximum: number] {
  let [minimum, maximum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < v.length; i++) {
    minimum = Math.min(minimum, v[i]!);
    maximum = Math.max(maximum, v[i]!);
  }
  return [minimum, maximum];
}
