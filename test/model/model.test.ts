import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { BackpropError, DiskError, ModelError } from '../../src/errors.js';
import { formatModel, type Model, parseModel, readModel, saveModel } from '../../src/model/file.js';
import { checkStructure } from '../../src/model/json-structure.js';
import { modelSchema } from '../../src/model/schema.js';
import { training } from '../training.js';

const folder = mkdtempSync(join(tmpdir(), 'backprop-model-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** 2×3 pixels, 2 classes: 12 weights and 2 biases. */
function smallModel(changes: Partial<Model> = {}): Model {
  return {
    rows: 2,
    columns: 3,
    classes: 2,
    parameters: Float32Array.of(0, -0, 0.1, -0.25, 1e-45, 3.4028234e38, 1, 2, 3, 4, 5, 6, 0.5, -7),
    training,
    metrics: {
      epoch: 4,
      train: { loss: 0.25, accuracy: 0.93 },
      validation: { loss: 0.26, accuracy: 0.925 },
      test: { loss: 0.27, accuracy: 0.924 },
    },
    ...changes,
  };
}

const goodText = formatModel(smallModel());

/** The written model with one piece of its text replaced, which must be there. */
function altered(piece: string | RegExp, by: string): string {
  const text = goodText.replace(piece, by);
  expect(text).not.toBe(goodText);
  return text;
}

async function failure(attempt: Promise<unknown>): Promise<BackpropError> {
  const error = await attempt.then(
    () => expect.fail('expected a refusal'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BackpropError);
  expect((error as BackpropError).message).not.toMatch(/[\n\r]/);
  expect((error as BackpropError).message.length).toBeLessThan(300);
  return error as BackpropError;
}

async function refusal(text: string): Promise<ModelError> {
  const error = await failure(parseModel(text, 'm.json'));
  expect(error).toBeInstanceOf(ModelError);
  expect(error.message).toMatch(/^m\.json: /);
  expect(error.hint).toBeTruthy();
  return error;
}

describe('writing', () => {
  test('lays the model out for people, a line of weights per class', () => {
    expect(goodText).toMatchInlineSnapshot(`
      "{
        "format": "backprop-model",
        "version": 1,
        "classes": 2,
        "input": { "rows": 2, "columns": 3, "scale": 0.00392156862745098 },
        "layers": [
          { "type": "reshape", "rows": 2, "columns": 3, "outputs": 6 },
          {
            "type": "linear",
            "inputs": 6,
            "outputs": 2,
            "weight": [
      0,-0,0.1,-0.25,1e-45,3.4028235e+38,
      1,2,3,4,5,6
            ],
            "bias": [0.5,-7]
          },
          { "type": "softmax" }
        ],
        "training": {
          "epochs": 5,
          "batchSize": 100,
          "learningRate": 0.1,
          "learningRateSchedule": "cosine",
          "momentum": 0.9,
          "weightDecay": 0,
          "seed": 1,
          "shuffle": true,
          "init": "zeros",
          "limit": null,
          "validation": 0.1,
          "earlyStop": 3,
          "kernel": "reference",
          "resumedFrom": null,
          "dataset": {
            "name": "mnist",
            "sha256": "abababababababababababababababababababababababababababababababab"
          }
        },
        "metrics": {
          "epoch": 4,
          "train": {
            "loss": 0.25,
            "accuracy": 0.93
          },
          "validation": {
            "loss": 0.26,
            "accuracy": 0.925
          },
          "test": {
            "loss": 0.27,
            "accuracy": 0.924
          }
        }
      }
      "
    `);
  });

  test('gives the same text whatever order the fields were built in', () => {
    const { training, metrics } = smallModel();
    const reversed = <T extends object>(value: T): T =>
      Object.fromEntries(Object.entries(value).reverse()) as T;
    const other = smallModel({ training: reversed(training), metrics: reversed(metrics) });
    expect(formatModel(other)).toBe(goodText);
  });

  test.each([
    [3, Number.NaN, 'layers[1].weight[3] (linear): expected a finite number, found NaN'],
    [7, Number.POSITIVE_INFINITY, 'layers[1].weight[7] (linear): expected a finite number'],
    [13, Number.NEGATIVE_INFINITY, 'layers[1].bias[1] (linear): expected a finite number'],
  ])('refuses parameter %d of %d, naming layer and index', (at, value, message) => {
    const model = smallModel();
    model.parameters[at] = value;
    expect(() => formatModel(model)).toThrow(message);
  });

  test('refuses figures that are not finite, naming the field', () => {
    const model = smallModel();
    model.metrics.test.loss = Number.NaN;
    expect(() => formatModel(model)).toThrow('metrics.test.loss: expected a finite number');
  });

  test('refuses parameters that do not fit the sizes', () => {
    expect(() => formatModel(smallModel({ columns: 4 }))).toThrow(
      'layers[1] (linear): expected 18 parameters (2 × 8 weights and 2 biases), found 14',
    );
    expect(() => formatModel(smallModel({ rows: 0 }))).toThrow('rows: expected a whole number');
    expect(() => formatModel(smallModel({ classes: 257 }))).toThrow('at most 256 classes');
  });
});

describe('a round trip', () => {
  test('through a file gives back the model and the hash of its bytes', async () => {
    const path = join(folder, 'modèle one.json');
    const saved = await saveModel(path, smallModel());
    const bytes = readFileSync(path);
    expect(saved).toEqual({
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bytes: bytes.length,
    });
    expect(await readModel(path)).toEqual({ model: smallModel(), sha256: saved.sha256 });
  });

  test('keeps every bit of every finite parameter, and the text does not change', async () => {
    const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
    const models = fc
      .tuple(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
      )
      .chain(([rows, columns, classes]) => {
        const length = classes * (rows * columns + 1);
        return fc
          .array(finite, { minLength: length, maxLength: length })
          .map((values) =>
            smallModel({ rows, columns, classes, parameters: Float32Array.from(values) }),
          );
      });
    await fc.assert(
      fc.asyncProperty(models, async (model) => {
        const text = formatModel(model);
        const read = await parseModel(text, 'm.json');
        expect(new Uint32Array(read.parameters.buffer)).toEqual(
          new Uint32Array(model.parameters.buffer),
        );
        expect(formatModel(read)).toBe(text);
      }),
      { seed: 20240611, numRuns: 200 },
    );
  });

  test.each([
    ['a byte-order mark', `\uFEFF${goodText}`],
    ['CRLF', goodText.replaceAll('\n', '\r\n')],
    ['no spaces at all', JSON.stringify(JSON.parse(goodText)).replace('[0,0,', '[0,-0,')],
    ['escaped keys', goodText.replace('"format"', '"\\u0066ormat"')],
  ])('survives %s', async (_name, text) => {
    const path = join(folder, 'odd.json');
    writeFileSync(path, text);
    expect((await readModel(path)).model).toEqual(smallModel());
  });

  test('a failed save leaves the old model as it was', async () => {
    const path = join(folder, 'kept.json');
    await saveModel(path, smallModel());
    const bad = smallModel();
    bad.parameters[0] = Number.NaN;
    await expect(saveModel(path, bad)).rejects.toBeInstanceOf(ModelError);
    expect(readFileSync(path, 'utf8')).toBe(goodText);
    expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  test('saving into a folder that is missing is a disk error', async () => {
    const error = await failure(saveModel(join(folder, 'none', 'm.json'), smallModel()));
    expect(error).toBeInstanceOf(DiskError);
  });
});

describe('the JSON Schema in the package', () => {
  const shipped = JSON.parse(
    readFileSync(new URL('../../data/model.schema.json', import.meta.url), 'utf8'),
  );

  test('says what the reader checks', () => {
    expect(shipped).toEqual(z.toJSONSchema(modelSchema));
  });

  test('accepts what is written and refuses what is not a model', () => {
    const validator = z.fromJSONSchema(shipped);
    expect(validator.safeParse(JSON.parse(goodText)).success).toBe(true);
    for (const text of [altered('"version": 1', '"version": 2'), altered('-0.25', '"x"')]) {
      expect(validator.safeParse(JSON.parse(text)).success).toBe(false);
    }
  });
});

describe('reading refuses, naming the field,', () => {
  test.each([
    ['a newer version', /"version": 1/, '"version": 2', 'version: expected 1, found the newer 2'],
    ['an older version', /"version": 1/, '"version": 0', 'version: expected 1, found 0'],
    ['a version in quotes', /"version": 1/, '"version": "1"', 'version: expected 1, found "1"'],
    ['another format', 'backprop-model', 'onnx', 'format: expected "backprop-model", found "onnx"'],
    ['a missing field', /"seed": 1,/, '', 'training.seed: expected a number, found nothing'],
    ['an unknown field', '"seed"', '"sed": 1, "seed"', 'training.sed: unknown field'],
    [
      'a wrong type',
      '"epochs": 5',
      '"epochs": "5"',
      'training.epochs: expected a number, found "5"',
    ],
    [
      'a fraction',
      '"epochs": 5',
      '"epochs": 5.5',
      'training.epochs: expected a whole number, found 5.5',
    ],
    ['a range', '"epochs": 5', '"epochs": 0', 'training.epochs: expected at least 1, found 0'],
    [
      'an infinite figure',
      '"momentum": 0.9',
      '"momentum": 1e999',
      'training.momentum: expected a number, found Infinity',
    ],
    ['an unknown schedule', 'cosine', 'sine', '"constant" or "linear" or "cosine", found "sine"'],
    [
      'a bad hash',
      'abab',
      'ABab',
      'training.dataset.sha256: expected 64 lower-case hexadecimal digits',
    ],
    ['another scale', '"scale": 0.0', '"scale": 0.1', 'input.scale: expected 0.00392156862745098'],
    ['another layer', '"reshape"', '"conv"', 'layers[0].type: expected "reshape", found "conv"'],
    [
      'a layer too many',
      '{ "type": "softmax" }',
      '{ "type": "softmax" }, {}',
      'layers: expected at most 3 entries, found a list of 4',
    ],
    [
      'a layer too few',
      /,\s*{ "type": "softmax" }/,
      '',
      'layers: expected at least 3 entries, found a list of 2',
    ],
    [
      'a wrong reshape',
      '"outputs": 6',
      '"outputs": 7',
      'layers[0].outputs (reshape): expected 6 (rows × columns), found 7',
    ],
    [
      'rows that differ',
      '"rows": 2',
      '"rows": 3',
      'layers[0].rows (reshape): expected 3 (input.rows), found 2',
    ],
    [
      'layers that do not chain',
      '"inputs": 6',
      '"inputs": 7',
      'layers[1].inputs (linear): expected 6 (outputs of layers[0], reshape), found 7',
    ],
    [
      'classes that differ',
      '"classes": 2',
      '"classes": 3',
      'layers[1].outputs (linear): expected 3 (classes), found 2',
    ],
    [
      'too few weights',
      '-0.25,',
      '',
      'layers[1].weight (linear): expected 12 numbers (2 × 6), found 11',
    ],
    [
      'too many biases',
      '[0.5',
      '[0.5,1',
      'layers[1].bias (linear): expected 2 numbers (one per output), found 3',
    ],
    [
      'weights that are no list',
      /"bias": \[.*\]/,
      '"bias": 1',
      'layers[1].bias (linear): expected 2 numbers (one per output), found 1',
    ],
    [
      'null',
      '-0.25',
      'null',
      'layers[1].weight[3] (linear): expected a finite float32, found null',
    ],
    [
      'a string',
      '-0.25',
      '"-0.25"',
      'layers[1].weight[3] (linear): expected a finite float32, found "-0.25"',
    ],
    [
      'a list as weight',
      '-0.25',
      '[]',
      'layers[1].weight[3] (linear): expected a finite float32, found a list of 0',
    ],
    [
      '1e400',
      '-0.25',
      '1e400',
      'layers[1].weight[3] (linear): expected a finite float32, found a number beyond ±3.4028235e+38',
    ],
    [
      '-1e39',
      '[0.5,-7',
      '[0.5,-1e39',
      'layers[1].bias[1] (linear): expected a finite float32, found a number beyond',
    ],
    ['NaN', '-0.25', 'NaN', 'layers[1].weight[3]: expected a finite number, found NaN'],
    [
      '-Infinity',
      '-0.25',
      '-Infinity',
      'layers[1].weight[3]: expected a finite number, found Infinity',
    ],
    [
      'a duplicate key',
      '"seed"',
      '"seed": 7, "seed"',
      'training.seed: expected one such field, found it twice',
    ],
    [
      'a duplicate in disguise',
      '"seed"',
      '"see\\u0064" : 7, "seed"',
      'training.seed: expected one such field, found it twice',
    ],
    [
      '__proto__',
      '"seed"',
      '"__proto__": {"limit": 1}, "seed"',
      'training.__proto__: unknown field',
    ],
    [
      'constructor',
      '"seed"',
      '"constructor": {"prototype": {}}, "seed"',
      'training.constructor: unknown field',
    ],
    [
      'a field with line breaks in its name',
      '"seed"',
      '"a\\n\\u001b[2Jb": 1, "seed"',
      'training."a\\n\\u001b[2Jb": unknown field',
    ],
  ])('%s', async (_name, piece, by, message) => {
    expect((await refusal(altered(piece, by))).message).toContain(message);
  });

  test('a newer version, with the advice to upgrade', async () => {
    const error = await refusal('{"format":"backprop-model","version":2,"blocks":[]}');
    expect(error.hint).toMatch(/upgrade/);
  });

  test('huge dimensions before allocating', async () => {
    const text = goodText
      .replaceAll('"rows": 2', '"rows": 2000000')
      .replaceAll('"columns": 3', '"columns": 1')
      .replace('"outputs": 6', '"outputs": 2000000')
      .replace('"inputs": 6', '"inputs": 2000000');
    expect((await refusal(text)).message).toContain(
      'layers[1] (linear): expected at most 2000000 numbers, found 2 × 2000000 weights',
    );
    const beyond = await refusal(altered('"rows": 2', '"rows": 4294967295'));
    expect(beyond.message).toContain('input.rows: expected at most 2000000, found 4294967295');
  });

  test('50,000 levels of nesting, of lists or of objects', async () => {
    const lists = altered('-0.25', `${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    expect((await refusal(lists)).message).toContain('expected at most 16 levels');
    const objects = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    expect((await refusal(objects)).message).toContain('expected at most 16 levels');
  });

  test('more objects or fields than a model can have', async () => {
    const objects = `[${'{},'.repeat(5000)}{}]`;
    expect((await refusal(objects)).message).toContain('at most 1000 fields, lists and objects');
    const fields = `{${Array.from({ length: 5000 }, (_, at) => `"f${at}":0`).join(',')}}`;
    expect((await refusal(fields)).message).toContain('at most 1000 fields, lists and objects');
  });

  test.each(['', ' \r\n', '\uFEFF'])('an empty file: %j', async (text) => {
    expect((await refusal(text)).message).toContain('the file is empty');
  });

  test.each(['null', '1', '"model"', '[]', 'true'])('%s in place of an object', async (text) => {
    expect((await refusal(text)).message).toContain('expected a JSON object');
  });

  test('a truncated file, at every length', async () => {
    const end = goodText.lastIndexOf('}');
    for (let length = 1; length <= end; length++) {
      expect((await refusal(goodText.slice(0, length))).message).toContain('truncated');
    }
    const half = goodText.slice(0, goodText.indexOf('-0.25'));
    expect((await refusal(half)).message).toContain('layers[1].weight[3]: the text ends here');
  });

  test('text that is not JSON', async () => {
    for (const text of ['PK\u0003\u0004', '<html>', `${goodText}x`, '{"a" 1}', "{'a': 1}", '}']) {
      expect((await refusal(text)).message).toContain('not valid JSON');
    }
  });

  test('whatever was done to one byte, or gives a model of finite weights', async () => {
    const bytes = fc.tuple(fc.nat(goodText.length - 1), fc.integer({ min: 0x20, max: 0x7e }));
    await fc.assert(
      fc.asyncProperty(bytes, async ([at, code]) => {
        const text = goodText.slice(0, at) + String.fromCharCode(code) + goodText.slice(at + 1);
        const model = await parseModel(text, 'm.json').catch((error: unknown) => {
          expect(error).toBeInstanceOf(ModelError);
        });
        if (model) expect(model.parameters.every(Number.isFinite)).toBe(true);
      }),
      { seed: 20240611, numRuns: 1000 },
    );
    expect(({} as Record<string, unknown>).limit).toBeUndefined();
  });
});

describe('the look at the structure', () => {
  test('takes any JSON that JSON.stringify writes', () => {
    const values = fc.jsonValue({ maxDepth: 6 }).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(
        values.filter((text) => !text.includes('__proto__')),
        (text) => checkStructure(text, 'm.json', 10_000),
      ),
      { seed: 20240611, numRuns: 500 },
    );
  });

  test('is not misled by strings, and sees a duplicate in any object', () => {
    const text = '{"a":{"b":"}\\\\","c":"\\",\\"c\\":[{","d":[{"a":1},{"a":"NaN"}]},"b":{"a":2}%}';
    checkStructure(text.replace('%', ''), 'm.json', 100);
    expect(() => checkStructure(text.replace('%', ',"a":1'), 'm.json', 100)).toThrow(
      'm.json: a: expected one such field, found it twice',
    );
  });

  test('refuses more values than there may be, before they are parsed', () => {
    expect(() => checkStructure(`{"w":[${'0,'.repeat(99)}0]}`, 'm.json', 50)).toThrow(
      'm.json: w[51]: expected at most 50 values in the file, found more',
    );
  });
});

describe('reading a path refuses', () => {
  test('a missing file, and a folder', async () => {
    const missing = await failure(readModel(join(folder, 'missing.json')));
    expect(missing.message).toMatch(/missing\.json: expected a model file, found nothing there$/);
    expect(missing.exitCode).toBe(4);
    expect((await failure(readModel(folder))).message).toMatch(/found a folder$/);
  });

  test.skipIf(process.platform === 'win32')('a FIFO and an endless device, at once', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    expect((await failure(readModel(fifo))).message).toMatch(/found a pipe or device$/);
    expect((await failure(readModel('/dev/zero'))).message).toMatch(/found a pipe or device$/);
  });

  test('a file of 2 GB, by its size', async () => {
    const path = join(folder, 'huge.json');
    writeFileSync(path, '');
    truncateSync(path, 2 ** 31);
    expect((await failure(readModel(path))).message).toContain(
      'expected a model file of at most 33554432 bytes, found 2147483648',
    );
  });

  test('invalid UTF-8', async () => {
    const path = join(folder, 'latin1.json');
    writeFileSync(path, Buffer.from(altered('"mnist"', '"mnïst"'), 'latin1'));
    expect((await failure(readModel(path))).message).toContain('expected UTF-8 text');
  });

  test('an empty file', async () => {
    const path = join(folder, 'empty.json');
    writeFileSync(path, '');
    expect((await failure(readModel(path))).message).toContain('the file is empty');
  });
});
