import { ModelError } from '../errors.js';
import type { Layer, LayerParameters } from '../layers/layer.js';
import type { Score } from '../metrics.js';
import {
  layersOf,
  type NetworkShape,
  type Parameters,
  parameterCount,
  parametersOf,
} from '../network.js';
import { type Hyperparameters, isInRange, MOST_HIDDEN, UNITS } from '../sgd.js';

export const MODEL_FORMAT = 'backprop-model';
/** The newest version of model.json that this program writes and reads; without hidden layers it is 1. */
export const MODEL_VERSION = 2;
/** Most weights and biases together, of a model and of a checkpoint. */
export const MAX_PARAMETERS = 2_000_000;
/** Labels are bytes. */
export const MAX_CLASSES = 256;
/** Pixels are bytes; the network sees byte · scale, from 0 to 1. */
export const INPUT_SCALE: number = 1 / 255;

/** What to do about a file that is not as it was written. */
export const DAMAGED_HINT = 'restore the file, or train the model again';

/** What made a model: with it, its weights can be made again. */
export interface Training extends Hyperparameters {
  /** Name of the kernel: others agree with it only to a tolerance. */
  readonly kernel: string;
  /** SHA-256 of the model file that training resumed from, in lower-case hexadecimal. */
  readonly resumedFrom: string | null;
  readonly dataset: { readonly name: string; readonly sha256: string };
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

/** A trained network; without hidden layers softmax regression. */
export interface Model extends NetworkShape {
  /** As `training` has it; [] for none. */
  readonly hidden: readonly number[];
  /** `parameterCount` numbers: W¹ row by row, b¹, W² row by row, b², … */
  parameters: Float32Array;
  training: Training;
  metrics: Metrics;
}

/** A network that another program trained, which does not say how. */
export interface ForeignModel extends Omit<Model, 'training' | 'metrics'> {
  training?: undefined;
  metrics?: undefined;
}

/** Also the order in which the fields are written, whatever order a caller built them in. */
export const TRAINING_FIELDS: string[] = [
  'epochs',
  'batchSize',
  'learningRate',
  'learningRateSchedule',
  'momentum',
  'weightDecay',
  'seed',
  'shuffle',
  'hidden',
  'init',
  'limit',
  'validation',
  'earlyStop',
  'kernel',
  'resumedFrom',
  'dataset',
  'name',
  'sha256',
];
export const METRICS_FIELDS: string[] = [
  'epoch',
  'train',
  'validation',
  'test',
  'loss',
  'accuracy',
];

/**
 * The text of model.json: equal models give equal bytes. Weights are short decimals that read back
 * to the same float32, a line per output; the rest is indented JSON.
 *
 * @throws {ModelError} if a number is NaN or infinite, naming layer and index, or sizes do not fit; for
 *   a model without a record of its training.
 */
export function formatModel(model: Model | ForeignModel): string {
  const { rows, columns, classes, hidden, training, metrics } = model;
  assertSavable(model);
  if (!training) {
    throw new ModelError('model: expected a record of its training, found none; not saved', {
      hint: 'another program trained it: a model.json has to say how',
    });
  }
  const { layers: parameters } = parametersOf(model.parameters, model);
  const layers = layersOf(model).map((layer, at) => layerText(layer, parameters[at]!, model));
  const version = hidden.length > 0 ? MODEL_VERSION : 1;
  const fields = TRAINING_FIELDS.filter((field) => version > 1 || field !== 'hidden');
  return `{
  "format": "${MODEL_FORMAT}",
  "version": ${version},
  "classes": ${classes},
  "input": { "rows": ${rows}, "columns": ${columns}, "scale": ${INPUT_SCALE} },
  "layers": [
    ${layers.join(',\n    ')}
  ],
  "training": ${indented(training, fields)},
  "metrics": ${indented(metrics, METRICS_FIELDS)}
}
`;
}

/** @throws {ModelError} unless the model can be saved, and read again: sizes that fit, finite numbers */
export function assertSavable(model: Model | ForeignModel): void {
  const { hidden, training, metrics } = model;
  assertModelSize(model);
  if (training) {
    if (String(training.hidden) !== String(hidden)) {
      throw new ModelError(
        `model: training.hidden: expected [${hidden}] (hidden), found [${training.hidden}]`,
      );
    }
    checkFinite('model: training', training);
    checkFinite('model: metrics', metrics);
  }
  for (const [at, { weight, bias }] of parametersIn(model).layers.entries()) {
    checkFloats(weight, (p) => `model: layers[${at}].weight[${p}] (linear)`);
    checkFloats(bias, (p) => `model: layers[${at}].bias[${p}] (linear)`);
  }
}

/** @throws {ModelError} unless there are as many parameters as the layers have */
function parametersIn(model: Model | ForeignModel): Parameters<Float32Array> {
  const count = parameterCount(model);
  const found = model.parameters.length;
  if (found === count) return parametersOf(model.parameters, model);
  const sizes = layersOf(model).flatMap(({ type, inputs, outputs }, at) =>
    type === 'linear' ? [`layers[${at}]: ${outputs} × ${inputs} + ${outputs}`] : [],
  );
  throw new ModelError(`model: expected ${count} parameters (${sizes.join(', ')}), found ${found}`);
}

function layerText(
  { type, inputs, outputs }: Layer,
  { weight, bias }: LayerParameters<Float32Array>,
  { rows, columns }: NetworkShape,
): string {
  if (type === 'reshape') {
    return `{ "type": "reshape", "rows": ${rows}, "columns": ${columns}, "outputs": ${outputs} }`;
  }
  if (type !== 'linear') return `{ "type": "${type}" }`;
  const lines = Array.from({ length: outputs }, (_, i) =>
    decimals(weight.subarray(i * inputs, (i + 1) * inputs)),
  );
  return `{
      "type": "linear",
      "inputs": ${inputs},
      "outputs": ${outputs},
      "weight": [
${lines.join(',\n')}
      ],
      "bias": [${decimals(bias)}]
    }`;
}

/** @throws {ModelError} unless a model of this shape can be saved, and read again */
export function assertModelSize(shape: NetworkShape): void {
  const { rows, columns, classes, hidden = [] } = shape;
  for (const [name, size] of Object.entries({ rows, columns, classes })) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new ModelError(`model: ${name}: expected a whole number from 1, found ${size}`);
    }
  }
  if (hidden.length > MOST_HIDDEN || !hidden.every((units) => isInRange(units, UNITS))) {
    throw new ModelError(
      `model: hidden: expected at most ${MOST_HIDDEN} layers of ${UNITS.minimum} to ` +
        `${UNITS.maximum} units, found ${hidden}`,
    );
  }
  const count = parameterCount(shape);
  if (classes <= MAX_CLASSES && count <= MAX_PARAMETERS) return;
  throw new ModelError(
    `model: expected at most ${MAX_CLASSES} classes and ${MAX_PARAMETERS} parameters, ` +
      `found ${classes} and ${count}`,
    {
      hint: `train on smaller images or fewer classes${hidden.length > 0 ? ', or with fewer hidden units' : ''}`,
    },
  );
}

