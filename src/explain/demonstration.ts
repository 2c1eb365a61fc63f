import { derive } from '../derivation.js';
import { DivergedError } from '../errors.js';
import {
  centralDifference,
  checkGradients,
  GRADIENT_TOLERANCE,
  type GradientCheckRow,
  relativeError,
} from '../gradient-check.js';
import type { LabelledImages, Sample } from '../images.js';
import { CODE, type Code, createReferenceKernel } from '../kernel/reference.js';
import type { Floats } from '../layers/floats.js';
import { accuracy } from '../metrics.js';
import {
  backward,
  createNetwork,
  forward,
  type NetworkShape,
  parameterCount,
  parametersOf,
} from '../network.js';
import { DEFAULTS, defaultInit, type Hyperparameters, initialParameters } from '../sgd.js';
import { train } from '../train.js';
import { MISTAKES, type MistakeName } from './mistakes.js';
import { EN } from './words/en.js';
import type { DemonstrationWords, Words } from './words/words.js';

/** What one epoch of training shows. */
export interface EpochFigures {
  /** Mean −L over the epoch's images, each before its step, in nats. */
  readonly loss: number;
  /** On the images held out, after the epoch: the share classified correctly. */
  readonly accuracy: number;
}

export interface TrainingRun {
  readonly epochs: readonly EpochFigures[];
  /** With hidden layers, at the end: units of the first one whose weights no other unit has. */
  readonly differentUnits?: number;
  /** The first step whose loss was not a number or infinite, where training stopped. */
  readonly diverged: { readonly epoch: number; readonly step: number } | null;
}

/** What the gradient check says of the code with the mistake in it. */
export interface BreakCheck {
  /** On what, in words. */
  readonly on: string;
  readonly rows: readonly GradientCheckRow[];
}

/** The same training twice. */
export interface SideBySide {
  readonly on: string;
  readonly right: TrainingRun;
  readonly broken: TrainingRun;
}

export interface Demonstration {
  readonly name: MistakeName;
  readonly right: string;
  readonly wrong: string;
  readonly lesson: string;
  readonly checks: readonly BreakCheck[];
  readonly trainings: readonly SideBySide[];
  /** Units of each hidden layer of the network that it was shown on, where it has any. */
  readonly hidden?: readonly number[];
}

/** What a mistake is shown on. */
export interface DemonstrationInput {
  /** A mistake that shows only behind ReLU is shown on a hidden layer of 16 units if there is none. */
  readonly shape: NetworkShape;
  /** `parameterCount` numbers for the check; training begins as `defaultInit` says. */
  readonly parameters: ArrayLike<number>;
  /** At least one; the first is checked alone. */
  readonly samples: readonly Sample[];
  readonly training: LabelledImages;
  /** Not trained on: the accuracy is theirs. */
  readonly heldOut: LabelledImages;
  readonly seed: number;
}

/** Enough for the mistakes to show, and a second's work. */
const TRAINING: Hyperparameters = {
  ...DEFAULTS,
  epochs: 6,
  batchSize: 20,
  learningRate: 0.1,
  learningRateSchedule: 'constant',
};
/** Far beyond 709.78, where exp overflows. */
const SHIFT = 1000;

/** Of the hidden layer that a mistake is shown on where the network has none. */
const UNITS = 16;
/** Where all weights begin alike, and yet not at 0. */
const ALIKE = 0.01;

