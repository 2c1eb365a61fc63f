import { type Derivation, derive, deriveForward, type ForwardDerivation } from '../derivation.js';
import { checkGradients, type GradientCheckRow, relativeError } from '../gradient-check.js';
import { argmax } from '../layers/floats.js';
import { oneHot, softmaxLogLikelihoodForward } from '../layers/log-likelihood.js';
import type { Picture } from '../layers/reshape.js';
import { type NetworkShape, type Parameters, parametersOf } from '../network.js';
import { afterStep } from '../sgd.js';

/**
 * The derivation with the numbers of one picture, all in double precision. Sign: L is the
 * log-likelihood (≤ 0), and every gradient is one of L.
 */
export interface Explanation extends ForwardDerivation {
  readonly shape: NetworkShape;
  /** W and b; with hidden layers W¹ and b¹, W² and b², … */
  readonly parameters: Parameters<Float64Array>;
  /** argmax_i v_i. */
  readonly predicted: number;
  /** What needs to know the right class; undefined for a picture without a label. */
  readonly backward: BackwardExplanation | undefined;
}

/** L and the backward pass from it. */
export interface BackwardExplanation extends Derivation {
  readonly label: number;
  /** The largest difference between the two ∂L/∂v, relative to the largest entry. */
  readonly disagreement: number;
  /** Each derivative against central differences. */
  readonly check: readonly GradientCheckRow[];
  readonly step: Step;
}

/** One SGD step on this picture alone: W ← W + lr ∂L/∂W, b ← b + lr ∂L/∂b, in every linear layer. */
export interface Step {
  readonly lr: number;
  /** L. */
  readonly before: number;
  readonly after: number;
  /** lr (|∂L/∂W|² + |∂L/∂b|²), summed over the linear layers: the rise that the tangent promises. */
  readonly promised: number;
}

/** A picture and its class, if that is known. */
export interface Subject {
  readonly x: Picture<Float64Array>;
  readonly label: number | undefined;
}

/**
 * Runs a picture through the network and back.
 *
 * @param parameters `parameterCount` numbers @param lr of the one step
 * @throws RangeError if the label is not one of the K classes
 */
export function explain(
  shape: NetworkShape,
  parameters: ArrayLike<number>,
  { x, label }: Subject,
  lr: number,
): Explanation {
  if (label !== undefined && !(label >= 0 && label < shape.classes)) {
    throw new RangeError(`label: expected 0 to ${shape.classes - 1}, got ${label}`);
  }
  const theta = parametersOf(Float64Array.from(parameters), shape);
  const forward = deriveForward(theta, x);
  return {
    ...forward,
    shape,
    parameters: theta,
    predicted: argmax(forward.v),
    backward: label === undefined ? undefined : explainBackward(shape, theta, x, label, lr),
  };
}

function explainBackward(
  shape: NetworkShape,
  theta: Parameters<Float64Array>,
  x: Picture<Float64Array>,
  label: number,
  lr: number,
): BackwardExplanation {
  const labels = oneHot(new Float64Array(shape.classes), label);
  const derivation = derive(theta, x, labels);
  const { L, dL_dv, dL_dv_by_jacobian, hidden } = derivation;
  const stepped = deriveForward(afterStep(theta, shape, derivation, lr), x);
  let square = 0;
  for (const { dL_dW, dL_db } of [...hidden, derivation]) {
    square += sumOfSquares(dL_dW) + sumOfSquares(dL_db);
  }
  return {
    ...derivation,
    label,
    disagreement: relativeError(dL_dv_by_jacobian, dL_dv),
    check: checkGradients(shape, theta.all, { x, labels }, derivation),
    step: {
      lr,
      before: L,
      after: softmaxLogLikelihoodForward(stepped.v, labels),
      promised: lr * square,
    },
  };
}

function sumOfSquares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

/** An entry of a matrix and where it stands. */
export interface Entry {
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

/** The `count` entries of a row-major matrix that are furthest from 0, in falling order, without zeros. */
export function largestEntries(matrix: Float64Array, columns: number, count: number): Entry[] {
  const size = (p: number): number => Math.abs(matrix[p]!);
  const found: number[] = [];
  for (let p = 0; p < matrix.length; p++) {
    // One pass: a matrix can have millions of entries, and few of them get in.
    if (matrix[p] === 0 || (found.length === count && size(p) <= size(found[count - 1]!))) continue;
    const at = found.findIndex((q) => size(q) < size(p));
    found.splice(at < 0 ? found.length : at, 0, p);
    found.length = Math.min(found.length, count);
  }
  return found.map((p) => ({
    row: Math.floor(p / columns),
    column: p % columns,
    value: matrix[p]!,
  }));
}

/** The units of a hidden layer that are on, h_i > 0: the most active one first. */
export function activeUnits(h: Float64Array): number[] {
  const on = [...h.keys()].filter((i) => h[i]! > 0);
  return on.sort((i, j) => h[j]! - h[i]! || i - j);
}
