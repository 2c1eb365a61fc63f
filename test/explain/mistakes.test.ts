import { beforeAll, describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/dataset/load.js';
import { runTraining } from '../../src/explain/broken-training.js';
import { type Demonstration, demonstrate, type Material } from '../../src/explain/demonstration.js';
import { MISTAKE_NAMES, MISTAKES, type MistakeName, RIGHT } from '../../src/explain/mistakes.js';
import { type BackwardPass, relativeError } from '../../src/gradient-check.js';
import { createReferenceKernel } from '../../src/kernel/reference.js';
import {
  backward,
  backwardInSteps,
  createActivationGradients,
  createActivations,
  forward,
  oneHot,
  parameterCount,
  parametersOf,
} from '../../src/network.js';
import { initialParameters, TRAIN_DEFAULTS, train } from '../../src/train.js';
import { randomCase } from './cases.js';

const shown = {} as Record<MistakeName, Demonstration>;

beforeAll(async () => {
  const { train: training, test: judged } = await loadDataset({ name: 'mnist-mini' });
  const { rows, columns, classes } = training;
  const shape = { rows, columns, classes };
  const samples = Array.from({ length: 4 }, (_, n) => ({
    x: Float64Array.from(training.pixels.subarray(784 * n, 784 * (n + 1)), (p) => p / 255),
    labels: oneHot(new Float64Array(10), training.labels[n]!) as Float64Array,
  }));
  const parameters = initialParameters(shape, 'xavier', 1);
  const material: Material = { shape, parameters, samples, training, judged, seed: 1 };
  for (const name of MISTAKE_NAMES) shown[name] = demonstrate(name, material);
});

describe('the gradient check', () => {
  it.each(MISTAKE_NAMES)('finds in %s what the text says, and nothing else', (name) => {
    const { rows } = shown[name].checks[0]!;
    expect(rows.filter(({ ok }) => !ok).map(({ quantity }) => quantity)).toEqual(
      MISTAKES[name].caught,
    );
    expect(rows.map(({ quantity }) => quantity)).not.toContain('labels − y');
  });

  it('sign: the error is 2', () => {
    for (const { error, ok } of shown.sign.checks[0]!.rows)
      if (!ok) expect(error).toBeCloseTo(2, 9);
  });

  it('forget-bias: the error is 1', () => {
    expect(shown['forget-bias'].checks[0]!.rows.find(({ ok }) => !ok)!.error).toBe(1);
  });

  it('sum-not-mean: one picture is right, a batch of N errs by 1 − 1/N', () => {
    const [one, batch] = shown['sum-not-mean'].checks;
    expect(one!.rows.every(({ ok }) => ok)).toBe(true);
    expect(batch!.rows.map(({ ok }) => ok)).toEqual([false, false]);
    for (const { error } of batch!.rows) expect(error).toBeCloseTo(1 - 1 / 4, 6);
  });

  it('no-max-shift: nothing is a number where the scores are large, all is right with the shift', () => {
    const [, moved, right] = shown['no-max-shift'].checks;
    expect(moved!.rows.every(({ error }) => error === Number.POSITIVE_INFINITY)).toBe(true);
    expect(right!.rows.every(({ ok }) => ok)).toBe(true);
  });
});

describe('training', () => {
  const lossesOf = (name: MistakeName, run: 'right' | 'broken', n = 0) =>
    shown[name].trainings[n]![run].epochs.map(({ loss }) => loss);

  it.each(MISTAKE_NAMES)('%s: the right code learns beside it', (name) => {
    for (const { right } of shown[name].trainings) {
      expect(right.diverged).toBeNull();
      expect(right.epochs.at(-1)!.loss).toBeLessThan(right.epochs[0]!.loss);
      expect(right.epochs.at(-1)!.accuracy).toBeGreaterThan(0.5);
    }
  });

  it('sign: the loss climbs above log K, the accuracy is near that of guesses', () => {
    for (const loss of lossesOf('sign', 'broken')) expect(loss).toBeGreaterThan(Math.log(10));
    for (const { accuracy } of shown.sign.trainings[0]!.broken.epochs) {
      expect(accuracy).toBeLessThan(0.35);
    }
  });

  it('diagonal-jacobian: learns all the same', () => {
    const { broken } = shown['diagonal-jacobian'].trainings[0]!;
    expect(broken.epochs.at(-1)!.accuracy).toBeGreaterThan(0.6);
    expect(lossesOf('diagonal-jacobian', 'broken').at(-1)).toBeLessThan(1);
  });

  it('sum-not-mean: the same at N = 1, and the worse the larger N', () => {
    const [one] = shown['sum-not-mean'].trainings;
    expect(one!.broken).toEqual(one!.right);
    const worst = (run: 'right' | 'broken', n: number) =>
      Math.max(...lossesOf('sum-not-mean', run, n));
    expect(worst('broken', 1)).toBeGreaterThan(2 * worst('right', 1));
    expect(worst('broken', 2)).toBeGreaterThan(2 * worst('broken', 1));
  });

  it('sum-not-mean: is the right code at lr / N', async () => {
    const { train: images, test } = await loadDataset({ name: 'mnist-mini' });
    const options = { epochs: 2, batchSize: 20, lr: 0.1, seed: 1, divisor: 255 };
    const right = runTraining(RIGHT, images, test, options);
    const sum = runTraining(MISTAKES['sum-not-mean'], images, test, { ...options, lr: 0.1 / 20 });
    for (const [e, { loss }] of sum.epochs.entries()) {
      expect(loss).toBeCloseTo(right.epochs[e]!.loss, 10);
    }
  });

  it('no-max-shift: no difference at ordinary scores, NaN at once at large ones', () => {
    const [small, large] = shown['no-max-shift'].trainings;
    for (const [e, { loss }] of small!.broken.epochs.entries()) {
      expect(loss).toBeCloseTo(small!.right.epochs[e]!.loss, 9);
    }
    expect(large!.broken).toEqual({ epochs: [], diverged: { epoch: 1, step: 2 } });
  });

  it('forget-bias: hardly shows', () => {
    const [right, broken] = (['right', 'broken'] as const).map((run) =>
      lossesOf('forget-bias', run),
    );
    for (const [e, loss] of broken!.entries())
      expect(Math.abs(loss - right![e]!)).toBeLessThan(0.02);
  });
});

it("the loop with the right code is the program's own training", async () => {
  const { train: images, test } = await loadDataset({ name: 'mnist-mini' });
  const kernel = createReferenceKernel(images, Float64Array);
  const options = { epochs: 2, batchSize: 30, seed: 7 };
  const own = train(kernel, images, {
    ...TRAIN_DEFAULTS,
    ...options,
    ...{ learningRate: 0.1, schedule: 'constant' },
  });
  const losses: number[] = [];
  for (let step = own.next(); !step.done; step = own.next()) {
    if (step.value.type === 'epoch') losses.push(step.value.train.loss);
  }
  const { epochs } = runTraining(RIGHT, images, test, { ...options, lr: 0.1, divisor: 255 });
  for (const [e, { loss }] of epochs.entries()) expect(loss).toBeCloseTo(losses[e]!, 9);
});

it.each(MISTAKE_NAMES)('%s: both ways back are spoiled alike', (name) => {
  const shape = { rows: 2, columns: 3, classes: 4 };
  const { parameters, subject } = randomCase(shape, 8);
  const labels = oneHot(new Float64Array(4), subject.label) as Float64Array;
  const [fused, steps] = [backward, backwardInSteps].map((pass) => {
    const a = createActivations(shape, Float64Array);
    const gradient = parametersOf(new Float64Array(parameterCount(shape)), shape);
    forward(parametersOf(parameters, shape), subject.x, labels, a);
    const d = createActivationGradients(shape, Float64Array);
    MISTAKES[name].spoil(pass as BackwardPass)(gradient, a, labels, d);
    return gradient.all as Float64Array;
  });
  expect(relativeError(fused!, steps!)).toBeLessThan(1e-12);
});
