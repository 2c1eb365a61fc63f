/** From a file's text to a model: what the schema cannot say, and what is wrong in one line. */
import * as v from 'valibot';
import { ModelError } from '../errors.js';
import { parseObject, type Refusal, show } from '../files/json.js';
import { layersOf, type NetworkShape, parameterCount, parametersOf } from '../network.js';
import { DAMAGED_HINT, MAX_PARAMETERS, MODEL_FORMAT, MODEL_VERSION, type Model } from './model.js';
import { type LayerFile, type ModelFile, modelSchema } from './schema.js';

/** Those of a model besides its parameters are some 50; a checkpoint's epochs have 5 each, and fewer. */
export const DAMAGED: Refusal & { readonly maxValues: number } = {
  error: ModelError,
  hint: DAMAGED_HINT,
  maxValues: MAX_PARAMETERS + 1000,
};

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
  const { classes, metrics } = model;
  const { rows, columns } = model.input;
  const { hidden = [] } = model.training;
  const shape = { rows, columns, classes, hidden };
  checkSize(shape, file);
  checkChain(model, shape, file);
  const { epochs } = model.training;
  if (metrics.epoch > epochs) {
    const found = `expected at most ${epochs} (training.epochs), found ${metrics.epoch}`;
    fail(file, `metrics.epoch: ${found}`);
  }
  const { all: parameters, linear } = parametersOf(new Float32Array(parameterCount(shape)), shape);
  for (const [l, { weight, bias }] of model.layers.filter(isLinear).entries()) {
    linear[l]!.weight.set(weight);
    linear[l]!.bias.set(bias);
  }
  return { ...shape, parameters, training: { ...model.training, hidden }, metrics };
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
  const { rows, columns, classes, hidden = [] } = shape;
  const units = hidden.length > 0 ? `${hidden} hidden units, ` : '';
  const found = `${count} (${rows} × ${columns} pixels, ${units}${classes} classes)`;
  fail(file, `input: expected at most ${MAX_PARAMETERS} parameters, found ${found}`);
}

/** What the schema cannot say: the layers are those of this network, and each takes what the one before gives. */
function checkChain({ layers }: ModelFile, shape: NetworkShape, file: string): void {
  const { rows, columns, hidden = [] } = shape;
  const expected = layersOf(shape);
  for (const [at, { type, inputs, outputs }] of expected.entries()) {
    const layer = layers[at];
    if (layer?.type !== type) {
      const found = layer ? show(layer.type) : 'nothing';
      fail(file, `layers[${at}].type: expected "${type}", found ${found}`);
    }
    const equal = (field: string, found: number, wanted: number, why: string, unit = '') => {
      if (found === wanted) return;
      const place = `layers[${at}].${field} (${type})`;
      fail(file, `${place}: expected ${wanted}${unit} (${why}), found ${found}`);
    };
    if (layer.type === 'reshape') {
      equal('rows', layer.rows, rows, 'input.rows');
      equal('columns', layer.columns, columns, 'input.columns');
      equal('outputs', layer.outputs, outputs, 'rows × columns');
    } else if (layer.type === 'linear') {
      const { weight, bias } = layer;
      equal(
        'inputs',
        layer.inputs,
        inputs,
        `outputs of layers[${at - 1}], ${layers[at - 1]!.type}`,
      );
      const l = (at - 1) / 2;
      equal(
        'outputs',
        layer.outputs,
        outputs,
        l < hidden.length ? `training.hidden[${l}]` : 'classes',
      );
      equal('weight', weight.length, outputs * inputs, `${outputs} × ${inputs}`, ' numbers');
      equal('bias', bias.length, outputs, 'one per output', ' numbers');
    }
  }
  if (layers.length > expected.length) {
    const why = `training.hidden has ${hidden.length}`;
    fail(file, `layers: expected ${expected.length} (${why}), found ${layers.length}`);
  }
}

function isLinear(layer: LayerFile): layer is LayerFile & { type: 'linear' } {
  return layer.type === 'linear';
}

export function fail(file: string, message: string): never {
  throw new ModelError(`${file}: ${message}`, { hint: DAMAGED_HINT });
}
