import { logLikelihoodForward, softmaxLogLikelihoodBackward } from './layers/log-likelihood.js';
import { softmaxForward } from './layers/softmax.js';
import {
  type ActivationGradients,
  type Activations,
  backwardInput,
  backwardInSteps,
  createActivationGradients,
  createActivations,
  forward,
  type NetworkShape,
  type Parameters,
  parameterCount,
  parametersOf,
} from './network.js';

/** One image for the check: x rows × columns, row by row, and labels K. Both in double precision. */
export interface Sample {
  readonly x: Float64Array;
  readonly labels: Float64Array;
}

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

/** A backward pass to put to the test; `backward` and `backwardInSteps` of `network.ts` are two. */
export type BackwardPass = (
  gradient: Parameters,
  activations: Activations,
  labels: Float64Array,
  d: ActivationGradients,
) => void;

/** A right gradient in double precision errs by 1e-9 or less; a wrong formula by 1e-3 and more. */
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
 * @param parameters K·D + K numbers; a copy in double precision is used
 * @param backwardPass what is put to the test; the slides' steps unless given
 */
export function checkGradients(
  shape: NetworkShape,
  parameters: ArrayLike<number>,
  sample: Sample,
  backwardPass: BackwardPass = backwardInSteps as BackwardPass,
): GradientCheckRow[] {
  const theta = parametersOf(Float64Array.from(parameters), shape);
  const gradient = parametersOf(new Float64Array(parameterCount(shape)), shape);
  const a = createActivations(shape, Float64Array);
  const d = createActivationGradients(shape, Float64Array);
  const { labels } = sample;
  const x = { rows: shape.rows, columns: shape.columns, values: sample.x.slice() };
  forward(theta, x, labels, a);
  backwardPass(gradient, a, labels, d);
  const dx = backwardInput(theta, shape, d);

  const lossOf = createActivations(shape, Float64Array);
  const L = (): number => forward(theta, x, labels, lossOf);
  const dLdx = differences(L, x.values);
  const v = Float64Array.from(a.v);
  const y = Float64Array.from(a.y);
  const yOfV = new Float64Array(shape.classes);
  const LOfY = (): number => logLikelihoodForward(y, labels);
  const LOfV = (): number => {
    softmaxForward(yOfV, v);
    return logLikelihoodForward(yOfV, labels);
  };
  const K = shape.classes;
  const D = shape.rows * shape.columns;
  const rows: GradientCheckRow[] = [];
  const check = (quantity: string, size: number[], analytic: unknown, numeric: Float64Array) => {
    const error = relativeError(analytic as Float64Array, numeric);
    rows.push({ quantity, shape: size, error, ok: error <= GRADIENT_TOLERANCE });
  };
  // log y bends ever more sharply towards 0, so the step shrinks with y.
  const dLdy = y.map((yi, i) => centralDifference(LOfY, y, i, STEP * yi));
  const fused = new Float64Array(K);
  softmaxLogLikelihoodBackward(fused, a.y, labels);
  check('∂L/∂y', [K], d.dy, dLdy);
  check('∂y/∂v', [K, K], d.dydv, jacobianDifferences(yOfV, v));
  const dLdv = differences(LOfV, v);
  check('∂L/∂v', [K], d.dv, dLdv);
  check('labels − y', [K], fused, dLdv);
  check('∂L/∂u', [D], d.du, dLdx);
  check('∂L/∂b', [K], gradient.bias, differences(L, theta.bias as Float64Array));
  check('∂L/∂W', [K, D], gradient.weight, differences(L, theta.weight as Float64Array));
  check('∂L/∂x', [shape.rows, shape.columns], dx.values, dLdx);
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
