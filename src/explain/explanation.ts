import {
  type BackwardPass,
  checkGradients,
  type GradientCheckRow,
  relativeError,
} from '../gradient-check.js';
import { softmaxLogLikelihoodBackward } from '../layers/log-likelihood.js';
import type { Picture } from '../layers/reshape.js';
import { softmaxJacobian } from '../layers/softmax.js';
import {
  type ActivationGradients,
  type Activations,
  backward,
  backwardInput,
  backwardInSteps,
  createActivationGradients,
  createActivations,
  forward,
  type NetworkShape,
  oneHot,
  type Parameters,
  parameterCount,
  parametersOf,
} from '../network.js';

/**
 * The derivation with the numbers of one picture, all in double precision. Names as in the code:
 * `dv` is ∂L/∂v. Sign: L is the log-likelihood (≤ 0), and every gradient is one of L.
 */
export interface Explanation {
  readonly shape: NetworkShape;
  /** rows × columns, from 0 to 1. */
  readonly x: Picture;
  /** K × D, row-major. */
  readonly W: Float64Array;
  /** K. */
  readonly b: Float64Array;
  /** D. */
  readonly u: Float64Array;
  /** K scores. */
  readonly v: Float64Array;
  /** K probabilities. */
  readonly y: Float64Array;
  /** K × K, row i = y_i, column j = v_j. Like x to y, it needs no label. */
  readonly dydv: Float64Array;
  /** argmax_i y_i. */
  readonly predicted: number;
  /** What needs to know the right class; undefined for a picture without a label. */
  readonly way: WayBack | undefined;
}

/** L and the way back from it. */
export interface WayBack {
  readonly label: number;
  /** log y_label, in nats. */
  readonly L: number;
  /** K. Infinite, and 0/0 beside it, where y underflows. */
  readonly dy: Float64Array;
  /** K: (∂y/∂v)ᵀ ∂L/∂y. */
  readonly dvByJacobian: Float64Array;
  /** K: labels − y. Equal to the above, and finite whatever y is: the way back goes on from here. */
  readonly dv: Float64Array;
  /** The largest difference between the two, relative to the largest entry. */
  readonly waysDiffer: number;
  readonly du: Float64Array;
  readonly db: Float64Array;
  /** K × D, row-major. */
  readonly dw: Float64Array;
  readonly dx: Picture;
  /** Each of these against central differences; empty where that would take minutes. */
  readonly check: readonly GradientCheckRow[];
  readonly step: Step;
}

/** One SGD step on this picture alone: W ← W + lr ∂L/∂W, b ← b + lr ∂L/∂b. */
export interface Step {
  readonly lr: number;
  readonly before: number;
  readonly after: number;
  /** lr (|∂L/∂W|² + |∂L/∂b|²): the rise that the tangent promises. */
  readonly promised: number;
}

/** A picture and its class, if that is known. */
export interface Subject {
  readonly x: Picture;
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
  const picture = { ...x, values: Float64Array.from(x.values) };
  const a = createActivations(shape, Float64Array);
  const labels = new Float64Array(shape.classes);
  if (label !== undefined) oneHot(labels, label);
  const L = forward(theta, picture, labels, a);
  const dydv = new Float64Array(shape.classes ** 2);
  softmaxJacobian(dydv, a.y);
  const { u, v, y } = a as { [quantity in keyof Activations]: Float64Array };
  return {
    shape,
    x: picture,
    W: theta.weight as Float64Array,
    b: theta.bias as Float64Array,
    ...{ u, v, y, dydv },
    predicted: y.indexOf(Math.max(...y)),
    way: label === undefined ? undefined : wayBack(shape, theta, picture, labels, a, lr, L),
  };
}

function wayBack(
  shape: NetworkShape,
  theta: Parameters,
  x: Picture,
  labels: Float64Array,
  a: Activations,
  lr: number,
  L: number,
): WayBack {
  const d = createActivationGradients(shape, Float64Array);
  const gradient = parametersOf(new Float64Array(parameterCount(shape)), shape);
  onwards(gradient, a, labels, d);
  const dvByJacobian = d.dv.slice() as Float64Array;
  softmaxLogLikelihoodBackward(d.dv, a.y, labels);
  const dx = backwardInput(theta, shape, d);
  const sample = { x: x.values as Float64Array, labels };
  const { dy, dv, du } = d as { [quantity in keyof ActivationGradients]: Float64Array };
  return {
    ...{ label: labels.indexOf(1), L, dy, dvByJacobian, dv, du, dx },
    waysDiffer: relativeError(dvByJacobian, dv),
    db: gradient.bias as Float64Array,
    dw: gradient.weight as Float64Array,
    check:
      theta.weight.length > MOST_CHECKED ? [] : checkGradients(shape, theta.all, sample, onwards),
    step: step(shape, theta, gradient, lr, (stepped) =>
      forward(stepped, x, labels, createActivations(shape, Float64Array)),
    ),
  };
}

function step(
  shape: NetworkShape,
  theta: Parameters,
  gradient: Parameters,
  lr: number,
  L: (parameters: Parameters) => number,
): Step {
  const stepped = parametersOf(Float64Array.from(theta.all), shape);
  let squares = 0;
  for (const [p, g] of gradient.all.entries()) {
    stepped.all[p]! += lr * g;
    squares += g * g;
  }
  return { lr, before: L(theta), after: L(stepped), promised: lr * squares };
}

/** The slides' steps; where y underflows and they give no number, W and b take theirs from labels − y. */
const onwards: BackwardPass = (gradient, a, labels, d) => {
  backwardInSteps(gradient, a, labels, d);
  if (gradient.all.every(Number.isFinite)) return;
  gradient.all.fill(0);
  backward(gradient, a, labels, { dv: d.dv.slice() });
};

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
