import { beforeAll, describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/dataset/load.js';
import { derive } from '../../src/derivation.js';
import {
  type Demonstration,
  type DemonstrationInput,
  demonstrate,
  runTraining,
} from '../../src/explain/demonstration.js';
import { MISTAKE_NAMES, MISTAKES, type MistakeName } from '../../src/explain/mistakes.js';
import { relativeError } from '../../src/gradient-check.js';
import { firstImages, sampleAt } from '../../src/images.js';
import { CODE } from '../../src/kernel/reference.js';
import { oneHot } from '../../src/layers/log-likelihood.js';
import { parametersOf } from '../../src/network.js';
import { DEFAULTS, initialParameters } from '../../src/sgd.js';
import { randomCase } from './cases.js';

const shown = {} as Record<MistakeName, Demonstration>;
let input: DemonstrationInput;

beforeAll(async () => {
  const { train: training, test: heldOut } = await loadDataset({ name: 'mnist-mini' });
  const { rows, columns, classes } = training;
  const shape = { rows, columns, classes };
  const samples = [0, 1, 2, 3].map((index) => sampleAt(training, index));
  const parameters = initialParameters(shape, { init: 'xavier', seed: 1 });
  input = { shape, parameters, samples, training, heldOut, seed: 1 };
  for (const name of MISTAKE_NAMES) shown[name] = demonstrate(name, input);
}, 60_000);

describe('the gradient check', () => {
  it.each(MISTAKE_NAMES)('finds in %s what the text says, and nothing else', (name) => {
    const { rows } = shown[name].checks[0]!;
    expect(rows).toHaveLength(shown[name].hidden ? 12 : 8);
    expect(rows.filter(({ ok }) => !ok).map(({ quantity }) => quantity)).toEqual(
      MISTAKES[name].caught,
    );
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

describe('the gradient check of a hidden layer', () => {
  it('relu-mask: ∂L/∂h¹ is right and ∂L/∂v¹ is not, its error the largest derivative that a mask stops', () => {
    const rows = shown['relu-mask'].checks[0]!.rows;
    const row = (name: string) => rows.find(({ quantity }) => quantity === name)!;
    expect(row('∂L/∂h¹').ok).toBe(true);
    expect(row('∂L/∂v¹').error).toBeGreaterThan(0.1);
    expect(row('∂L/∂W²').ok).toBe(true);
  });

  it('zero-init: nothing to say, on the kink at 0 and away from it', () => {
    const [zero, alike] = shown['zero-init'].checks;
    for (const { rows } of [zero!, alike!]) expect(rows.filter(({ ok }) => !ok)).toEqual([]);
    const onKink = zero!.rows.filter(({ entries, leftOut }) => entries === 0 && leftOut > 0);
    expect(onKink.map(({ quantity }) => quantity)).toEqual(['∂L/∂v¹', '∂L/∂b¹']);
    expect(alike!.rows.every(({ leftOut }) => leftOut === 0)).toBe(true);
  });

  it('plain mistakes are shown on the network that is given, also a deep one', () => {
    const shape = { ...input.shape, hidden: [5] };
    const parameters = initialParameters(shape, { init: 'he', seed: 1 });
    const few = {
      training: firstImages(input.training, 40),
      heldOut: firstImages(input.heldOut, 10),
    };
    const { checks, hidden } = demonstrate('sign', { ...input, ...few, shape, parameters });
    expect(hidden).toEqual([5]);
    expect(checks[0]!.rows.filter(({ ok }) => !ok).map(({ quantity }) => quantity)).toEqual([
      ...['labels − y', '∂L/∂h¹', '∂L/∂b²', '∂L/∂W²', '∂L/∂v¹'],
      ...['∂L/∂u', '∂L/∂b¹', '∂L/∂W¹', '∂L/∂x'],
    ]);
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

  it('sign: the loss climbs from epoch to epoch, the accuracy is that of guesses', () => {
    const losses = lossesOf('sign', 'broken');
    expect(losses[0]).toBeGreaterThan(Math.log(10));
    expect(losses).toEqual([...losses].sort((a, b) => a - b));
    for (const { accuracy } of shown.sign.trainings[0]!.broken.epochs) {
      expect(accuracy).toBeLessThan(0.2);
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

  it('sum-not-mean: is the right code at lr / N', () => {
    const hyperparameters = { ...DEFAULTS, epochs: 2, batchSize: 20, learningRate: 0.1 };
    const right = runTraining(CODE, input, hyperparameters);
    const sum = runTraining(MISTAKES['sum-not-mean'].code, input, {
      ...hyperparameters,
      learningRate: 0.1 / 20,
    });
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

  it('relu-mask: limps behind', () => {
    const { right, broken } = shown['relu-mask'].trainings[0]!;
    expect(broken.diverged).toBeNull();
    const [a, b] = [right.epochs.at(-1)!, broken.epochs.at(-1)!];
    expect(b.loss).toBeGreaterThan(1.2 * a.loss);
    expect(b.accuracy).toBeLessThan(a.accuracy);
    expect(b.accuracy).toBeGreaterThan(0.5);
  });

  it('zero-init: the units never part, at 0 nothing is learned but the last b', () => {
    const [zero, alike] = shown['zero-init'].trainings;
    for (const { right, broken } of [zero!, alike!]) {
      expect([right.differentUnits, broken.differentUnits]).toEqual([16, 1]);
    }
    for (const { loss } of zero!.broken.epochs) expect(loss).toBeCloseTo(Math.log(10), 1);
    expect(zero!.broken.epochs.at(-1)!.accuracy).toBeLessThan(0.2);
    const last = alike!.broken.epochs.at(-1)!;
    expect(last.loss).toBeGreaterThan(4 * alike!.right.epochs.at(-1)!.loss);
  });

  it('forget-bias: hardly shows', () => {
    const [right, broken] = (['right', 'broken'] as const).map((run) =>
      lossesOf('forget-bias', run),
    );
    for (const [e, loss] of broken!.entries())
      expect(Math.abs(loss - right![e]!)).toBeLessThan(0.02);
  });
});

it('a set smaller than a batch is shown on as many images as there are', () => {
  const few = { ...input, training: firstImages(input.training, 15) };
  const { trainings } = demonstrate('sum-not-mean', few);
  expect(trainings.map(({ on }) => on)).toEqual(['batches of 1, lr 0.1', 'batches of 15, lr 0.1']);
});

it.each(MISTAKE_NAMES)("%s: the Jacobian's product and labels − y are spoiled alike", (name) => {
  const shape = { rows: 2, columns: 3, classes: 4, hidden: [3] };
  const { parameters, subject } = randomCase(shape, 8);
  const labels = oneHot(new Float64Array(4), subject.label);
  const theta = parametersOf(parameters, shape);
  const { formulas } = MISTAKES[name].code;
  const { dL_dv, dL_dv_by_jacobian } = derive(theta, subject.x, labels, formulas);
  // The sign is a mistake in what softmax and log-likelihood come to together.
  const sign = name === 'sign' ? -1 : 1;
  const product = dL_dv_by_jacobian.map((value) => sign * value);
  expect(relativeError(dL_dv, product)).toBeLessThan(1e-12);
});
