import type { Floats, FloatsConstructor } from './layers/floats.js';
import {
  linearBackwardBias,
  linearBackwardInput,
  linearBackwardWeight,
  linearForward,
} from './layers/linear.js';
import {
  logLikelihoodBackward,
  softmaxLogLikelihoodBackward,
  softmaxLogLikelihoodForward,
} from './layers/log-likelihood.js';
import { type Picture, reshapeBackward, reshapeForward } from './layers/reshape.js';
import { softmaxBackward, softmaxForward, softmaxJacobian } from './layers/softmax.js';

/**
 * The seminar's network: x → Reshape → u → Linear → v → Softmax → y → log-likelihood → L.
 *
 * Sign: L is a log-likelihood, so training raises it. The gradients here are those of L;
 * gradient descent works on −L and changes the sign there (`kernel/reference.ts`).
 */
export interface NetworkShape {
  readonly rows: number;
  readonly columns: number;
  /** K, the number of classes. */
  readonly classes: number;
}

/** D = rows × columns. */
export function inputsOf(shape: NetworkShape): number {
  return shape.rows * shape.columns;
}

/** All of the network's parameters, or their gradient, or their velocity: one flat array and its parts. */
export interface Parameters {
  /** K·D + K numbers: W row by row, then b. */
  readonly all: Floats;
  /** W, K × D row-major, a view into `all`. */
  readonly weight: Floats;
  /** b, K, a view into `all`. */
  readonly bias: Floats;
}

/** K·D + K. */
export function parameterCount(shape: NetworkShape): number {
  return shape.classes * inputsOf(shape) + shape.classes;
}

/** Views `all` (K·D + K numbers) as W and b. @throws RangeError if the length is not K·D + K. */
export function parametersOf(all: Floats, shape: NetworkShape): Parameters {
  const expected = parameterCount(shape);
  if (all.length !== expected) {
    throw new RangeError(`parameters: expected ${expected} numbers, got ${all.length}`);
  }
  const weights = expected - shape.classes;
  return { all, weight: all.subarray(0, weights), bias: all.subarray(weights) };
}

/** What one image leaves behind on its way forward, kept for the way back. */
export interface Activations {
  /** D, a view of x. */
  u: Floats;
  /** K scores. */
  readonly v: Floats;
  /** K probabilities. */
  readonly y: Floats;
}

/** ∂L/∂ each activation, for one image. */
export interface ActivationGradients {
  /** K. Only the two-step form computes it. */
  readonly dy: Floats;
  /** K × K, ∂y_i/∂v_j. Only the two-step form computes it. */
  readonly dydv: Floats;
  /** K. */
  readonly dv: Floats;
  /** D. */
  readonly du: Floats;
}

/** Room for one image's activations. */
export function createActivations(shape: NetworkShape, FloatArray: FloatsConstructor): Activations {
  const K = shape.classes;
  return { u: new FloatArray(0), v: new FloatArray(K), y: new FloatArray(K) };
}

/** Room for one image's gradients. */
export function createActivationGradients(
  shape: NetworkShape,
  FloatArray: FloatsConstructor,
): ActivationGradients {
  const K = shape.classes;
  return {
    dy: new FloatArray(K),
    dydv: new FloatArray(K * K),
    dv: new FloatArray(K),
    du: new FloatArray(inputsOf(shape)),
  };
}

/**
 * The forward pass: u = reshape(x), v = W u + b, y = softmax(v), L = Σ_i labels_i log y_i.
 *
 * x rows × columns, labels K one-hot → L in nats; `activations` is filled.
 */
export function forward(
  parameters: Parameters,
  x: Picture,
  labels: Floats,
  activations: Activations,
): number {
  const { v, y } = activations;
  activations.u = reshapeForward(x);
  linearForward(v, activations.u, parameters.weight, parameters.bias);
  softmaxForward(y, v);
  return softmaxLogLikelihoodForward(v, labels);
}

/**
 * The backward pass as training runs it: ∂L/∂v = labels − y, ∂L/∂b = ∂L/∂v, ∂L/∂W = ∂L/∂v uᵀ.
 *
 * Adds this image's ∂L/∂W and ∂L/∂b to `gradient`; fills `d.dv`.
 */
export function backward(
  gradient: Parameters,
  activations: Activations,
  labels: Floats,
  d: Pick<ActivationGradients, 'dv'>,
): void {
  softmaxLogLikelihoodBackward(d.dv, activations.y, labels);
  linearBackwardBias(gradient.bias, d.dv);
  linearBackwardWeight(gradient.weight, d.dv, activations.u);
}

/**
 * ∂L/∂u = Wᵀ ∂L/∂v and ∂L/∂x = reshape⁻¹(∂L/∂u), after `backward`. Training does not need them:
 * they say how L would change with the picture.
 */
export function backwardInput(
  parameters: Parameters,
  shape: NetworkShape,
  d: Pick<ActivationGradients, 'dv' | 'du'>,
): Picture {
  linearBackwardInput(d.du, d.dv, parameters.weight);
  return reshapeBackward(d.du, shape.rows, shape.columns);
}

/**
 * The backward pass step by step as on the slides: ∂L/∂y = labels / y, then softmax's whole Jacobian,
 * ∂L/∂v = (∂y/∂v)ᵀ ∂L/∂y, then ∂L/∂b and ∂L/∂W as in `backward`, with which it agrees wherever no
 * y_i underflows to 0. Where one does, labels_i / y_i is not a number and neither is the result.
 */
export function backwardInSteps(
  gradient: Parameters,
  activations: Activations,
  labels: Floats,
  d: ActivationGradients,
): void {
  logLikelihoodBackward(d.dy, activations.y, labels);
  softmaxJacobian(d.dydv, activations.y);
  softmaxBackward(d.dv, d.dydv, d.dy);
  linearBackwardBias(gradient.bias, d.dv);
  linearBackwardWeight(gradient.weight, d.dv, activations.u);
}

/** labels K: 1 at `label`, 0 elsewhere. */
export function oneHot(labels: Floats, label: number): Floats {
  labels.fill(0);
  labels[label] = 1;
  return labels;
}
