/** From text to a model. Loads zod, so only reading imports it, and only when it reads. */
import type { core } from 'zod';
import { ModelError } from './errors.js';
import { checkStructure, DAMAGED_HINT, fieldName } from './json-structure.js';
import type { Model } from './model-format.js';
import { MAX_PARAMETERS, MODEL_VERSION } from './model-format.js';
import type { ModelFile } from './model-schema.js';
import { modelSchema } from './model-schema.js';

/** Largest finite float32. */
const MAX_FLOAT32 = '3.4028235e+38';

/**
 * The model in the text of a model.json; a byte-order mark and any line ends are taken.
 *
 * @param file name for error messages.
 * @throws {ModelError} naming file and field, with what was expected and found.
 */
export function parseModelText(text: string, file: string): Model {
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (json.trim() === '') fail(file, 'the file is empty; expected a model in JSON');
  checkStructure(json, file, MAX_PARAMETERS + 1000);
  const value = parseJson(json, file);
  checkVersion(value, file);
  // Compiling the schema, zod's default, takes longer than the one parse it would speed up.
  const result = modelSchema.safeParse(value, { jitless: true });
  if (!result.success) return fail(file, describe(result.error.issues[0]!, value));
  const model = result.data;
  checkChain(model, file);
  const { rows, columns } = model.input;
  const { classes, training, metrics } = model;
  return { rows, columns, classes, parameters: readParameters(model, file), training, metrics };
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
function checkVersion(value: unknown, file: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fail(file, `expected a JSON object, found ${show(value)}`);
  }
  const { format, version } = value as Record<string, unknown>;
  if (format !== 'backprop-model') {
    fail(file, `format: expected "backprop-model", found ${show(format)}`);
  }
  if (typeof version === 'number' && version > MODEL_VERSION) {
    throw new ModelError(
      `${file}: version: expected ${MODEL_VERSION}, found the newer ${version}`,
      { hint: 'upgrade backprop-train to read it' },
    );
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
  checkList(weight, 'weight', outputs * inputs, `${outputs} × ${inputs}`, file);
  checkList(bias, 'bias', outputs, 'one per output', file);
  const parameters = new Float32Array(outputs * (inputs + 1));
  const fill = (field: string, values: unknown[], offset: number): void => {
    for (let at = 0; at < values.length; at++) {
      const value = values[at];
      const single = typeof value === 'number' ? Math.fround(value) : Number.NaN;
      if (!Number.isFinite(single)) {
        const found = typeof value === 'number' ? `a number beyond ±${MAX_FLOAT32}` : show(value);
        fail(file, `layers[1].${field}[${at}] (linear): expected a finite float32, found ${found}`);
      }
      parameters[offset + at] = single;
    }
  };
  fill('weight', weight, 0);
  fill('bias', bias, outputs * inputs);
  return parameters;
}

function checkList(
  value: unknown,
  field: string,
  length: number,
  why: string,
  file: string,
): asserts value is unknown[] {
  const found = Array.isArray(value) ? value.length : show(value);
  if (found !== length) {
    fail(file, `layers[1].${field} (linear): expected ${length} numbers (${why}), found ${found}`);
  }
}

/** One line for the schema's first complaint. */
function describe(issue: core.$ZodIssue, root: unknown): string {
  const field = fieldName(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return `${fieldName([...issue.path, issue.keys[0]!])}: unknown field`;
  }
  let found = root;
  for (const part of issue.path) found = (found as Record<PropertyKey, unknown>)[part];
  return `${field}: expected ${expectation(issue)}, found ${show(found)}`;
}

function expectation(issue: core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_NAMES[issue.expected] ?? `a ${issue.expected}`;
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ');
    case 'invalid_format':
      return '64 lower-case hexadecimal digits';
    case 'too_small':
      return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${unit(issue.origin)}`;
    default:
      return 'another value';
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  object: 'an object',
  array: 'a list',
  tuple: 'a list',
  nonoptional: 'a value',
};

function unit(origin: string): string {
  if (origin === 'array') return ' entries';
  return origin === 'string' ? ' characters' : '';
}

/** A value in at most one short line. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  // JSON writes Infinity, which 1e400 becomes, as null.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function fail(file: string, message: string): never {
  throw new ModelError(`${file}: ${message}`, {
    hint: DAMAGED_HINT,
  });
}
