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
import { type ReluFormulas, reluBackward, reluForward } from './relu.js';
import {
  type SoftmaxFormulas,
  softmaxBackward,
  softmaxForward,
  softmaxJacobian,
} from './softmax.js';

export type { Layer, LayerParameters } from './layer.js';
export { linear } from './linear.js';
export { relu } from './relu.js';
export { reshape } from './reshape.js';
export { softmax } from './softmax.js';

export interface Formulas
  extends LinearFormulas,
    ReluFormulas,
    SoftmaxFormulas,
    LogLikelihoodFormulas {}

/** The seminar's formulas. A copy with one of them replaced is code with a mistake in it. */
export const FORMULAS: Formulas = {
  linearForward,
  linearBackwardInput,
  linearBackwardBias,
  linearBackwardWeight,
  reluForward,
  reluBackward,
  softmaxForward,
  softmaxJacobian,
  softmaxBackward,
  logLikelihoodForward,
  logLikelihoodBackward,
  softmaxLogLikelihoodForward,
  softmaxLogLikelihoodBackward,
};
