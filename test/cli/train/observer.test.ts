import { expect, test } from 'vitest';
import { Observer, stepsToObserve } from '../../../src/cli/train/observer.js';
import type { LabelledImages } from '../../../src/images.js';
import { createReferenceKernel } from '../../../src/kernel/reference.js';
import type { Floats } from '../../../src/layers/floats.js';
import { scoreOf } from '../../../src/metrics.js';
import { parameterCount } from '../../../src/network.js';
import { Random } from '../../../src/random.js';
import type { Moment } from '../../../src/report/moments.js';
import { DEFAULTS, type Hyperparameters } from '../../../src/sgd.js';
import { runToEnd, type TrainState, train } from '../../../src/train.js';

test.each([
  [
    'MNIST, 5 epochs',
    5,
    3750,
    [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1250, 2500, 3750, 5000],
  ],
  ['one epoch', 1, 1000, [1, 2, 4, 8, 16, 32, 56, 111, 167, 222, 278, 333, 389, 444, 500]],
  ['many epochs', 500, 8, [1, 2, 4, 8, 16, 32, 64, 128, 224, 448, 672, 896, 1120, 1344, 1568]],
  ['one step an epoch', 6, 1, [1, 2, 3, 4, 5, 6]],
  ['one step', 1, 1, [1]],
])('%s: first by logarithm, then evenly', (_, epochs, stepsInEpoch, first) => {
  const steps = stepsToObserve(epochs, stepsInEpoch);
  expect(steps.slice(0, 15)).toEqual(first);
  expect(steps.at(-1)).toBe(epochs * stepsInEpoch);
});

test('some thirty, of any run', () => {
  for (let epochs = 1; epochs <= 1000; epochs += epochs < 30 ? 1 : 97) {
    const { length } = stepsToObserve(epochs, 3750);
    expect(length).toBeGreaterThan(20);
    expect(length).toBeLessThan(40);
  }
});

const STEPS_IN_EPOCH = 12;
const HYPERPARAMETERS = { ...DEFAULTS, epochs: 4, batchSize: 4, seed: 3, validation: 0.2 };

/** Pictures of 2×2 pixels, of the class whose pixel is bright. */
function pictures(count: number): LabelledImages {
  const random = new Random(count, 0);
  const labels = Uint8Array.from({ length: count }, () => random.below(3));
  const pixels = Uint8Array.from({ length: 4 * count }, () => random.below(200));
  for (const [n, label] of labels.entries()) pixels[4 * n + label] = 255;
  return { count, rows: 2, columns: 2, classes: 3, pixels, labels };
}

const images = pictures(60);
const testImages = pictures(20);

interface Seen {
  readonly moment: Moment;
  readonly parameters: Floats;
}

/** Trains, observed, from the beginning or from a state, which `until` may end with. */
async function observe(hyperparameters: Hyperparameters, from?: TrainState, until?: number) {
  const { epochs, batchSize } = hyperparameters;
  const kernel = createReferenceKernel(images);
  kernel.setParameters(from?.parameters ?? new Float64Array(parameterCount(images)));
  const seen: Seen[] = [];
  const observer = new Observer(kernel, {
    epochs,
    batchSize,
    stepsInEpoch: STEPS_IN_EPOCH,
    images: testImages,
    onMoment: (moment, parameters) => {
      seen.push({ moment, parameters });
    },
  });
  await observer.begin(from);
  const events = train(kernel, kernel.load(images), hyperparameters, from, observer.steps);
  for (;;) {
    const { done, value } = events.next();
    if (done) {
      await observer.end(value);
      return { seen, result: value };
    }
    if (value.type !== 'progress') continue;
    await observer.progress(value);
    const step = (value.epoch - 1) * STEPS_IN_EPOCH + value.step;
    if (step === until) return { seen, state: value.state() };
  }
}

test('each moment has the score of its parameters on the test images', async () => {
  const { seen } = await observe(HYPERPARAMETERS);
  const steps = seen.map(({ moment }) => moment.epoch * STEPS_IN_EPOCH + moment.batch);
  expect(steps).toEqual([0, ...stepsToObserve(4, STEPS_IN_EPOCH)]);
  const kernel = createReferenceKernel(images);
  for (const { moment, parameters } of seen) {
    kernel.setParameters(parameters);
    expect(moment.test).toEqual(scoreOf(kernel.evaluate(kernel.load(testImages)), testImages));
  }
  expect(seen.at(-1)!.moment.test.accuracy).toBeGreaterThan(seen[0]!.moment.test.accuracy);
});

test('training figures are means over the images since the moment before, over epochs too', async () => {
  const { seen } = await observe(HYPERPARAMETERS);
  const epochs: { loss: number; accuracy: number }[] = [];
  const kernel = createReferenceKernel(images);
  kernel.setParameters(new Float64Array(parameterCount(images)));
  runToEnd(train(kernel, kernel.load(images), HYPERPARAMETERS), (event) => {
    if (event.type === 'epoch') epochs.push(event.train);
  });
  const step = ({ moment }: Seen): number => moment.epoch * STEPS_IN_EPOCH + moment.batch;
  const mean = (pick: 'loss' | 'accuracy'): number =>
    seen.slice(1).reduce((sum, next, at) => {
      return sum + next.moment.train![pick] * (step(next) - step(seen[at]!));
    }, 0) /
    (4 * STEPS_IN_EPOCH);
  expect(seen[0]!.moment.train).toBe(null);
  for (const pick of ['loss', 'accuracy'] as const) {
    expect(mean(pick)).toBeCloseTo(epochs.reduce((sum, score) => sum + score[pick], 0) / 4, 12);
  }
});

test('a run that is resumed sees what is left of the whole run', async () => {
  const { seen: whole } = await observe(HYPERPARAMETERS);
  for (const step of [2, 12, 15, 27]) {
    const { state } = await observe(HYPERPARAMETERS, undefined, step);
    const { seen } = await observe(HYPERPARAMETERS, state);
    expect(seen[0]!.moment.train).toBe(null);
    expect(seen[0]!.parameters).toEqual(state!.parameters);
    const rest = whole.slice(whole.length - seen.length + 1);
    expect(seen.slice(1).map(({ parameters }) => parameters)).toEqual(
      rest.map(({ parameters }) => parameters),
    );
    for (const [at, { moment }] of seen.slice(1).entries()) {
      const expected = rest[at]!.moment;
      expect(moment.test).toEqual(expected.test);
      expect(moment.train!.loss).toBeCloseTo(expected.train!.loss, 12);
    }
  }
});

test('an early stop is seen where it comes', async () => {
  const long = { ...HYPERPARAMETERS, epochs: 200, earlyStop: 1, learningRate: 5 };
  const { seen, result } = await observe(long);
  expect(result!.epochsRun).toBeLessThan(200);
  expect(seen.at(-1)!.moment).toMatchObject({ epoch: result!.epochsRun, batch: 0 });
  const places = seen.map(({ moment: { epoch, batch } }) => `${epoch}/${batch}`);
  expect(new Set(places).size).toBe(places.length);
});
