/** model.json in valibot; data/model.schema.json is its JSON Schema, and a test keeps them equal. */
import * as v from 'valibot';
import { INITIALISATIONS, RANGES, type Range, SCHEDULES } from '../sgd.js';
import {
  INPUT_SCALE,
  MAX_CLASSES,
  MAX_PARAMETERS,
  type Metrics,
  MODEL_FORMAT,
  MODEL_VERSION,
  type Training,
} from './model.js';

type LayerFile =
  | { type: 'reshape'; rows: number; columns: number; outputs: number }
  | { type: 'linear'; inputs: number; outputs: number; weight: number[]; bias: number[] }
  | { type: 'softmax' };

/** model.json after the schema, before it is asked whether the layers fit each other. */
export interface ModelFile {
  format: typeof MODEL_FORMAT;
  version: typeof MODEL_VERSION;
  classes: number;
  input: { rows: number; columns: number; scale: number };
  layers: LayerFile[];
  training: Training;
  metrics: Metrics;
}

// Each schema's message is what it expects, in words.

/** Refuses unknown fields: one that this program does not know could change what the weights mean. */
export function object<const E extends v.ObjectEntries>(
  entries: E,
): v.StrictObjectSchema<E, (issue: v.StrictObjectIssue) => string> {
  // A field that is missing is told by the object.
  return v.strictObject(entries, ({ expected }) =>
    expected === 'Object' ? 'an object' : 'a value',
  );
}

const literal = <const T extends string | number>(value: T) =>
  v.literal(value, JSON.stringify(value));
const oneOf = <const T extends readonly string[]>(values: T) =>
  v.picklist(values, values.map((value) => JSON.stringify(value)).join(' or '));

export function inRange(range: Range): v.GenericSchema<unknown, number> {
  const { whole, minimum, maximum, above, below } = range;
  const checks: v.GenericValidation<number>[] = [];
  if (whole) checks.push(v.safeInteger('a whole number'));
  if (minimum !== undefined) checks.push(v.minValue(minimum, `at least ${minimum}`));
  if (above !== undefined) checks.push(v.gtValue(above, `more than ${above}`));
  if (maximum !== undefined) checks.push(v.maxValue(maximum, `at most ${maximum}`));
  if (below !== undefined) checks.push(v.ltValue(below, `less than ${below}`));
  return v.pipe(v.number('a number'), v.finite('a number'), ...checks);
}

/** A list of W or b, as long as it may be. */
const floats = (description: string) => {
  const float32 = v.check(
    (value: number) => Number.isFinite(Math.fround(value)),
    'a finite float32',
  );
  return v.pipe(
    v.array(v.pipe(v.number('a finite float32'), float32), 'a list of numbers'),
    v.description(description),
  );
};

const side = inRange({ whole: true, minimum: 1, maximum: MAX_PARAMETERS });
const name = v.pipe(
  v.string('a text'),
  v.minLength(1, 'at least 1 character'),
  v.maxLength(200, 'at most 200 characters'),
);
const HASH = '64 lower-case hexadecimal digits';
const sha256 = v.pipe(v.string(HASH), v.regex(/^[0-9a-f]{64}$/, HASH));

export const classesSchema: v.GenericSchema<unknown, number> = inRange({
  whole: true,
  minimum: 1,
  maximum: MAX_CLASSES,
});

export const inputSchema: v.GenericSchema<unknown, ModelFile['input']> = object({
  rows: side,
  columns: side,
  scale: literal(INPUT_SCALE),
});

const reshape = object({
  type: literal('reshape'),
  rows: side,
  columns: side,
  outputs: v.pipe(side, v.description('rows · columns')),
});
const linear = object({
  type: literal('linear'),
  inputs: v.pipe(side, v.description('outputs of the layer before')),
  outputs: classesSchema,
  weight: floats(
    'W, outputs × inputs, row-major: the weight of class i and pixel j is at i · inputs + j. ' +
      'Each is finite as a float32.',
  ),
  bias: floats('b, one for each output. Each is finite as a float32.'),
});
const softmax = object({ type: literal('softmax') });

const number = (name: keyof typeof RANGES) => inRange(RANGES[name]);

export const trainingSchema: v.GenericSchema<unknown, Training> = object({
  epochs: number('epochs'),
  batchSize: number('batchSize'),
  learningRate: number('learningRate'),
  learningRateSchedule: oneOf(SCHEDULES),
  momentum: number('momentum'),
  weightDecay: number('weightDecay'),
  seed: number('seed'),
  shuffle: v.boolean('true or false'),
  init: oneOf(INITIALISATIONS),
  limit: v.nullable(number('limit')),
  validation: number('validation'),
  earlyStop: v.nullable(number('earlyStop')),
  kernel: name,
  resumedFrom: v.nullable(sha256),
  dataset: object({ name, sha256 }),
});

const score = object({
  loss: v.pipe(
    inRange({ whole: false, minimum: 0 }),
    v.description('mean negative log-likelihood, nats per image'),
  ),
  accuracy: inRange({ whole: false, minimum: 0, maximum: 1 }),
});
const metrics = object({
  epoch: inRange({ ...RANGES.epochs, minimum: 0 }),
  train: score,
  validation: v.nullable(score),
  test: score,
});

export const modelSchema: v.GenericSchema<unknown, ModelFile> = v.pipe(
  object({
    format: literal(MODEL_FORMAT),
    version: literal(MODEL_VERSION),
    classes: classesSchema,
    input: inputSchema,
    layers: v.strictTuple([reshape, linear, softmax], 'a list of three layers'),
    training: trainingSchema,
    metrics,
  }),
  v.title('backprop model, version 1'),
  v.description('Softmax regression as backprop-train writes it.'),
);
