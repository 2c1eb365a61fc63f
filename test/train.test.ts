import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DivergedError, ModelError } from '../src/errors.js';
import type { LabelledImages } from '../src/images.js';
import { createReferenceKernel } from '../src/kernel/reference.js';
import { parametersOf } from '../src/network.js';
import { Random } from '../src/random.js';
import { DEFAULTS, type Hyperparameters } from '../src/sgd.js';
import {
  splitValidation,
  type TrainEvent,
  type TrainResult,
  type TrainState,
  train,
} from '../src/train.js';
import { mnist } from './mnist.js';
import { sum, sumOfSquares } from './sums.js';

/** Pictures of 3×4 pixels whose class shows in where they are bright: learnable, seeded. */
function pictures(count: number, classes = 3): LabelledImages {
  const random = new Random(42, 0);
  const labels = Uint8Array.from({ length: count }, () => random.below(classes));
  const pixels = new Uint8Array(count * 12);
  for (let n = 0; n < count; n++) {
    for (let j = 0; j < 12; j++) {
      const bright = j % classes === labels[n] ? 120 : 0;
      pixels[n * 12 + j] = bright + random.below(130);
    }
  }
  return { count, rows: 3, columns: 4, classes, pixels, labels };
}

/** The same pictures with labels that they do not show: all there is to learn is by heart. */
function unlearnable(count: number): LabelledImages {
  const random = new Random(43, 0);
  return { ...pictures(count), labels: Uint8Array.from({ length: count }, () => random.below(3)) };
}

function run(images: LabelledImages, options: Partial<Hyperparameters>) {
  const kernel = createReferenceKernel(images);
  const events: TrainEvent[] = [];
  const training = train(kernel, kernel.load(images), { ...DEFAULTS, batchSize: 8, ...options });
  for (;;) {
    const next = training.next();
    if (next.done) return { events, result: next.value as TrainResult };
    events.push(next.value);
  }
}

describe.runIf(mnist)('100 steps on MNIST, against PyTorch in double precision', () => {
  const golden = JSON.parse(
    readFileSync(new URL('fixtures/trajectory.json', import.meta.url), 'utf8'),
  );
  const steps = {
    order: Uint32Array.from({ length: 6400 }, (_, i) => i),
    batchSize: 64,
    learningRates: new Float64Array(100).fill(0.1),
    momentum: 0,
    weightDecay: 0,
  };
  const shape = { rows: 28, columns: 28, classes: 10 };

  it.each([
    ['double', Float64Array, 1e-9],
    ['single', Float32Array, 1e-4],
  ] as const)('gives the same losses and weights in %s precision', (_, FloatArray, tolerance) => {
    const kernel = createReferenceKernel(shape, FloatArray);
    const { losses } = kernel.train(kernel.load(mnist!.train), steps);
    for (const [step, loss] of golden.losses.entries()) {
      expect(Math.abs(losses[step]! - loss)).toBeLessThanOrEqual(tolerance * loss);
    }
    const { weight, bias } = parametersOf(kernel.getParameters(), shape).linear[0]!;
    for (let i = 0; i < 10; i++) {
      const rowSum = sum(weight.subarray(i * 784, (i + 1) * 784));
      expect(Math.abs(bias[i]! - golden.bias[i])).toBeLessThanOrEqual(tolerance);
      expect(Math.abs(rowSum - golden.weight_row_sums[i])).toBeLessThanOrEqual(tolerance * 10);
    }
    const norm = Math.sqrt(sumOfSquares(weight));
    expect(Math.abs(norm - golden.weight_frobenius)).toBeLessThanOrEqual(tolerance * norm);
    const { predicted } = kernel.evaluate(kernel.load(mnist!.test));
    const right = predicted.filter((p, n) => p === mnist!.test.labels[n]).length;
    expect(right / 10_000).toBe(golden.test_accuracy);
  });
});

