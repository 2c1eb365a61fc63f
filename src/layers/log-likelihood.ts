import { assertLength, type Floats } from './floats.js';
import { logSumExp } from './softmax.js';

/**
 * L = Σ_i labels_i log y_i, in nats: 0 for a sure and right answer, −∞ for a sure and wrong one.
 *
 * y K, labels K (one-hot) → one number ≤ 0. Training raises L; see `sgd.ts` for the sign.
 */
export function logLikelihoodForward(y: Floats, labels: Floats): number {
  assertLength('labels', labels, y.length);
  let L = 0;
  // A class with label 0 adds nothing, also where its y is 0 and the product would be 0 · −∞.
  for (let i = 0; i < y.length; i++) if (labels[i] !== 0) L += labels[i]! * Math.log(y[i]!);
  return L;
}

/**
 * ∂L/∂y_i = labels_i / y_i.
 *
 * y K, labels K → dy K. Where y_i underflows to 0 this is infinite (and 0/0 where the label is 0
 * too): that is why training uses the fused form below.
 */
export function logLikelihoodBackward(dy: Floats, y: Floats, labels: Floats): void {
  assertLength('labels', labels, y.length);
  assertLength('dy', dy, y.length);
  for (let i = 0; i < y.length; i++) dy[i] = labels[i]! / y[i]!;
}

/**
 * L straight from the scores: log y_i = v_i − log Σ_k exp(v_k), so L = Σ_i labels_i (v_i − logΣexp).
 *
 * v K, labels K → one number. Finite for every finite v, where log(softmax(v)) would be −∞.
 */
export function softmaxLogLikelihoodForward(v: Floats, labels: Floats): number {
  assertLength('labels', labels, v.length);
  const logSum = logSumExp(v);
  let L = 0;
  for (let i = 0; i < v.length; i++) if (labels[i] !== 0) L += labels[i]! * (v[i]! - logSum);
  return L;
}

/**
 * ∂L/∂v = (∂y/∂v)ᵀ ∂L/∂y multiplied out: Σ_i y_i (1[i = j] − y_j) labels_i / y_i
 * = labels_j − y_j Σ_i labels_i = labels_j − y_j, for labels that sum to 1.
 *
 * y K, labels K → dv K. No division: right also where y_i underflows.
 */
export function softmaxLogLikelihoodBackward(dv: Floats, y: Floats, labels: Floats): void {
  assertLength('labels', labels, y.length);
  assertLength('dv', dv, y.length);
  for (let j = 0; j < y.length; j++) dv[j] = labels[j]! - y[j]!;
}

/** The formulas above by name; whoever studies a mistake puts another function in the place of one. */
export interface LogLikelihoodFormulas {
  readonly logLikelihoodForward: typeof logLikelihoodForward;
  readonly logLikelihoodBackward: typeof logLikelihoodBackward;
  readonly softmaxLogLikelihoodForward: typeof softmaxLogLikelihoodForward;
  readonly softmaxLogLikelihoodBackward: typeof softmaxLogLikelihoodBackward;
}

/** labels K: 1 at `label`, 0 elsewhere. @throws RangeError unless it is one of the K classes */
export function oneHot<F extends Floats>(labels: F, label: number): F {
  if (!(label >= 0 && label < labels.length && Number.isInteger(label))) {
    throw new RangeError(`label: expected a class from 0 to ${labels.length - 1}, got ${label}`);
  }
  labels.fill(0);
  labels[label] = 1;
  return labels;
}
