import { describe, expect, test } from 'vitest';
import { ModelError } from '../../../src/errors.js';
import { endingOf, FORMATS, READABLE } from '../../../src/model/formats/index.js';
import { json } from '../../../src/model/formats/json.js';
import { npz } from '../../../src/model/formats/npz.js';
import { type ForeignModel, formatModel, type Model } from '../../../src/model/model.js';
import { deepModel, smallModel } from '../small-model.js';

const models: [string, Model][] = [
  ['without hidden layers', smallModel()],
  ['with hidden layers', deepModel()],
];
const load = <T>(formats: Readonly<Record<string, () => Promise<T>>>) =>
  Promise.all(
    Object.entries(formats).map(async ([ending, format]) => [ending, await format()] as const),
  );
const readable = await load(READABLE);
const all = await load(FORMATS);
const others = all.filter(([ending]) => ending !== '.json');

test('a format is found by the ending of a name, in any case', () => {
  expect(all.map(([ending, { extension }]) => [ending, extension])).toEqual(
    ['.json', '.safetensors', '.npz', '.onnx', '.h', '.mjs'].map((ending) => [ending, ending]),
  );
  expect(endingOf('a.b/Model.NPZ')).toBe('.npz');
  for (const name of ['model', 'model.pt', 'json', 'a.json/model']) {
    expect(endingOf(name)).toBe(undefined);
  }
});

describe.each(models)('a model %s', (_, model) => {
  test.each(readable)('is the same to the last bit after %s', (_extension, format) => {
    const bytes = format.write(model);
    const again = format.read(bytes, 'file') as Model;
    expect(again).toEqual(model);
    expect(formatModel(again)).toBe(formatModel(model));
    expect(format.write(again)).toEqual(bytes);
  });

  test.each(all)(
    'has the same bytes in %s whatever order its fields were built in',
    (_e, format) => {
      const reversed = <T extends object>(value: T): T =>
        Object.fromEntries(Object.entries(value).reverse()) as T;
      const { training, metrics } = model;
      const other = reversed({
        ...model,
        training: reversed({ ...training, dataset: reversed(training.dataset) }),
        metrics: reversed(metrics),
      });
      expect(format.write(other)).toEqual(format.write(model));
    },
  );

  test.each(others)('keeps its weights in %s without its record', (_e, format) => {
    const { training: _t, metrics: _m, ...foreign } = model;
    const bytes = format.write(foreign);
    expect(Buffer.from(bytes).includes('backprop-record')).toBe(false);
    expect(bytes.length).toBeLessThan(format.write(model).length);
  });

  test.each(readable.slice(1))('is read by %s without its record', (_e, format) => {
    const { training: _t, metrics: _m, ...foreign } = model;
    // Six inputs are no square.
    expect(format.read(format.write(foreign), 'file')).toEqual({
      ...foreign,
      rows: 1,
      columns: 6,
    });
  });

  test.each(all)('is refused by %s where a number is not finite or missing', (_e, format) => {
    const { parameters } = model;
    const broken = Float32Array.from(parameters);
    broken[parameters.length - 1] = Number.NaN;
    const layer = 2 * model.hidden.length + 1;
    expect(() => format.write({ ...model, parameters: broken })).toThrow(
      `model: layers[${layer}].bias[1] (linear): expected a finite number, found NaN; not saved`,
    );
    expect(() => format.write({ ...model, parameters: parameters.subarray(1) })).toThrow(
      `model: expected ${parameters.length} parameters`,
    );
    expect(() => format.write({ ...model, classes: 257 })).toThrow(ModelError);
  });
});

test('a model without a record cannot be a model.json', () => {
  const { training: _t, metrics: _m, ...foreign } = smallModel();
  expect(() => json.write(foreign satisfies ForeignModel)).toThrow(
    'model: expected a record of its training, found none',
  );
});

test('a record is ASCII: no name of a data set can end the comment it stands in', () => {
  const { training } = smallModel();
  const name = '*/ \u2028 import("node:fs") \n é 😀 \\';
  const model = smallModel({ training: { ...training, dataset: { ...training.dataset, name } } });
  for (const [extension, { write }] of all) {
    const bytes = write(model);
    const text = Buffer.from(bytes).toString('latin1');
    const at = text.indexOf('{"format":"backprop-record"');
    if (extension === '.json') continue;
    if (extension === '.safetensors') expect(text).toContain('{\\"format\\":\\"backprop-record\\"');
    else expect(text.slice(at, text.indexOf('}}', at))).toMatch(/^[\x20-\x7e]+$/);
  }
  for (const [, { write, read }] of readable) expect(read(write(model), 'file')).toEqual(model);
});

test('a square number of inputs without a record is a square picture', () => {
  const {
    training: _t,
    metrics: _m,
    ...foreign
  } = smallModel({
    rows: 1,
    columns: 4,
    parameters: new Float32Array(10),
  });
  expect(npz.read(npz.write(foreign), 'x.npz')).toMatchObject({ rows: 2, columns: 2, hidden: [] });
});
