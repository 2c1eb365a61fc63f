/** From a file's text to a model: what the schema cannot say, and what is wrong in one line. */
import * as v from 'valibot';
import { ModelError } from '../errors.js';
import { decodeText, parseObject, show } from '../files/json.js';
import { readRegularFile, sha256Of } from '../files/regular.js';
import { type NetworkShape, parameterCount } from '../network.js';
import { DAMAGED_HINT, MAX_PARAMETERS, MODEL_FORMAT, MODEL_VERSION, type Model } from './model.js';
import { type ModelFile, modelSchema } from './schema.js';

/**
 * Largest file that is read: the largest that is written. A float32 takes up to 22 characters and a
 * comma (−1.2345679e20, which JavaScript writes out), all else in a model.json far below 64 KiB.
 * A checkpoint's three arrays take 16 bytes a parameter, and 100,000 epochs 5 × 25 bytes each: less.
 */
export const MAX_BYTES: number = 23 * MAX_PARAMETERS + 2 ** 16;

/** Those of a model besides its parameters are some 50; a checkpoint's epochs have 5 each, and fewer. */
const DAMAGED = { error: ModelError, hint: DAMAGED_HINT, maxValues: MAX_PARAMETERS + 1000 };

/**
 * The model in the file at `path`, and the SHA-256 of the file's bytes in hexadecimal.
 *
 * @throws {ModelError} if it cannot be read or is not a valid model, naming the field.
 */
export async function readModel(path: string): Promise<{ model: Model; sha256: string }> {
  const { text, sha256 } = await readText(path);
  return { model: parseModel(text, path), sha256 };
}

/**
 * The text of a file, and the SHA-256 of its bytes in hexadecimal.
 *
 * @throws {ModelError} if it cannot be read, is no file, too large or not UTF-8.
 */
export async function readText(path: string): Promise<{ text: string; sha256: string }> {
  const hint = 'give the path of a model.json from backprop-train';
  const expected = { what: 'a model file', maximum: MAX_BYTES, hint, error: ModelError };
  const bytes = await readRegularFile(path, expected);
  return { text: decodeText(bytes, path, expected), sha256: sha256Of(bytes) };
}

/**
 * The model in the text of a model.json; a byte-order mark and any line ends are taken.
 *
 * @param file name for error messages.
 * @throws {ModelError} naming file and field, with what was expected and found.
 */
export function parseModel(text: string, file: string): Model {
  return modelOf(parseFields(text, file), file);
}

/** The fields of a saved file, which are not looked at. @throws {ModelError} */
export function parseFields(text: string, file: string): Record<string, unknown> {
  return parseObject(text, file, DAMAGED);
}

/** The model in what `parseFields` gave. @throws {ModelError} */
export function modelOf(value: Record<string, unknown>, file: string): Model {
  checkFormat(value, file, MODEL_FORMAT, MODEL_VERSION);
  const model = checked(modelSchema, value, file);
  const { classes, training, metrics } = model;
  const { rows, columns } = model.input;
  checkSize({ rows, columns, classes }, file);
  checkChain(model, file);
  const parameters = new Float32Array(parameterCount({ rows, columns, classes }));
  let at = 0;
  for (const layer of model.layers) {
    if (layer.type !== 'linear') continue;
    parameters.set(layer.weight, at);
    parameters.set(layer.bias, at + layer.weight.length);
    at += layer.weight.length + layer.bias.length;
  }
  return { rows, columns, classes, parameters, training, metrics };
}

/** Before anything else is looked at: a newer version may look quite different. */
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

/** `value` as the schema has it. @throws {ModelError} with the schema's first complaint */
export function checked<T>(schema: v.GenericSchema<unknown, T>, value: unknown, file: string): T {
  const result = v.safeParse(schema, value, { abortEarly: true });
  return result.success ? result.output : fail(file, describe(result.issues[0]));
}

function describe({ path, expected, message, input }: v.BaseIssue<unknown>): string {
  const keys = path?.map(({ key }) => key) ?? [];
  if (expected !== 'never') return `${fieldName(keys)}: expected ${message}, found ${show(input)}`;
  return `${fieldName(keys)}: unknown ${typeof keys.at(-1) === 'number' ? 'entry' : 'field'}`;
}

/** A path as a reader writes it, on one line and of bounded length. */
function fieldName(path: readonly unknown[]): string {
  let name = '';
  for (const part of path) {
    if (typeof part === 'number') name += `[${part}]`;
    else name += `${name === '' ? '' : '.'}${plainName(String(part))}`;
  }
  return name;
}

function plainName(key: string): string {
  const short = key.length > 40 ? `${key.slice(0, 40)}…` : key;
  return /^[\w…]+$/.test(short) ? short : JSON.stringify(short);
}

/** @throws {ModelError} if a network of this shape is larger than one that is saved */
export function checkSize(shape: NetworkShape, file: string): void {
  const count = parameterCount(shape);
  if (count <= MAX_PARAMETERS) return;
  const { rows, columns, classes } = shape;
  const found = `${count} (${rows} × ${columns} pixels, ${classes} classes)`;
  fail(file, `input: expected at most ${MAX_PARAMETERS} parameters, found ${found}`);
}

/** What the schema cannot say: each layer takes what the one before gives. */
function checkChain({ classes, input, layers }: ModelFile, file: string): void {
  const lastLinear = layers.findLastIndex(({ type }) => type === 'linear');
  let width = 0;
  for (const [at, layer] of layers.entries()) {
    const equal = (field: string, found: number, expected: number, why: string, unit = '') => {
      if (found === expected) return;
      const wanted = `expected ${expected}${unit} (${why}), found ${found}`;
      fail(file, `layers[${at}].${field} (${layer.type}): ${wanted}`);
    };
    if (layer.type === 'reshape') {
      equal('rows', layer.rows, input.rows, 'input.rows');
      equal('columns', layer.columns, input.columns, 'input.columns');
      equal('outputs', layer.outputs, input.rows * input.columns, 'rows × columns');
      width = layer.outputs;
    } else if (layer.type === 'linear') {
      const { inputs, outputs, weight, bias } = layer;
      equal('inputs', inputs, width, `outputs of layers[${at - 1}], ${layers[at - 1]!.type}`);
      if (at === lastLinear) equal('outputs', outputs, classes, 'classes');
      equal('weight', weight.length, outputs * inputs, `${outputs} × ${inputs}`, ' numbers');
      equal('bias', bias.length, outputs, 'one per output', ' numbers');
      width = outputs;
    }
  }
}

export function fail(file: string, message: string): never {
  throw new ModelError(`${file}: ${message}`, { hint: DAMAGED_HINT });
}
