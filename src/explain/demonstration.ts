import {
  type BackwardPass,
  centralDifference,
  checkGradients,
  GRADIENT_TOLERANCE,
  type GradientCheckRow,
  relativeError,
  type Sample,
} from '../gradient-check.js';
import type { LabelledImages } from '../images.js';
import {
  backwardInSteps,
  createActivationGradients,
  createActivations,
  forward,
  type NetworkShape,
  parameterCount,
  parametersOf,
} from '../network.js';
import { type RunOptions, runTraining, type TrainingRun } from './broken-training.js';
import { type Code, MISTAKES, type MistakeName, RIGHT } from './mistakes.js';

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
}

/** What a mistake is shown on. */
export interface Material {
  readonly shape: NetworkShape;
  /** K·D + K numbers for the check; training begins at 0. */
  readonly parameters: ArrayLike<number>;
  /** At least one; the first is checked alone. */
  readonly samples: readonly Sample[];
  readonly training: LabelledImages;
  readonly judged: LabelledImages;
  readonly seed: number;
}

/** Enough for the mistakes to show, and a second's work. */
const PLAIN: Omit<RunOptions, 'seed'> = { epochs: 6, batchSize: 20, lr: 0.1, divisor: 255 };
/** Far beyond 709.78, where exp overflows. */
const SHIFT = 1000;

/** Puts a mistake in, asks the gradient check, and trains with it and without. */
export function demonstrate(name: MistakeName, material: Material): Demonstration {
  const { right, wrong, lesson } = MISTAKES[name];
  const code = MISTAKES[name];
  const checks = [{ on: 'on one picture', rows: checkOne(code, material) }];
  const trainings: SideBySide[] = [];
  const train = (on: string, changes: Partial<RunOptions> = {}): void => {
    const options = { ...PLAIN, ...changes, seed: material.seed };
    const run = (c: Code) => runTraining(c, material.training, material.judged, options);
    trainings.push({ on, right: run(RIGHT), broken: run(code) });
  };
  const { batchSize: N, lr } = PLAIN;
  if (name === 'sum-not-mean') {
    const count = material.samples.length;
    checks.push({
      on: `on a batch of ${count}: b, and W with b along a line`,
      rows: checkBatch(code, material),
    });
    for (const size of [1, N, 10 * N]) {
      train(`batches of ${size}, lr ${lr}`, { batchSize: size, epochs: 3 });
    }
  } else if (name === 'no-max-shift') {
    checks.push(
      { on: `with every b_i + ${SHIFT}`, rows: checkOne(code, material, SHIFT) },
      {
        on: `the right code, with every b_i + ${SHIFT}`,
        rows: checkOne(RIGHT, material, SHIFT),
      },
    );
    train(`pixels / 255, batches of ${N}, lr ${lr}`, { epochs: 3 });
    train(`pixels from 0 to 255, batches of ${N}, lr ${lr}`, { epochs: 3, divisor: 1 });
  } else {
    train(`batches of ${N}, lr ${lr}`);
  }
  return { name, right, wrong, lesson, checks, trainings };
}

/** Without `labels − y`, which the check works out by itself, whatever the code does. */
function checkOne(
  code: Code,
  { shape, parameters, samples }: Material,
  shift = 0,
): GradientCheckRow[] {
  const weights = parameterCount(shape) - shape.classes;
  const moved = Float64Array.from(parameters, (p, index) => (index < weights ? p : p + shift));
  const backward = code.spoil(backwardInSteps as BackwardPass);
  const rows = checkGradients(shape, moved, samples[0]!, backward);
  return rows.filter(({ quantity }) => quantity !== 'labels − y');
}

/**
 * A batch's gradient against central differences of the mean L over the batch: ∂L/∂b entry by entry,
 * and W with it along one direction (all its entries would take N times as long as one picture's).
 */
function checkBatch(code: Code, { shape, parameters, samples }: Material): GradientCheckRow[] {
  const theta = parametersOf(Float64Array.from(parameters), shape);
  const start = theta.all.slice();
  const gradient = parametersOf(new Float64Array(start.length), shape);
  const a = createActivations(shape, Float64Array);
  const d = createActivationGradients(shape, Float64Array);
  const backward = code.spoil(backwardInSteps as BackwardPass);
  const L = (sample: Sample): number =>
    forward(theta, { ...shape, values: sample.x }, sample.labels, a);
  for (const sample of samples) {
    L(sample);
    backward(gradient, a, sample.labels, d);
  }
  for (const p of gradient.all.keys()) gradient.all[p]! /= code.divisor(samples.length);
  const mean = (): number => samples.reduce((sum, s) => sum + L(s), 0) / samples.length;
  const bias = theta.bias as Float64Array;
  const numeric = bias.map((_, i) => centralDifference(mean, bias, i));
  const way = new Float64Array(1);
  // Fixed and without a pattern that a gradient might share; of length 1, as the step is small.
  const direction = start.map((_, p) => Math.sin(1 + p * p)) as Float64Array;
  const length = Math.hypot(...direction);
  const along = (): number => {
    for (const p of start.keys()) theta.all[p] = start[p]! + (way[0]! * direction[p]!) / length;
    return mean();
  };
  const slope = Float64Array.of(centralDifference(along, way, 0));
  let analytic = 0;
  for (const [p, g] of gradient.all.entries()) analytic += (g * direction[p]!) / length;
  const row = (quantity: string, size: number[], ours: Float64Array, theirs: Float64Array) => {
    const error = relativeError(ours, theirs);
    return { quantity, shape: size, error, ok: error <= GRADIENT_TOLERANCE };
  };
  return [
    row('mean ∂L/∂b', [shape.classes], gradient.bias as Float64Array, numeric),
    row('mean, on a line', [1], Float64Array.of(analytic), slope),
  ];
}