/** Puts a mistake in, asks the gradient check, and trains with it and without. */
export function demonstrate(
  name: MistakeName,
  given: DemonstrationInput,
  { mistakes, demonstration: say }: Pick<Words, 'mistakes' | 'demonstration'> = EN,
): Demonstration {
  const { code, needsHidden } = MISTAKES[name];
  const input = needsHidden ? withHiddenLayer(given) : given;
  const { shape } = input;
  const checks: BreakCheck[] = [];
  if (name !== 'zero-init') checks.push({ on: say.onePicture, rows: checkOne(code, input) });
  const trainings: SideBySide[] = [];
  const compare = (
    on: string,
    changes: Partial<Hyperparameters> = {},
    also: Partial<Code> = {},
    brokenStart?: Float64Array,
  ): void => {
    const { hidden = [] } = shape;
    const init = defaultInit(hidden);
    const hyperparameters = { ...TRAINING, hidden, init, seed: input.seed, ...changes };
    trainings.push({
      on,
      right: runTraining({ ...CODE, ...also }, input, hyperparameters),
      broken: runTraining({ ...code, ...also }, input, hyperparameters, brokenStart),
    });
  };
  const lr = TRAINING.learningRate;
  // A small set of one's own may have fewer images than that.
  const N = Math.min(TRAINING.batchSize, input.training.count);
  if (name === 'sum-not-mean') {
    const count = input.samples.length;
    checks.push({
      on: say.batch(count),
      rows: checkBatch(code, input, say),
    });
    for (const batchSize of new Set([1, N, Math.min(10 * N, input.training.count)])) {
      compare(say.batches(batchSize, lr), { batchSize, epochs: 3 });
    }
  } else if (name === 'no-max-shift') {
    checks.push(
      { on: say.shifted(SHIFT), rows: checkOne(code, input, SHIFT) },
      { on: say.rightShifted(SHIFT), rows: checkOne(CODE, input, SHIFT) },
    );
    const plain = { batchSize: N, epochs: 3 };
    compare(say.scaledPixels(N, lr), plain);
    compare(say.rawPixels(N, lr), plain, {
      scalePixels: (x, pixels) => x.set(pixels),
    });
  } else if (name === 'zero-init') {
    for (const weight of [0, ALIKE]) {
      const start = allWeights(shape, weight);
      checks.push({
        on: say.alike(weight),
        rows: checkOne(code, { ...input, parameters: start }),
      });
      compare(say.trainedAlike(weight, N, lr), { batchSize: N }, {}, start);
    }
  } else {
    compare(say.batches(N, lr), { batchSize: N });
  }
  const demonstration = { name, ...mistakes[name], checks, trainings };
  return shape.hidden ? { ...demonstration, hidden: shape.hidden } : demonstration;
}

/** The same with a hidden layer, if there is none yet. */
function withHiddenLayer(input: DemonstrationInput): DemonstrationInput {
  if (input.shape.hidden?.length) return input;
  const shape = { ...input.shape, hidden: [UNITS] };
  return {
    ...input,
    shape,
    parameters: initialParameters(shape, { init: 'he', seed: input.seed }),
  };
}

/** θ with this number for every weight, and every b 0. */
function allWeights(shape: NetworkShape, value: number): Float64Array {
  const theta = parametersOf(new Float64Array(parameterCount(shape)), shape);
  for (const { weight } of theta.linear) weight.fill(value);
  return theta.all;
}

/**
 * Trains in double precision, with the program's own trainer.
 *
 * @param start θ before the first step; unless given, as the hyperparameters say
 */
export function runTraining(
  code: Code,
  { shape, training, heldOut }: Pick<DemonstrationInput, 'shape' | 'training' | 'heldOut'>,
  hyperparameters: Hyperparameters,
  start: Floats = initialParameters(shape, hyperparameters),
): TrainingRun {
  const kernel = createReferenceKernel(shape, Float64Array, code);
  kernel.setParameters(start);
  const [trained, evaluated] = [kernel.load(training), kernel.load(heldOut)];
  const epochs: EpochFigures[] = [];
  try {
    for (const event of train(kernel, trained, hyperparameters)) {
      if (event.type !== 'epoch') continue;
      const { predicted } = kernel.evaluate(evaluated);
      epochs.push({ loss: event.train.loss, accuracy: accuracy(predicted, heldOut.labels) });
    }
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    return { epochs, diverged: { epoch: error.epoch, step: error.step } };
  }
  const units = shape.hidden
    ? { differentUnits: countDifferentUnits(shape, kernel.getParameters()) }
    : {};
  return { epochs, ...units, diverged: null };
}

