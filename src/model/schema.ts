/** model.json in zod; data/model.schema.json is its JSON Schema, and a test keeps them equal. */
import * as z from 'zod';
import type { Metrics, Training } from './model.js';
import { INPUT_SCALE, MAX_CLASSES, MAX_PARAMETERS, MODEL_VERSION } from './model.js';

/** model.json after the schema, before the weights are looked at. */
export interface ModelFile {
  format: 'backprop-model';
  version: typeof MODEL_VERSION;
  classes: number;
  input: { rows: number; columns: number; scale: number };
  layers: [
    { type: 'reshape'; rows: number; columns: number; outputs: number },
    { type: 'linear'; inputs: number; outputs: number; weight: unknown; bias: unknown },
    { type: 'softmax' },
  ];
  training: Training;
  metrics: Metrics;
}

const count: z.ZodInt = z.int().min(1);
const side: z.ZodInt = z.int().min(1).max(MAX_PARAMETERS);
export const classesSchema: z.ZodInt = z.int().min(1).max(MAX_CLASSES);
const name: z.ZodString = z.string().min(1).max(200);
const sha256: z.ZodString = z.string().regex(/^[0-9a-f]{64}$/);

export const inputSchema: z.ZodType<ModelFile['input']> = z.strictObject({
  rows: side,
  columns: side,
  scale: z.literal(INPUT_SCALE),
});

/** Left to a loop, which is faster and names the class and pixel. */
const numbers = (description: string) =>
  z.unknown().meta({ description, type: 'array', items: { type: 'number' } });

const reshape = z.strictObject({
  type: z.literal('reshape'),
  rows: side,
  columns: side,
  outputs: side.meta({ description: 'rows · columns' }),
});
const linear = z.strictObject({
  type: z.literal('linear'),
  inputs: side.meta({ description: 'outputs of the layer before' }),
  outputs: classesSchema,
  weight: numbers(
    'W, outputs × inputs, row-major: the weight of class i and pixel j is at i · inputs + j. ' +
      'Each is finite as a float32.',
  ),
  bias: numbers('b, one for each output. Each is finite as a float32.'),
});
const softmax = z.strictObject({ type: z.literal('softmax') });

export const trainingSchema: z.ZodType<Training> = z.strictObject({
  epochs: count,
  batchSize: count,
  learningRate: z.number().positive(),
  learningRateSchedule: z.enum(['constant', 'linear', 'cosine']),
  momentum: z.number().min(0),
  weightDecay: z.number().min(0),
  seed: z.int().min(0),
  shuffle: z.boolean(),
  init: z.enum(['zeros', 'xavier']),
  limit: count.nullable(),
  validation: z.number().min(0).lt(1),
  earlyStop: count.nullable(),
  kernel: name,
  resumedFrom: sha256.nullable(),
  dataset: z.strictObject({ name, sha256 }),
});

const score = z.strictObject({
  loss: z.number().min(0).meta({ description: 'mean negative log-likelihood, nats per image' }),
  accuracy: z.number().min(0).max(1),
});
const metrics = z.strictObject({
  epoch: z.int().min(0),
  train: score,
  validation: score.nullable(),
  test: score,
});

/**
 * Unknown fields are refused: one that this program does not know could change what the weights
 * mean. New fields come with a new version.
 */
export const modelSchema: z.ZodType<ModelFile> = z
  .strictObject({
    format: z.literal('backprop-model'),
    version: z.literal(MODEL_VERSION),
    classes: classesSchema,
    input: inputSchema,
    layers: z.tuple([reshape, linear, softmax]),
    training: trainingSchema,
    metrics,
  })
  .meta({
    title: 'backprop model, version 1',
    description: 'Softmax regression as backprop-train writes it.',
  });
