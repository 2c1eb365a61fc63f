/** The types of layers, and all their formulas by name. */
import {
  type LinearFormulas,
  linearBackwardBias,
  linearBackwardInput,
  linearBackwardWeight,
  linearForward,
} from './linear.js';
import {
  type LogLikelihoodFormulas,
  logLikelihoodBackward,
  logLikelihoodForward,
  softmaxLogLikelihoodBackward,
  softmaxLogLikelihoodForward,
} from './log-likelihood.js';
import {
  type SoftmaxFormulas,
  softmaxBackward,
  softmaxForward,
  softmaxJacobian,
} from './softmax.js';

export type { Layer, LayerParameters } from './layer.js';
export { linear } from './linear.js';
export { reshape } from './reshape.js';
export { softmax } from './softmax.js';

export interface Formulas extends LinearFormulas, SoftmaxFormulas, LogLikelihoodFormulas {}

/** The seminar's formulas. A copy with one of them replaced is code with a mistake in it. */
export const FORMULAS: Formulas = {
  linearForward,
  linearBackwardInput,
  linearBackwardBias,
  linearBackwardWeight,
  softmaxForward,
  softmaxJacobian,
  softmaxBackward,
  logLikelihoodForward,
  logLikelihoodBackward,
  softmaxLogLikelihoodForward,
  softmaxLogLikelihoodBackward,
};
