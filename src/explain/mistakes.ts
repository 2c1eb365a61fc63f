import { CODE, type Code } from '../kernel/reference.js';
import { type Floats, zerosLike } from '../layers/floats.js';
import { FORMULAS, type Formulas } from '../layers/index.js';
import { logLikelihoodForward } from '../layers/log-likelihood.js';
import { softmaxJacobian } from '../layers/softmax.js';
import { sgdStep } from '../sgd.js';

export const MISTAKE_NAMES = [
  'sign',
  'diagonal-jacobian',
  'sum-not-mean',
  'no-max-shift',
  'forget-bias',
  'relu-mask',
  'zero-init',
] as const;

export type MistakeName = (typeof MISTAKE_NAMES)[number];

/** One of the common mistakes, as code that runs. */
export interface CommonMistake {
  /** The formula as it should be, and as the mistake has it. */
  readonly right: string;
  readonly wrong: string;
  /** The quantities that a check on one picture at ordinary scores finds wrong. */
  readonly caught: readonly string[];
  /** What is to be learned from it. */
  readonly lesson: string;
  /** The program's own code with the mistake in it. */
  readonly code: Code;
  /** Shows only in a network with a hidden layer. */
  readonly needsHidden?: true;
}

export const MISTAKES: Readonly<Record<MistakeName, CommonMistake>> = {
  sign: {
    right: '∂L/∂v = labels − y',
    wrong: '∂L/∂v = y − labels',
    caught: ['labels − y', '∂L/∂u', '∂L/∂b', '∂L/∂W', '∂L/∂x'],
    lesson:
      'An error of 2 is the mark of a sign: |−g − g| = 2 |g|. Every step now goes downhill on L: the ' +
      'loss climbs past log K, what guessing costs, and on without end; the answers are no better than ' +
      'guesses.',
    code: withFormulas({
      softmaxLogLikelihoodBackward(dv, y, labels) {
        for (let j = 0; j < y.length; j++) dv[j] = y[j]! - labels[j]!;
      },
    }),
  },
  'diagonal-jacobian': {
    right: '∂y_i/∂v_j = y_i (1[i = j] − y_j)',
    wrong: '∂y_i/∂v_j = y_i (1 − y_i) if i = j, else 0',
    caught: ['∂y/∂v', '∂L/∂v', 'labels − y', '∂L/∂u', '∂L/∂b', '∂L/∂W', '∂L/∂x'],
    lesson:
      "Every row of ∂L/∂W but the right class's is left at 0: the right class is raised and no wrong " +
      'one is lowered. Such a step still raises L, so training learns, at first almost as well, and then ' +
      'stays behind. Nothing crashes; without the check one would blame the learning rate.',
    code: withFormulas({
      softmaxJacobian(dydv, y) {
        softmaxJacobian(dydv, y);
        for (let p = 0; p < dydv.length; p++) if (p % (y.length + 1) !== 0) dydv[p] = 0;
      },
      // Its product with ∂L/∂y: y_j (1 − y_j) labels_j / y_j.
      softmaxLogLikelihoodBackward(dv, y, labels) {
        for (let j = 0; j < y.length; j++) dv[j] = (1 - y[j]!) * labels[j]!;
      },
    }),
  },
  'sum-not-mean': {
    right: 'g = (1/N) Σ_n ∂L_n/∂W',
    wrong: 'g = Σ_n ∂L_n/∂W',
    caught: [],
    lesson:
      'One picture cannot show it: for N = 1 sum and mean are the same; a batch of N errs by ' +
      '1 − 1/N. It is a learning rate N times too large, so it grows with the batch: the mean keeps ' +
      'its meaning at every N, the sum trains at small N and is thrown about at large ones. With ' +
      'lr / N in place of lr it would be the right code.',
    code: {
      ...CODE,
      sgdStep: (theta, dtheta, velocity, _N, rule) => sgdStep(theta, dtheta, velocity, 1, rule),
    },
  },
  'no-max-shift': {
    right: 'y_i = exp(v_i − max v) / Σ_k exp(v_k − max v)',
    wrong: 'y_i = exp(v_i) / Σ_k exp(v_k)',
    caught: [],
    lesson:
      'On paper the two are equal, and at ordinary scores the computer agrees. Above 709.78 exp is ' +
      'Infinity in double precision (above 88.72 in single), and Infinity / Infinity is not a ' +
      'number. A change of all scores by the same amount, or pixels left at 0 to 255, is enough.',
    code: withFormulas({
      softmaxForward: softmaxWithoutShift,
      softmaxLogLikelihoodForward(v, labels) {
        const y = zerosLike(v, v.length);
        softmaxWithoutShift(y, v);
        return logLikelihoodForward(y, labels);
      },
    }),
  },
  'forget-bias': {
    right: '∂L/∂b = ∂L/∂v',
    wrong: '∂L/∂b = 0, never computed',
    caught: ['∂L/∂b'],
    lesson:
      'The loss is hardly worse, the accuracy may even be the same: on these pictures the weights ' +
      'make up for b. Training does not betray this mistake, only the check does.',
    code: withFormulas({ linearBackwardBias() {} }),
  },
  'relu-mask': {
    right: '∂L/∂v¹ = ∂L/∂h¹ ⊙ 1[v¹ > 0]',
    wrong: '∂L/∂v¹ = ∂L/∂h¹, without the mask',
    caught: ['∂L/∂v¹', '∂L/∂u', '∂L/∂b¹', '∂L/∂W¹', '∂L/∂x'],
    lesson:
      'The check names the place: ∂L/∂h¹ is right, ∂L/∂v¹ and all that is made of it is not. A unit that is ' +
      'off did nothing for this picture, and yet its weights are moved. The units that are on still get ' +
      'the right gradient, so training limps and does not fall: nothing in its figures says why.',
    code: withFormulas({ reluBackward: (dv, dh) => dv.set(dh) }),
    needsHidden: true,
  },
  'zero-init': {
    right: 'W¹ and W² begin at random, within ±√(6 / inputs)',
    wrong: 'W¹ and W² begin at 0, or all at one other number',
    caught: [],
    lesson:
      'Not every fault is a wrong gradient: the check has nothing to say against it. From weights 0 no ' +
      'unit is ever on, every gradient but that of the last b is truly 0, and the answers stay guesses. ' +
      '(Kink: v¹ = 0 everywhere, where ReLU has no derivative to compare with.) From weights that are all ' +
      'alike every unit gets the same gradient at every step, so many units learn what one could. Only ' +
      'a start at random lets them part.',
    code: CODE,
    needsHidden: true,
  },
};

function withFormulas(changed: Partial<Formulas>): Code {
  return { ...CODE, formulas: { ...FORMULAS, ...changed } };
}

/** y_i = exp(v_i) / Σ_k exp(v_k) as it stands on the slide. */
function softmaxWithoutShift(y: Floats, v: Floats): void {
  let sum = 0;
  for (let i = 0; i < v.length; i++) {
    y[i] = Math.exp(v[i]!);
    sum += y[i]!;
  }
  for (let i = 0; i < v.length; i++) y[i]! /= sum;
}