/**
 * A short decimal that reads back to the same float32, `Math.fround(Number(text)) === value`, written
 * as JavaScript writes numbers: 1 to 22 characters. It is the shortest, but for three powers of two
 * (2^−96, 2^87, 2^90), where the shortest is not the nearest of its length.
 *
 * @param value a finite float32
 */
export function shortestDecimal(value: number): string {
  if (Object.is(value, -0)) return '-0';
  // Six digits survive a normal float32, so fewer are these without their zeros. Subnormals have less.
  for (let digits = Math.abs(value) < 2 ** -126 ? 1 : 6; digits < 9; digits++) {
    const decimal = rounded(value, digits);
    if (Math.fround(decimal) === value) return String(decimal);
  }
  return String(rounded(value, 9));
}

/** The float32 `value` to so many digits, 9 at most: `Number(value.toPrecision(digits))`. */
function rounded(value: number, digits: number): number {
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1) return Number(value.toPrecision(digits));
  // What weights are, in half the time: the product is exact, 24 bits times the 28 of 5^12 at most.
  const zeros = size >= 0.1 ? 0 : size >= 0.01 ? 1 : size >= 0.001 ? 2 : 3;
  const power = POWERS_OF_TEN[digits + zeros]!;
  return (Math.sign(value) * Math.round(size * power)) / power;
}

/** 10^0 to 10^12. */
const POWERS_OF_TEN: readonly number[] = Array.from({ length: 13 }, (_, k) => Number(`1e${k}`));

function decimals(values: Float32Array): string {
  return Array.from(values, shortestDecimal).join(',');
}

/** As a field's value at the first level, with the fields in this order. */
function indented(value: object, fields: string[]): string {
  return JSON.stringify(value, fields, 2).replaceAll('\n', '\n  ');
}

/**
 * @param nameOf what the number at an index is called in errors
 * @throws {ModelError} if one is NaN or infinite
 */
export function checkFloats(values: Float32Array, nameOf: (at: number) => string): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) refuse(nameOf(at), values[at]);
}

/** JSON.stringify would write null for these, or leave the field out. @throws {ModelError} */
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