describe('train', () => {
  it('lowers the loss and finds the classes', () => {
    const { events, result } = run(pictures(300), { epochs: 30 });
    const epochs = events.filter((event) => event.type === 'epoch');
    expect(epochs).toHaveLength(30);
    expect(result.train.loss).toBeLessThan(epochs[0]!.train.loss / 2);
    expect(result.train.accuracy).toBeGreaterThan(0.95);
    expect(result).toMatchObject({ epoch: 30, epochsRun: 30, validation: null });
  });

  it('gives the same bits for the same options, others for another seed', () => {
    const images = pictures(100);
    const parameters = (seed: number) => [...run(images, { seed }).result.parameters];
    expect(parameters(1)).toEqual(parameters(1));
    expect(parameters(1)).not.toEqual(parameters(2));
  });

  it('visits the images in file order, every epoch, with shuffle off', () => {
    const images = pictures(50);
    const kernel = createReferenceKernel(images);
    const order = Uint32Array.from({ length: 50 }, (_, i) => i);
    for (let epoch = 0; epoch < 2; epoch++) {
      kernel.train(kernel.load(images), {
        order,
        batchSize: 8,
        learningRates: new Float64Array(7).fill(0.1),
        momentum: 0,
        weightDecay: 0,
      });
    }
    const { result } = run(images, {
      epochs: 2,
      learningRate: 0.1,
      learningRateSchedule: 'constant',
      shuffle: false,
      seed: 9,
    });
    expect(result.parameters).toEqual(kernel.getParameters());
  });

  it('reports progress up to the whole epoch, and the last short batch counts by its images', () => {
    const { events } = run(pictures(4105), { epochs: 1, batchSize: 7 });
    const progress = events.filter((event) => event.type === 'progress');
    expect(progress.map((event) => event.images)).toEqual([4095, 4105]);
    const epoch = events.find((event) => event.type === 'epoch')!;
    expect(epoch.train).toEqual(progress[1]!.train);
  });

  it('pauses after the steps asked for, and evaluating there changes nothing', () => {
    const images = pictures(100);
    const options = { epochs: 3, batchSize: 8, momentum: 0.9, weightDecay: 0.01, validation: 0.1 };
    const hyperparameters = { ...DEFAULTS, ...options };
    const kernel = createReferenceKernel(images);
    const set = kernel.load(images);
    const events = train(kernel, set, hyperparameters, undefined, [1, 2, 4, 8, 13, 20]);
    const seen: number[] = [];
    let next = events.next();
    for (; !next.done; next = events.next()) {
      kernel.evaluate(set);
      if (next.value.type === 'progress') seen.push((next.value.epoch - 1) * 12 + next.value.step);
    }
    expect(seen).toEqual([1, 2, 4, 8, 12, 13, 20, 24, 36]);
    const { events: plain, result } = run(images, options);
    expect(next.value).toEqual(result);
    expect(plain.filter(({ type }) => type === 'progress')).toHaveLength(3);
  });

  it('keeps the epoch with the lowest validation loss, not the last one', () => {
    const { events, result } = run(unlearnable(60), {
      epochs: 25,
      learningRate: 1,
      learningRateSchedule: 'constant',
      validation: 0.25,
    });
    const epochs = events.filter((event) => event.type === 'epoch');
    const losses = epochs.map((event) => event.validation!.loss);
    expect(result.validation!.loss).toBe(Math.min(...losses));
    expect(result.epoch).toBe(losses.indexOf(Math.min(...losses)) + 1);
    expect(result.epoch).toBeLessThan(25);
    const best = epochs.filter((event) => event.best).map((event) => event.epoch);
    expect(best[best.length - 1]).toBe(result.epoch);
  });

  it('stops after PATIENCE epochs without a lower validation loss', () => {
    const { result } = run(unlearnable(60), {
      epochs: 500,
      learningRate: 1,
      learningRateSchedule: 'constant',
      validation: 0.25,
      earlyStop: 4,
    });
    expect(result.epochsRun).toBe(result.epoch + 4);
  });

  it('rejects a batch larger than the training images, naming their number', () => {
    expect(() => run(pictures(20), { batchSize: 16, validation: 0.5 })).toThrow(
      'batch size 16 is larger than the 10 training images',
    );
  });

  it('stops at the step whose loss is not finite, naming it', () => {
    const { result } = run(pictures(40), { epochs: 1, learningRate: 1e30 });
    expect(result.epochsRun).toBe(1);
    let found: unknown;
    try {
      run(pictures(40), { epochs: 3, learningRate: 3e38 });
    } catch (error) {
      found = error;
    }
    if (!(found instanceof DivergedError)) throw new Error('expected training to diverge');
    const { epoch, step, message } = found;
    expect(message).toMatch(/^training diverged: .* is not finite at epoch \d+, step \d+$/);
    expect(message).toContain(`at epoch ${epoch}, step ${step}`);
  });
});

