import type { BackwardPass } from '../gradient-check.js';
import { linearBackwardBias, linearBackwardWeight, linearForward } from '../layers/linear.js';
import { logLikelihoodBackward, logLikelihoodForward } from '../layers/log-likelihood.js';
import { type Picture, reshapeForward } from '../layers/reshape.js';
import { softmaxJacobian } from '../layers/softmax.js';
import { type Activations, forward, type Parameters } from '../network.js';

/** What training is made of: the right code, or code with one mistake in it. */
export interface Code {
  /** Fills the activations and gives L. */
  readonly forward: (
    theta: Parameters,
    x: Picture,
    labels: Float64Array,
    activations: Activations,
  ) => number;
  /** What becomes of a right way back, `backward` or `backwardInSteps`. */
  readonly spoil: (pass: BackwardPass) => BackwardPass;
  /** The sum of the gradients of N images is divided by this before the step. */
  readonly divisor: (N: number) => number;
}

/** The code as it should be. */
export const RIGHT: Code = { forward, spoil: (pass) => pass, divisor: (N) => N };

export const MISTAKE_NAMES = [
  'sign',
  'diagonal-jacobian',
  'sum-not-mean',
  'no-max-shift',
  'forget-bias',
] as const;

export type MistakeName = (typeof MISTAKE_NAMES)[number];

/** One of the usual mistakes, as code that runs. */
export interface Mistake extends Code {
  /** The formula as it should be, and as the mistake has it. */
  readonly right: string;
  readonly wrong: string;
  /** The quantities that a check on one picture at ordinary scores finds wrong. */
  readonly caught: readonly string[];
  /** What is to be learned from it. */
  readonly lesson: string;
}

export const MISTAKES: Readonly<Record<MistakeName, Mistake>> = {
  sign: {
    ...RIGHT,
    right: '∂L/∂v = labels − y',
    wrong: '∂L/∂v = y − labels',
    caught: ['∂L/∂v', '∂L/∂u', '∂L/∂b', '∂L/∂W', '∂L/∂x'],
    lesson:
      'An error of 2 is the mark of a sign: |−g − g| = 2 |g|. Every step now goes downhill on L: the ' +
      'loss climbs above log K, what guessing costs, and the answers become about as bad as guesses.',
    spoil: (pass) => (gradient, activations, labels, d) => {
      pass(gradient, activations, labels, d);
      for (const array of [d.dv, gradient.all]) for (const i of array.keys()) array[i]! *= -1;
    },
  },
  'diagonal-jacobian': {
    ...RIGHT,
    right: '∂y_i/∂v_j = y_i (1[i = j] − y_j)',
    wrong: '∂y_i/∂v_j = y_i (1 − y_i) if i = j, else 0',
    caught: ['∂y/∂v', '∂L/∂v', '∂L/∂u', '∂L/∂b', '∂L/∂W', '∂L/∂x'],
    lesson:
      "Every row of ∂L/∂W but the right class's is left at 0: the right class is raised and no wrong " +
      'one is lowered. Such a step still raises L, so training learns, at first almost as well, and then ' +
      'stays behind. Nothing crashes; without the check one would blame the learning rate.',
    spoil: () => (gradient, activations, labels, d) => {
      const { y } = activations;
      logLikelihoodBackward(d.dy, y, labels);
      softmaxJacobian(d.dydv, y);
      for (const p of d.dydv.keys()) if (p % (y.length + 1) !== 0) d.dydv[p] = 0;
      // y_j (1 − y_j) labels_j / y_j, without the division: where y underflows only the mistake shows.
      for (const j of y.keys()) d.dv[j] = (1 - y[j]!) * labels[j]!;
      linearBackwardBias(gradient.bias, d.dv);
      linearBackwardWeight(gradient.weight, d.dv, activations.u);
    },
  },
  'sum-not-mean': {
    ...RIGHT,
    right: 'g = (1/N) Σ_n ∂L_n/∂W',
    wrong: 'g = Σ_n ∂L_n/∂W',
    caught: [],
    lesson:
      'One picture cannot show it: for N = 1 sum and mean are the same; a batch of N errs by ' +
      '1 − 1/N. It is a learning rate N times too large, so it grows with the batch: the mean keeps ' +
      'its meaning at every N, the sum trains at small N and is thrown about at large ones. With ' +
      'lr / N in place of lr it would be the right code.',
    divisor: () => 1,
  },
  'no-max-shift': {
    ...RIGHT,
    right: 'y_i = exp(v_i − max v) / Σ_k exp(v_k − max v)',
    wrong: 'y_i = exp(v_i) / Σ_k exp(v_k)',
    caught: [],
    lesson:
      'On paper the two are equal, and at ordinary scores the computer agrees. Above 709.78 exp is ' +
      'Infinity in double precision (above 88.72 in single), and Infinity / Infinity is not a ' +
      'number. A change of all scores by the same amount, or pixels left at 0 to 255, is enough.',
    forward: forwardWithoutShift,
    spoil: (pass) => (gradient, activations, labels, d) => {
      softmaxWithoutShift(activations);
      pass(gradient, activations, labels, d);
    },
  },
  'forget-bias': {
    ...RIGHT,
    right: '∂L/∂b = ∂L/∂v',
    wrong: '∂L/∂b = 0, never computed',
    caught: ['∂L/∂b'],
    lesson:
      'The loss is hardly worse, the accuracy may even be the same: on these pictures the weights ' +
      'make up for b. Training does not betray this mistake, only the check does.',
    spoil: (pass) => (gradient, activations, labels, d) => {
      pass(gradient, activations, labels, d);
      gradient.bias.fill(0);
    },
  },
};

/** y_i = exp(v_i) / Σ_k exp(v_k) as it stands on the slide. */
function softmaxWithoutShift({ v, y }: Activations): void {
  let sum = 0;
  for (const [i, vi] of v.entries()) {
    y[i] = Math.exp(vi);
    sum += y[i]!;
  }
  for (const i of y.keys()) y[i]! /= sum;
}

function forwardWithoutShift(
  theta: Parameters,
  x: Picture,
  labels: Float64Array,
  activations: Activations,
): number {
  activations.u = reshapeForward(x);
  linearForward(activations.v, activations.u, theta.weight, theta.bias);
  softmaxWithoutShift(activations);
  return logLikelihoodForward(activations.y, labels);
}
