/** From text to a model. Loads zod, so only reading imports it, and only when it reads. */
import { type core, safeParse } from 'zod';
import { ModelError } from '../errors.js';
import { describe, fail, show } from './complaint.js';
import { checkStructure, DAMAGED_HINT } from './json-structure.js';
import type { Model } from './model.js';
import { MAX_PARAMETERS, MODEL_VERSION } from './model.js';
import type { ModelFile } from './schema.js';
import { modelSchema } from './schema.js';

/** Largest finite float32. */
const MAX_FLOAT32 = '3.4028235e+38';

/**
 * The model in the text of a model.json; a byte-order mark and any line ends are taken.
 *
 * @param file name for error messages.
 * @throws {ModelError} naming file and field, with what was expected and found.
 */
export function parseModelText(text: string, file: string): Model {
  return modelOf(parseObject(text, file), file);
}

/** The model in what `parseObject` gave. */
export function modelOf(value: Record<string, unknown>, file: string): Model {
  checkFormat(value, file, 'backprop-model', MODEL_VERSION);
  const model = checked(modelSchema, value, file);
  checkChain(model, file);
  const { rows, columns } = model.input;
  const { classes, training, metrics } = model;
  return { rows, columns, classes, parameters: readParameters(model, file), training, metrics };
}

/** A saved file's JSON object, before its fields are looked at. */
export function parseObject(text: string, file: string): Record<string, unknown> {
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (json.trim() === '') fail(file, 'the file is empty; expected a model in JSON');
  checkStructure(json, file, MAX_PARAMETERS + 1000);
  const value = parseJson(json, file);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fail(file, `expected a JSON object, found ${show(value)}`);
  }
  return value as Record<string, unknown>;
}

/** `value` as the schema has it, or its first complaint. */
export function checked<T>(schema: core.$ZodType<T>, value: unknown, file: string): T {
  // Compiling the schema, zod's default, takes longer than the one parse it would speed up.
  const result = safeParse(schema, value, { jitless: true });
  return result.success ? result.data : fail(file, describe(result.error.issues[0]!, value));
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const at = /at position (\d+)/.exec(String(cause))?.[1];
    const before = text.slice(0, Number(at ?? 0)).split('\n');
    const place = at ? ` at line ${before.length}, column ${before.at(-1)!.length + 1}` : '';
    throw new ModelError(`${file}: not valid JSON${place}`, {
      hint: DAMAGED_HINT,
      cause,
    });
  }
}

/** Before anything else is judged: a newer version may look quite different. */
export function checkFormat(
  { format, version }: Record<string, unknown>,
  file: string,
  expected: string,
  newest: number,
): void {
  if (format !== expected) {
    fail(file, `format: expected "${expected}", found ${show(format)}`);
  }
  if (typeof version === 'number' && version > newest) {
    throw new ModelError(`${file}: version: expected ${newest}, found the newer ${version}`, {
      hint: 'upgrade backprop-train to read it',
    });
  }
}

/** What the schema cannot say: each layer takes what the one before gives. */
function checkChain({ classes, input, layers }: ModelFile, file: string): void {
  const [reshape, linear] = layers;
  const inputs = input.rows * input.columns;
  const equal = (field: string, expected: number, why: string, found: number): void => {
    if (found !== expected) fail(file, `${field}: expected ${expected} (${why}), found ${found}`);
  };
  equal('layers[0].rows (reshape)', input.rows, 'input.rows', reshape.rows);
  equal('layers[0].columns (reshape)', input.columns, 'input.columns', reshape.columns);
  equal('layers[0].outputs (reshape)', inputs, 'rows × columns', reshape.outputs);
  equal('layers[1].inputs (linear)', inputs, 'outputs of layers[0], reshape', linear.inputs);
  equal('layers[1].outputs (linear)', classes, 'classes', linear.outputs);
  const count = classes * (inputs + 1);
  if (count > MAX_PARAMETERS) {
    const size = `${classes} × ${inputs} weights and ${classes} biases`;
    fail(file, `layers[1] (linear): expected at most ${MAX_PARAMETERS} numbers, found ${size}`);
  }
}

/** W, then b, with every number checked. Allocates only after both lists have the right length. */
function readParameters({ layers: [, linear] }: ModelFile, file: string): Model['parameters'] {
  const { inputs, outputs, weight, bias } = linear;
  const W = { name: 'layers[1].weight', note: ' (linear)', why: `${outputs} × ${inputs}` };
  const b = { name: 'layers[1].bias', note: ' (linear)', why: 'one per output' };
  checkList(weight, W, outputs * inputs, file);
  checkList(bias, b, outputs, file);
  const parameters = new Float32Array(outputs * (inputs + 1));
  fillFloats(parameters.subarray(0, weight.length), weight, W, file);
  fillFloats(parameters.subarray(weight.length), bias, b, file);
  return parameters;
}

/** A list of weights or the like in errors: its field, a note behind it, why it is as long. */
export interface ListName {
  readonly name: string;
  readonly note?: string;
  readonly why: string;
}

export function checkList(
  value: unknown,
  { name, note = '', why }: ListName,
  length: number,
  file: string,
): asserts value is unknown[] {
  const found = Array.isArray(value) ? value.length : show(value);
  if (found !== length) {
    fail(file, `${name}${note}: expected ${length} numbers (${why}), found ${found}`);
  }
}

/** Puts `values`, each finite as a float32, into `floats`, which is as long. */
export function fillFloats(
  floats: Float32Array,
  values: readonly unknown[],
  { name, note = '' }: ListName,
  file: string,
): void {
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    const single = typeof value === 'number' ? Math.fround(value) : Number.NaN;
    if (!Number.isFinite(single)) {
      const found = typeof value === 'number' ? `a number beyond ±${MAX_FLOAT32}` : show(value);
      fail(file, `${name}[${at}]${note}: expected a finite float32, found ${found}`);
    }
    floats[at] = single;
  }
}
