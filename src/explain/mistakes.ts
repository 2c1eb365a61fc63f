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

/** One of the common mistakes, as code that runs. What it is and teaches is in words/, by its name. */
export interface CommonMistake {
  /** The quantities that a check on one picture at ordinary scores finds wrong. */
  readonly caught: readonly string[];
  /** The program's own code with the mistake in it. */
  readonly code: Code;
  /** Shows only in a network with a hidden layer. */
  readonly needsHidden?: true;
}

export const MISTAKES: Readonly<Record<MistakeName, CommonMistake>> = {
  sign: {
    caught: ['labels − y', '∂L/∂u', '∂L/∂b', '∂L/∂W', '∂L/∂x'],
    code: withFormulas({
      softmaxLogLikelihoodBackward(dv, y, labels) {
        for (let j = 0; j < y.length; j++) dv[j] = y[j]! - labels[j]!;
      },
    }),
  },
  'diagonal-jacobian': {
    caught: ['∂y/∂v', '∂L/∂v', 'labels − y', '∂L/∂u', '∂L/∂b', '∂L/∂W', '∂L/∂x'],
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
    caught: [],
    code: {
      ...CODE,
      sgdStep: (theta, dtheta, velocity, _N, rule) => sgdStep(theta, dtheta, velocity, 1, rule),
    },
  },
  'no-max-shift': {
    caught: [],
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
    caught: ['∂L/∂b'],
    code: withFormulas({ linearBackwardBias() {} }),
  },
  'relu-mask': {
    caught: ['∂L/∂v¹', '∂L/∂u', '∂L/∂b¹', '∂L/∂W¹', '∂L/∂x'],
    code: withFormulas({ reluBackward: (dv, dh) => dv.set(dh) }),
    needsHidden: true,
  },
  'zero-init': {
    caught: [],
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