/** Units of the first hidden layer whose rows of W¹ differ. */
function countDifferentUnits(shape: NetworkShape, parameters: Floats): number {
  const { weight, bias } = parametersOf(parameters, shape).linear[0]!;
  const D = weight.length / bias.length;
  const rows = Array.from(bias, (_, i) => weight.subarray(i * D, (i + 1) * D).join());
  return new Set(rows).size;
}

/** @param shift is added to every b_i */
function checkOne(
  { formulas }: Code,
  { shape, parameters, samples }: DemonstrationInput,
  shift = 0,
): GradientCheckRow[] {
  const sample = samples[0]!;
  const theta = parametersOf(Float64Array.from(parameters), shape);
  const { bias } = theta.linear.at(-1)!;
  for (let i = 0; i < shape.classes; i++) bias[i]! += shift;
  const derivation = derive(theta, sample.x, sample.labels, formulas);
  return checkGradients(shape, theta.all, sample, derivation);
}

/**
 * A batch's gradient against central differences of the mean L over the batch: ∂L/∂b entry by entry,
 * and W with it along one direction (all its entries would take N times as long as one picture's).
 */
function checkBatch(
  code: Code,
  { shape, parameters, samples }: DemonstrationInput,
  { meanByB, onLine }: DemonstrationWords,
): GradientCheckRow[] {
  const gradient = parametersOf(batchGradient(code, { shape, parameters, samples }), shape);
  const network = createNetwork(shape, Float64Array);
  const { theta } = network;
  theta.all.set(parameters);
  const start = theta.all.slice();
  const mean = (): number => {
    let sum = 0;
    for (const { x, labels } of samples) {
      network.x.set(x.values);
      sum += forward(network, labels);
    }
    return sum / samples.length;
  };
  const { bias } = theta.linear.at(-1)!;
  const slopes = bias.map((_, i) => centralDifference(mean, bias, i));
  // Fixed and without a pattern that a gradient might share; of length 1, as the step is small.
  const direction = start.map((_, p) => Math.sin(1 + p * p));
  const length = Math.sqrt(dot(direction, direction));
  const distance = new Float64Array(1);
  const along = (): number => {
    for (let p = 0; p < start.length; p++) {
      theta.all[p] = start[p]! + (distance[0]! * direction[p]!) / length;
    }
    return mean();
  };
  const slope = Float64Array.of(centralDifference(along, distance, 0));
  const analytic = Float64Array.of(dot(gradient.all, direction) / length);
  return [
    checkRow(meanByB, gradient.linear.at(-1)!.bias, slopes),
    checkRow(onLine, analytic, slope),
  ];
}

/** ∂L/∂θ of the whole batch, as the code's own step takes it: lr 1 from 0. */
function batchGradient(
  { formulas, sgdStep }: Code,
  { shape, parameters, samples }: Pick<DemonstrationInput, 'shape' | 'parameters' | 'samples'>,
): Float64Array {
  const network = createNetwork(shape, Float64Array, formulas);
  network.theta.all.set(parameters);
  for (const { x, labels } of samples) {
    network.x.set(x.values);
    forward(network, labels);
    backward(network, labels);
  }
  const gradient = new Float64Array(network.theta.all.length);
  const rule = { learningRate: 1, momentum: 0, weightDecay: 0 };
  sgdStep(gradient, network.dtheta.all, new Float64Array(0), samples.length, rule);
  return gradient;
}

function checkRow(
  quantity: string,
  analytic: Float64Array,
  numeric: Float64Array,
): GradientCheckRow {
  const error = relativeError(analytic, numeric);
  const ok = error <= GRADIENT_TOLERANCE;
  const entries = analytic.length;
  return { quantity, shape: [entries], error, ok, entries, directions: 0, leftOut: 0 };
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, p) => sum + value * b[p]!, 0);
}