describe('diverging in the last step, after which no loss is taken', () => {
  // One step of the whole batch: parameters that are finite, and scores that are not.
  const lastStep = { epochs: 1, batchSize: 30, learningRateSchedule: 'constant' } as const;

  it('is found on the images of that step', () => {
    expect(() => run(pictures(30), { ...lastStep, learningRate: 1e39 })).toThrow(
      /^training diverged: the loss after the step \((NaN|Infinity)\) is not finite at epoch 1, step 1$/,
    );
  });

  it('is found on the images held out', () => {
    const options = { ...lastStep, batchSize: 32, validation: 0.2, learningRate: 1e39 };
    expect(() => run(pictures(40), options)).toThrow(
      /^training diverged: the validation loss \((NaN|Infinity)\) is not finite at epoch 1, step 1$/,
    );
  });

  it('is found although an earlier epoch is kept', () => {
    const images = pictures(40);
    const kernel = createReferenceKernel(images);
    const options = { ...DEFAULTS, epochs: 2, batchSize: 32, validation: 0.2 };
    let state: TrainState | undefined;
    for (const event of train(kernel, kernel.load(images), options)) {
      if (event.type === 'progress') state = event.state();
    }
    // Between the last step and the loss on the images held out.
    expect(state).toMatchObject({ epoch: 2, step: 1, kept: { epoch: 1 } });
    const parameters = state!.parameters.map((_, p) => (p % 2 ? 3e38 : -3e38));
    const rest = train(kernel, kernel.load(images), options, { ...state!, parameters });
    expect(() => [...rest]).toThrow('the validation loss (NaN) is not finite at epoch 2, step 1');
  });
});

it('says so where the parameters that training starts from give no finite loss', () => {
  const images = pictures(40);
  const kernel = createReferenceKernel(images);
  kernel.setParameters(kernel.getParameters().map((_, p) => (p % 2 ? 3e38 : -3e38)));
  const training = train(kernel, kernel.load(images), { ...DEFAULTS, batchSize: 8 });
  expect(() => [...training]).toThrow(ModelError);
});

describe('resuming from a state', () => {
  it('comes to the same bits and events as a run that was never stopped', () => {
    const images = unlearnable(90);
    const options: Hyperparameters = {
      ...DEFAULTS,
      batchSize: 7,
      epochs: 6,
      learningRate: 1,
      momentum: 0.9,
      weightDecay: 0.01,
      validation: 0.2,
      earlyStop: 3,
    };
    /** Runs from a state taken at progress event number `stop`, 0 being the start. */
    const collect = (from: TrainState | undefined) => {
      const kernel = createReferenceKernel(images);
      const states: TrainState[] = [];
      const epochs: TrainEvent[] = [];
      const training = train(kernel, kernel.load(images), options, from);
      for (;;) {
        const next = training.next();
        if (next.done) return { states, epochs, result: next.value };
        if (next.value.type === 'progress') states.push(next.value.state());
        if (next.value.type === 'epoch') epochs.push(next.value);
      }
    };
    const whole = collect(undefined);
    expect(whole.states.length).toBeGreaterThan(3);
    for (const state of whole.states) {
      const rest = collect(structuredClone(state));
      expect(rest.result).toEqual(whole.result);
      expect(rest.epochs).toEqual(whole.epochs.slice(state.epoch - 1));
    }
  });

  it('resumes in the middle of an epoch', () => {
    const images = pictures(5000);
    const options = { ...DEFAULTS, batchSize: 9, epochs: 2 };
    const kernel = createReferenceKernel(images);
    const training = train(kernel, kernel.load(images), options);
    const progress = training.next().value;
    if (!('type' in progress) || progress.type !== 'progress') throw new Error('expected progress');
    const state = structuredClone(progress.state());
    expect(state.step).toBe(Math.floor(4096 / 9));
    let next = training.next();
    while (!next.done) next = training.next();
    const another = createReferenceKernel(images);
    const later = train(another, another.load(images), options, state);
    let again = later.next();
    while (!again.done) again = later.next();
    expect(again.value).toEqual(next.value);
  });
});

describe('splitValidation', () => {
  it('holds out the asked share: seeded, disjoint, complete, each side in file order', () => {
    const { training, validation } = splitValidation(1000, { seed: 3, validation: 0.2 });
    expect(validation).toHaveLength(200);
    const all = [...training, ...validation];
    expect(new Set(all).size).toBe(1000);
    expect([...training].sort((a, b) => a - b)).toEqual([...training]);
    expect(splitValidation(1000, { seed: 3, validation: 0.2 }).validation).toEqual(validation);
    expect(splitValidation(1000, { seed: 4, validation: 0.2 }).validation).not.toEqual(validation);
  });

  it('rejects a share that leaves one side empty', () => {
    expect(() => splitValidation(10, { seed: 1, validation: 0.01 })).toThrow('holds out 0 of 10');
  });
});
