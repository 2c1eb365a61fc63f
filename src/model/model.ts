import { ModelError } from '../errors.js';
import type { Hyperparameters } from '../sgd.js';
import { shortestDecimal } from './float32-decimal.js';

/** The newest version of model.json that this program writes and reads. */
export const MODEL_VERSION = 1;
/** Most weights and biases together; 16 bytes hold one, so they stay below 32 MiB. */
export const MAX_PARAMETERS = 2_000_000;
/** Labels are bytes. */
export const MAX_CLASSES = 256;
/** Pixels are bytes; the network sees byte · scale, from 0 to 1. */
export const INPUT_SCALE: number = 1 / 255;

/** What made a model: with it, its weights can be made again. */
export interface Training extends Hyperparameters {
  /** Name of the kernel: others agree with it only to a tolerance. */
  readonly kernel: string;
  /** SHA-256 of the model file that training resumed from, in lower-case hexadecimal. */
  readonly resumedFrom: string | null;
  readonly dataset: { readonly name: string; readonly sha256: string };
}

/** Mean negative log-likelihood in nats per image (≥ 0), and share of right predictions (0 … 1). */
export interface Score {
  loss: number;
  accuracy: number;
}

/** What the weights that were kept achieve. */
export interface Metrics {
  /** The epoch they come from, counted from 1; 0 for the initial weights. */
  epoch: number;
  train: Score;
  /** Null when nothing was held out. */
  validation: Score | null;
  test: Score;
}

/** Softmax regression with D = rows · columns inputs and K = classes outputs. */
export interface Model {
  rows: number;
  columns: number;
  classes: number;
  /** K·(D+1) numbers: W, row-major K×D, then b. */
  parameters: Float32Array;
  training: Training;
  metrics: Metrics;
}

/** Also the order in which the fields are written, whatever order a caller built them in. */
export const TRAINING_FIELDS: string[] = [
  ...['epochs', 'batchSize', 'learningRate', 'learningRateSchedule', 'momentum', 'weightDecay'],
  ...['seed', 'shuffle', 'init', 'limit', 'validation', 'earlyStop', 'kernel', 'resumedFrom'],
  ...['dataset', 'name', 'sha256'],
];
const METRICS_FIELDS = ['epoch', 'train', 'validation', 'test', 'loss', 'accuracy'];

/**
 * The text of model.json: equal models give equal bytes. Weights are the shortest decimals that
 * read back to the same float32, a line per class; the rest is indented JSON.
 *
 * @throws {ModelError} if a number is NaN or infinite, naming layer and index, or sizes do not fit.
 */
export function formatModel(model: Model): string {
  const { rows, columns, classes, parameters, training, metrics } = model;
  const inputs = rows * columns;
  checkSizes(model, inputs);
  checkFinite('model: training', training);
  checkFinite('model: metrics', metrics);
  const weight: string[] = [];
  const nameOfWeight = (at: number) => `model: layers[1].weight[${at}] (linear)`;
  for (let i = 0; i < classes; i++) {
    weight.push(decimals(parameters, i * inputs, (i + 1) * inputs, nameOfWeight));
  }
  const biasAt = classes * inputs;
  const nameOfBias = (at: number) => `model: layers[1].bias[${at - biasAt}] (linear)`;
  const bias = decimals(parameters, biasAt, biasAt + classes, nameOfBias);
  return `{
  "format": "backprop-model",
  "version": ${MODEL_VERSION},
  "classes": ${classes},
  "input": { "rows": ${rows}, "columns": ${columns}, "scale": ${INPUT_SCALE} },
  "layers": [
    { "type": "reshape", "rows": ${rows}, "columns": ${columns}, "outputs": ${inputs} },
    {
      "type": "linear",
      "inputs": ${inputs},
      "outputs": ${classes},
      "weight": [
${weight.join(',\n')}
      ],
      "bias": [${bias}]
    },
    { "type": "softmax" }
  ],
  "training": ${indented(training, TRAINING_FIELDS)},
  "metrics": ${indented(metrics, METRICS_FIELDS)}
}
`;
}

/**
 * values[from … to−1] as shortest decimals with commas.
 * @param nameOf what the number at an index is called in errors
 * @throws {ModelError} if one is NaN or infinite
 */
export function decimals(
  values: Float32Array,
  from: number,
  to: number,
  nameOf: (at: number) => string,
): string {
  const texts: string[] = [];
  for (let at = from; at < to; at++) {
    const value = values[at]!;
    if (!Number.isFinite(value)) refuse(nameOf(at), value);
    texts.push(shortestDecimal(value));
  }
  return texts.join(',');
}

/** As a field's value at the first level, with the fields in this order. */
export function indented(value: object, fields: string[]): string {
  return JSON.stringify(value, fields, 2).replaceAll('\n', '\n  ');
}

function checkSizes(model: Model, inputs: number): void {
  const { rows, columns, classes, parameters } = model;
  for (const [name, size] of Object.entries({ rows, columns, classes })) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new ModelError(`model: ${name}: expected a whole number from 1, found ${size}`);
    }
  }
  const count = classes * (inputs + 1);
  if (classes > MAX_CLASSES || count > MAX_PARAMETERS) {
    throw new ModelError(
      `model: expected at most ${MAX_CLASSES} classes and ${MAX_PARAMETERS} parameters, ` +
        `found ${classes} and ${count}`,
      { hint: 'train on smaller images or fewer classes' },
    );
  }
  if (parameters.length !== count) {
    throw new ModelError(
      `model: layers[1] (linear): expected ${count} parameters ` +
        `(${classes} × ${inputs} weights and ${classes} biases), found ${parameters.length}`,
    );
  }
}

/** JSON.stringify would write null for these, or leave the field out. */
export function checkFinite(field: string, value: unknown): void {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) {
    refuse(field, value);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) checkFinite(`${field}.${key}`, part);
}

function refuse(field: string, found: unknown): never {
  throw new ModelError(`${field}: expected a finite number, found ${found}; not saved`, {
    hint: 'training diverged: try a lower --lr',
  });
}
