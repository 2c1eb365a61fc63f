import { type Derivation, derive, QUANTITIES } from './derivation.js';
import type { Sample } from './images.js';
import { logLikelihoodForward } from './layers/log-likelihood.js';
import { softmaxForward } from './layers/softmax.js';
import {
  createNetwork,
  forward,
  type NetworkShape,
  parametersOf,
  probabilitiesOf,
  scoresOf,
} from './network.js';

/** A quantity of the derivation, checked. */
export interface GradientCheckRow {
  /** e.g. `∂L/∂W`. */
  readonly quantity: string;
  /** e.g. `[10, 784]`. */
  readonly shape: readonly number[];
  /** The largest relative error over all entries (see `relativeError`). */
  readonly error: number;
  readonly ok: boolean;
}

/** A correct gradient in double precision errs by 1e-9 or less; a wrong formula by 1e-3 and more. */
export const GRADIENT_TOLERANCE = 1e-7;

const STEP = 1e-3;

/**
 * Central differences of order 4 in double precision:
 * f′(t) ≈ (8 (f(t+h) − f(t−h)) − (f(t+2h) − f(t−2h))) / 12h, error h⁴/30 · f⁽⁵⁾.
 *
 * With h = 1e-3 the formula's own error and rounding (1e-16 / h) are both about 1e-13.
 *
 * @param f reads `at` @param at the variable, one entry of which is moved and put back
 */
export function centralDifference(
  f: () => number,
  at: Float64Array,
  index: number,
  h: number = STEP,
): number {
  const t = at[index]!;
  const value = (steps: number): number => {
    at[index] = t + steps * h;
    return f();
  };
  const slope = (8 * (value(1) - value(-1)) - (value(2) - value(-2))) / (12 * h);
  at[index] = t;
  return slope;
}

/**
 * max_i |a_i − n_i| / max(max_i |a_i|, max_i |n_i|, 1e-4): the largest difference, relative to the
 * quantity's largest entry. Differences cannot resolve single entries near 0, and nothing below 1e-8
 * or so; hence one scale for the quantity, and a smallest scale of 1e-4.
 */
export function relativeError(analytic: Float64Array, numeric: Float64Array): number {
  let difference = 0;
  let scale = 1e-4;
  for (let i = 0; i < analytic.length; i++) {
    const d = Math.abs(analytic[i]! - numeric[i]!);
    // NaN and Infinity are errors, not values to be skipped by a comparison.
    if (!Number.isFinite(d)) return Number.POSITIVE_INFINITY;
    difference = Math.max(difference, d);
    scale = Math.max(scale, Math.abs(analytic[i]!), Math.abs(numeric[i]!));
  }
  return difference / scale;
}

/**
 * Compares every derivative of the derivation with central differences, all entries of each:
 * ∂L/∂y, ∂y/∂v, ∂L/∂v (by the Jacobian, and as labels − y), ∂L/∂u, ∂L/∂b, ∂L/∂W, ∂L/∂x.
 *
 * @param parameters `parameterCount` numbers; a copy in double precision is used
 * @param derivation what is put to the test; the program's own unless given
 */
export function checkGradients(
  shape: NetworkShape,
  parameters: ArrayLike<number>,
  { x, labels }: Sample,
  derivation: Derivation = derive(parametersOf(Float64Array.from(parameters), shape), x, labels),
): GradientCheckRow[] {
  const network = createNetwork(shape, Float64Array);
  network.theta.all.set(parameters);
  network.x.set(x.values);
  const L = (): number => forward(network, labels);
  L();
  const v = scoresOf(network).slice();
  const y = probabilitiesOf(network).slice();
  const yOfV = y.slice();
  const LOfY = (): number => logLikelihoodForward(y, labels);
  const LOfV = (): number => {
    softmaxForward(yOfV, v);
    return logLikelihoodForward(yOfV, labels);
  };
  const dL_dv = differences(LOfV, v);
  // u and x are the same numbers, so L has the same derivatives by both.
  const dL_dx = differences(L, network.x);
  const numeric: Readonly<Partial<Record<keyof Derivation, Float64Array>>> = {
    // log y bends ever more sharply towards 0, so the step shrinks with y.
    dL_dy: y.map((yi, i) => centralDifference(LOfY, y, i, STEP * yi)),
    dy_dv: jacobianDifferences(yOfV, v),
    dL_dv_by_jacobian: dL_dv,
    dL_dv,
    dL_du: dL_dx,
    dL_db: differences(L, network.theta.bias),
    dL_dW: differences(L, network.theta.weight),
    dL_dx,
  };
  const rows: GradientCheckRow[] = [];
  for (const { key, sign, shape: sides } of QUANTITIES) {
    const slopes = numeric[key];
    if (!slopes || key === 'L') continue;
    const analytic = key === 'dL_dx' ? derivation.dL_dx.values : derivation[key];
    const error = relativeError(analytic, slopes);
    rows.push({ quantity: sign, shape: sides(shape), error, ok: error <= GRADIENT_TOLERANCE });
  }
  return rows;
}

/** Central differences of f by every entry of `at`. */
function differences(f: () => number, at: Float64Array): Float64Array {
  return at.map((_, index) => centralDifference(f, at, index));
}

/** Central differences of softmax: K × K, row y_i, column v_j. */
function jacobianDifferences(y: Float64Array, v: Float64Array): Float64Array {
  const K = v.length;
  const jacobian = new Float64Array(K * K);
  for (let i = 0; i < K; i++) {
    const yi = (): number => {
      softmaxForward(y, v);
      return y[i]!;
    };
    for (let j = 0; j < K; j++) jacobian[i * K + j] = centralDifference(yi, v, j);
  }
  return jacobian;
}
