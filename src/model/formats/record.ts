/** All that model.json says besides layers and weights, on one line, for the formats with a place for it. */
import * as v from 'valibot';
import {
  type ForeignModel,
  INPUT_SCALE,
  METRICS_FIELDS,
  type Metrics,
  type Model,
  TRAINING_FIELDS,
  type Training,
} from '../model.js';
import { checked, parseFields } from '../read.js';
import { inputSchema, metricsSchema, object, trainingSchema } from '../schema.js';

const RECORD_FORMAT = 'backprop-record';
const RECORD_VERSION = 1;

const schema = object({
  format: v.literal(RECORD_FORMAT, JSON.stringify(RECORD_FORMAT)),
  version: v.literal(RECORD_VERSION, String(RECORD_VERSION)),
  input: inputSchema,
  training: trainingSchema,
  metrics: metricsSchema,
});

const FIELDS = ['format', 'version', 'input', 'rows', 'columns', 'scale', 'training', 'metrics'];

/**
 * One line of JSON in ASCII, so that a comment can hold it: U+2028, for one, ends a line of JavaScript.
 *
 * @returns undefined for a model that has no record
 */
export function formatRecord(model: Model | ForeignModel): string | undefined {
  const { rows, columns, training, metrics } = model;
  if (!training) return undefined;
  const record = {
    format: RECORD_FORMAT,
    version: RECORD_VERSION,
    input: { rows, columns, scale: INPUT_SCALE },
    training,
    metrics,
  };
  const order = [...FIELDS, ...TRAINING_FIELDS, ...METRICS_FIELDS];
  return JSON.stringify(record, order).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** @throws {ModelError} naming the field */
export function parseRecord(
  text: string,
  file: string,
): { rows: number; columns: number; training: Training; metrics: Metrics } {
  const name = `${file}: record`;
  const { input, training, metrics } = checked(schema, parseFields(text, name), name);
  return { rows: input.rows, columns: input.columns, training, metrics };
}
