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

/** Makes either kind of array. */
export type FloatsConstructor = Float32ArrayConstructor | Float64ArrayConstructor;
