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
  /** K × D, row-major. */
  readonly W: Float64Array;
  /** K. */
  readonly b: Float64Array;
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
  /** Each derivative against central differences; empty where that would take minutes. */
  readonly check: readonly GradientCheckRow[];
  readonly step: Step;
}

/** One SGD step on this picture alone: W ← W + lr ∂L/∂W, b ← b + lr ∂L/∂b. */
export interface Step {
  readonly lr: number;
  /** L. */
  readonly before: number;
  readonly after: number;
  /** lr (|∂L/∂W|² + |∂L/∂b|²): the rise that the tangent promises. */
  readonly promised: number;
}

/** A picture and its class, if that is known. */
export interface Subject {
  readonly x: Picture<Float64Array>;
  readonly label: number | undefined;
}

/** Checking takes (4 · K · D)² multiplications: a second for MNIST, ten for four times as many weights. */
const MOST_CHECKED = 32_000;

/**
 * Runs a picture through the network and back.
 *
 * @param parameters K·D + K numbers @param lr of the one step
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
    W: theta.weight,
    b: theta.bias,
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
  const { L, dL_dv, dL_dv_by_jacobian, dL_dW, dL_db } = derivation;
  const stepped = deriveForward(afterStep(theta, shape, derivation, lr), x);
  const isChecked = dL_dW.length <= MOST_CHECKED;
  return {
    ...derivation,
    label,
    disagreement: relativeError(dL_dv_by_jacobian, dL_dv),
    check: isChecked ? checkGradients(shape, theta.all, { x, labels }, derivation) : [],
    step: {
      lr,
      before: L,
      after: softmaxLogLikelihoodForward(stepped.v, labels),
      promised: lr * (sumOfSquares(dL_dW) + sumOfSquares(dL_db)),
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
  const order = [...matrix.keys()].filter((p) => matrix[p] !== 0);
  order.sort((p, q) => Math.abs(matrix[q]!) - Math.abs(matrix[p]!) || p - q);
  return order.slice(0, count).map((p) => ({
    row: Math.floor(p / columns),
    column: p % columns,
    value: matrix[p]!,
  }));
}
