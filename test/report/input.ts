import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadDataset } from '../../src/dataset/load.js';
import { createReferenceKernel } from '../../src/kernel/reference.js';
import type { Model, Training } from '../../src/model/model.js';
import type { PageAssets } from '../../src/report/page-data.js';
import type { ReportInput } from '../../src/report/report.js';
import { WeightHistory } from '../../src/report/snapshots.js';
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
  const history = new WeightHistory(shape);
  history.add(0, initial);
  kernel.setParameters(initial);
  const hyperparameters = { ...DEFAULTS, hidden, epochs: 3, validation: 0.2, batchSize: 16 };
  const events = train(kernel, kernel.load(data.train), hyperparameters);
  const epochs: EpochEvent[] = [];
  let step = events.next();
  for (; !step.done; step = events.next()) {
    if (step.value.type !== 'epoch') continue;
    epochs.push(step.value);
    history.add(step.value.epoch, kernel.getParameters());
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
    snapshots: history.snapshots,
    dataset: { name: 'mnist-mini', split: 'test' },
    images: data.test,
    predictions: kernel.evaluate(kernel.load(data.test)),
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
