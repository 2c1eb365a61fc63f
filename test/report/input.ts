import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadDataset } from '../../src/dataset/load.js';
import { createReferenceKernel } from '../../src/kernel/reference.js';
import { type Score, scoreOf } from '../../src/metrics.js';
import type { Model, Training } from '../../src/model/model.js';
import { parametersOf } from '../../src/network.js';
import type { WeightMoment } from '../../src/report/moments.js';
import type { PageAssets } from '../../src/report/page-data.js';
import type { ReportInput } from '../../src/report/report.js';
import { DEFAULTS, initialParameters } from '../../src/sgd.js';
import { type EpochEvent, train } from '../../src/train.js';

/** What `npm run build` made for the page. */
export function builtAssets(): PageAssets {
  const file = createRequire(import.meta.url).resolve('#report-page');
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Its model has a record. */
export type TrainedInput = ReportInput & { readonly model: Model };

/** A report about three epochs on the bundled digits, with hidden layers or without. */
export async function trainedInput(hidden: readonly number[] = []): Promise<TrainedInput> {
  const data = await loadDataset({ name: 'mnist-mini' });
  const { rows, columns, classes } = data.train;
  const shape = { rows, columns, classes, hidden };
  const kernel = createReferenceKernel(shape);
  const initial = initialParameters(shape, { init: 'xavier', seed: 1 });
  const moments: WeightMoment[] = [];
  const test = kernel.load(data.test);
  const see = (epoch: number, batch: number, train: Score | null): void => {
    const { weight } = parametersOf(kernel.getParameters(), shape).linear[0]!;
    moments.push({ epoch, batch, train, test: scoreOf(kernel.evaluate(test), data.test), weight });
  };
  kernel.setParameters(initial);
  see(0, 0, null);
  const hyperparameters = { ...DEFAULTS, hidden, epochs: 3, validation: 0.2, batchSize: 16 };
  const events = train(kernel, kernel.load(data.train), hyperparameters, undefined, [1, 2, 4]);
  const epochs: EpochEvent[] = [];
  let step = events.next();
  for (; !step.done; step = events.next()) {
    if (step.value.type === 'epoch') {
      epochs.push(step.value);
      see(step.value.epoch, 0, step.value.train);
    } else if (step.value.images < step.value.imagesInEpoch) {
      see(0, step.value.step, step.value.train);
    }
  }
  const { epoch, train: trained, validation } = step.value;
  kernel.setParameters(step.value.parameters);
  return {
    program: 'backprop-train',
    file: { path: 'model.json', sha256: '0'.repeat(64) },
    model: {
      ...shape,
      training: { ...training, hidden },
      parameters: Float32Array.from(step.value.parameters),
      metrics: { epoch, train: trained, validation, test: trained },
    },
    epochs,
    moments,
    batchesInEpoch: Math.ceil((0.8 * data.train.count) / hyperparameters.batchSize),
    dataset: { name: 'mnist-mini', split: 'test' },
    images: data.test,
    predictions: kernel.evaluate(test),
  };
}

const training: Training = {
  epochs: 3,
  batchSize: 16,
  learningRate: 0.5,
  learningRateSchedule: 'linear',
  momentum: 0,
  weightDecay: 0,
  seed: 1,
  shuffle: true,
  hidden: [],
  init: 'xavier',
  limit: null,
  validation: 0.2,
  earlyStop: null,
  kernel: 'reference',
  resumedFrom: null,
  dataset: { name: 'mnist-mini', sha256: '0'.repeat(64) },
};
