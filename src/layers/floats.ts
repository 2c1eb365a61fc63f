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

/** A view of array[from … to − 1], of the array's own kind. */
export function view<F extends Floats>(array: F, from: number, to: number): F {
  // TypeScript gives subarray of either kind the type of both.
  return array.subarray(from, to) as F;
}

/** argmax_i values_i, the lowest i if several share the maximum. */
export function argmax(values: Floats): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** `length` zeros, of the array's own kind. */
export function zerosLike<F extends Floats>(array: F, length: number): F {
  return new (array.constructor as FloatsConstructor<F>)(length);
}
