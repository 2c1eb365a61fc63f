/** model.json in valibot; data/model.schema.json is its JSON Schema, and a test keeps them equal. */
import * as v from 'valibot';
import { INITIALISATIONS, MOST_HIDDEN, RANGES, type Range, SCHEDULES, UNITS } from '../sgd.js';
import {
  INPUT_SCALE,
  MAX_CLASSES,
  MAX_PARAMETERS,
  type Metrics,
  MODEL_FORMAT,
  MODEL_VERSION,
  type Training,
} from './model.js';

export type LayerFile =
  | { type: 'reshape'; rows: number; columns: number; outputs: number }
  | { type: 'linear'; inputs: number; outputs: number; weight: number[]; bias: number[] }
  | { type: 'relu' }
  | { type: 'softmax' };

/** model.json after the schema, before it is asked whether the layers fit each other. */
export interface ModelFile {
  format: typeof MODEL_FORMAT;
  version: 1 | typeof MODEL_VERSION;
  classes: number;
  input: { rows: number; columns: number; scale: number };
  layers: LayerFile[];
  /** In version 1 there are no hidden layers, and `hidden` is left out. */
  training: Omit<Training, 'hidden'> & Partial<Pick<Training, 'hidden'>>;
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

/**
 * A list of W or b, as long as it may be. Numbers that are all right take one pass here, since valibot
 * makes two objects for each; any other list is left to it, which says what is wrong and where.
 */
const floats = (description: string) => {
  const float32 = v.check<number, string>(isFloat32, 'a finite float32');
  const list = v.array(v.pipe(v.number('a finite float32'), float32), 'a list of numbers');
  const fast: typeof list = {
    ...list,
    '~run': (dataset, config) => {
      const { value } = dataset;
      if (!Array.isArray(value) || !value.every(isFloat32)) return list['~run'](dataset, config);
      return { typed: true, value };
    },
  };
  return v.pipe(fast, v.description(description));
};

function isFloat32(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(Math.fround(value));
}

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
const linear = (outputs: v.GenericSchema<unknown, number>) =>
  object({
    type: literal('linear'),
    inputs: v.pipe(side, v.description('outputs of the layer before')),
    outputs,
    weight: floats(
      'W, outputs × inputs, row-major: the weight of output i and input j is at i · inputs + j. ' +
        'Each is finite as a float32.',
    ),
    bias: floats('b, one for each output. Each is finite as a float32.'),
  });
const relu = object({ type: literal('relu') });
const softmax = object({ type: literal('softmax') });

const number = (name: keyof typeof RANGES) => inRange(RANGES[name]);

const { entries: training } = object({
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

/** Units of each hidden layer, of `least` layers or more. */
const hidden = (least: number) =>
  v.pipe(
    v.array(inRange(UNITS), 'a list of numbers'),
    v.minLength(least, `at least ${least} layers`),
    v.maxLength(MOST_HIDDEN, `at most ${MOST_HIDDEN} layers`),
  );

export const trainingSchema: v.GenericSchema<unknown, Training> = object({
  ...training,
  hidden: hidden(0),
});

const score = object({
  loss: v.pipe(
    inRange({ whole: false, minimum: 0 }),
    v.description('mean negative log-likelihood, nats per image'),
  ),
  accuracy: inRange({ whole: false, minimum: 0, maximum: 1 }),
});
export const metricsSchema: v.GenericSchema<unknown, Metrics> = object({
  epoch: number('epochs'),
  train: score,
  validation: v.nullable(score),
  test: score,
});

const plain = object({
  format: literal(MODEL_FORMAT),
  version: literal(1),
  classes: classesSchema,
  input: inputSchema,
  layers: v.strictTuple([reshape, linear(classesSchema), softmax], 'a list of three layers'),
  training: object(training),
  metrics: metricsSchema,
});

const layer = v.variant(
  'type',
  [reshape, linear(inRange(UNITS)), relu, softmax],
  '"reshape" or "linear" or "relu" or "softmax"',
);
const deep = object({
  ...plain.entries,
  version: literal(MODEL_VERSION),
  layers: v.pipe(
    v.array(layer, 'a list of layers'),
    v.minLength(5, 'at least 5 layers'),
    v.maxLength(3 + 2 * MOST_HIDDEN, `at most ${3 + 2 * MOST_HIDDEN} layers`),
    v.description('reshape, one to four times linear and relu, linear, softmax'),
  ),
  training: object({ ...training, hidden: hidden(1) }),
});

/** What both versions have, by its name in the JSON Schema. */
export const SHARED: Readonly<Record<string, v.GenericSchema>> = {
  input: inputSchema,
  reshape,
  softmax,
  score,
  metrics: metricsSchema,
};

export const modelSchema: v.GenericSchema<unknown, ModelFile> = v.pipe(
  v.variant('version', [plain, deep], `1 or ${MODEL_VERSION}`),
  v.title('backprop model, version 1 or 2'),
  v.description(
    'A network as backprop-train writes it: version 2 has hidden layers, version 1 none.',
  ),
);
