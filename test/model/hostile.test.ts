import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModelError } from '../../src/errors.js';
import { parseModel } from '../../src/model/read.js';
import { deepText, goodText } from './small-model.js';

/** A written model with one piece of its text replaced, which must be there. */
function altered(piece: string | RegExp, by: string, good = goodText): string {
  const text = good.replace(piece, by);
  expect(text).not.toBe(good);
  return text;
}

function refusal(text: string): ModelError {
  try {
    parseModel(text, 'm.json');
  } catch (error) {
    expect(error).toBeInstanceOf(ModelError);
    const { message, hint } = error as ModelError;
    expect(message).toMatch(/^m\.json: [^\n\r]{1,300}$/);
    expect(hint).toBeTruthy();
    return error as ModelError;
  }
  return expect.fail(`expected a refusal of ${text.slice(0, 80)}`);
}

describe('reading refuses, naming the field,', () => {
  test.each([
    ['a newer version', /"version": 1/, '"version": 3', 'version: expected 2, found the newer 3'],
    ['an older version', /"version": 1/, '"version": 0', 'version: expected 1 or 2, found 0'],
    [
      'a version in quotes',
      /"version": 1/,
      '"version": "1"',
      'version: expected 1 or 2, found "1"',
    ],
    [
      'the version of deep models',
      /"version": 1/,
      '"version": 2',
      'layers: expected at least 5 layers, found a list of 3',
    ],
    ['another format', 'backprop-model', 'onnx', 'format: expected "backprop-model", found "onnx"'],
    ['a missing field', /"seed": 1,/, '', 'training.seed: expected a value, found nothing'],
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
    [
      'more than a flag takes',
      '"seed": 1',
      '"seed": 4294967296',
      'training.seed: expected at most',
    ],
    ['no epoch', '"epoch": 4', '"epoch": 0', 'metrics.epoch: expected at least 1, found 0'],
    [
      'an epoch that was not run',
      '"epoch": 4',
      '"epoch": 6',
      'metrics.epoch: expected at most 5 (training.epochs), found 6',
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
      'layers[3]: unknown entry',
    ],
    [
      'a layer too few',
      /,\s*{ "type": "softmax" }/,
      '',
      'layers[2]: expected an object, found nothing',
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
      'layers[1].bias: expected a list of numbers, found 1',
    ],
    ['null', '-0.25', 'null', 'layers[1].weight[3]: expected a finite float32, found null'],
    [
      'a string',
      '-0.25',
      '"-0.25"',
      'layers[1].weight[3]: expected a finite float32, found "-0.25"',
    ],
    [
      'a list as weight',
      '-0.25',
      '[]',
      'layers[1].weight[3]: expected a finite float32, found a list of 0',
    ],
    ['1e400', '-0.25', '1e400', 'layers[1].weight[3]: expected a finite float32, found Infinity'],
    [
      '-1e39',
      '[0.5,-7',
      '[0.5,-1e39',
      'layers[1].bias[1]: expected a finite float32, found -1e+39',
    ],
    ['NaN', '-0.25', 'NaN', 'expected a finite number, found NaN at line 13, column 10'],
    [
      '-Infinity',
      '-0.25',
      '-Infinity',
      'expected a finite number, found Infinity at line 13, column 11',
    ],
    ['a duplicate key', '"seed"', '"seed": 7, "seed"', 'expected each field once, found one twice'],
    [
      'a duplicate in disguise',
      '"seed"',
      '"see\\u0064" : 7, "seed"',
      'expected each field once, found one twice',
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
  ])('%s', (_name, piece, by, message) => {
    expect(refusal(altered(piece, by)).message).toContain(message);
  });

  test.each([
    [
      'the version of plain models',
      /"version": 2/,
      '"version": 1',
      'layers[2].type: expected "softmax", found "relu"',
    ],
    [
      'hidden left out',
      /"hidden": [^\]]*\],/,
      '',
      'training.hidden: expected a value, found nothing',
    ],
    [
      'no hidden layers',
      /"hidden": [^\]]*\]/,
      '"hidden": []',
      'training.hidden: expected at least 1',
    ],
    [
      'a layer without units',
      /("hidden": \[\s*)3/,
      '$10',
      'training.hidden[0]: expected at least 1',
    ],
    ['half a unit', /("hidden": \[\s*)3/, '$12.5', 'hidden[0]: expected a whole number, found 2.5'],
    [
      'more units than a layer may have',
      '"outputs": 3',
      '"outputs": 4097',
      'layers[1].outputs: expected at most 4096, found 4097',
    ],
    [
      'units that differ from the training',
      /("hidden": \[\s*)3/,
      '$14',
      'layers[1].outputs (linear): expected 4 (training.hidden[0]), found 3',
    ],
    [
      'units in another order',
      /("hidden": \[\s*)3(,\s*)2/,
      '$12$23',
      'layers[1].outputs (linear): expected 2 (training.hidden[0]), found 3',
    ],
    [
      'fewer hidden layers in the training',
      /("hidden": \[\s*3),\s*2/,
      '$1',
      'layers[4].type: expected "softmax", found "relu"',
    ],
    [
      'more hidden layers in the training',
      /("hidden": \[\s*3,\s*2)/,
      '$1, 2',
      'layers[6].type: expected "relu", found "softmax"',
    ],
    [
      'layers that do not chain',
      '"inputs": 3',
      '"inputs": 6',
      'layers[3].inputs (linear): expected 3 (outputs of layers[2], relu), found 6',
    ],
    [
      'another layer',
      '"relu"',
      '"tanh"',
      'layers[2].type: expected "reshape" or "linear" or "relu"',
    ],
    [
      'softmax in the middle',
      '"relu"',
      '"softmax"',
      'layers[2].type: expected "relu", found "softmax"',
    ],
    ['relu at the end', '"softmax"', '"relu"', 'layers[6].type: expected "softmax", found "relu"'],
    [
      'a layer left out',
      '{ "type": "relu" },',
      '',
      'layers[2].type: expected "relu", found "linear"',
    ],
    [
      'a layer too many',
      '{ "type": "softmax" }',
      '{ "type": "softmax" }, { "type": "softmax" }',
      'layers: expected 7 (training.hidden has 2), found 8',
    ],
    [
      'layers without end',
      '{ "type": "softmax" }',
      `{ "type": "softmax" }${', { "type": "relu" }'.repeat(20)}`,
      'layers: expected at most 11 layers, found a list of 27',
    ],
    [
      'a weight too few',
      '0.5,0.625,0.75',
      '0.5,0.625',
      'layers[3].weight (linear): expected 6 numbers (2 × 3), found 5',
    ],
    [
      'a relu with a size',
      '{ "type": "relu" }',
      '{ "type": "relu", "a": 1 }',
      'layers[2].a: unknown',
    ],
  ])('in a deep model %s', (_name, piece, by, message) => {
    expect(refusal(altered(piece, by, deepText)).message).toContain(message);
  });

  test('a newer version, with the advice to upgrade', () => {
    const error = refusal('{"format":"backprop-model","version":3,"blocks":[]}');
    expect(error.hint).toMatch(/upgrade/);
  });

  test('huge dimensions before allocating', () => {
    const text = goodText
      .replaceAll('"rows": 2', '"rows": 2000000')
      .replaceAll('"columns": 3', '"columns": 1')
      .replace('"outputs": 6', '"outputs": 2000000')
      .replace('"inputs": 6', '"inputs": 2000000');
    expect(refusal(text).message).toContain(
      'input: expected at most 2000000 parameters, found 4000002 (2000000 × 1 pixels, 2 classes)',
    );
    const units = deepText
      .replace(/"hidden": \[\s*3,\s*2/, '"hidden": [4096, 4096')
      .replace('"outputs": 3', '"outputs": 4096')
      .replace('"inputs": 3', '"inputs": 4096');
    expect(refusal(units).message).toContain(
      'found 16818178 (2 × 3 pixels, 4096,4096 hidden units, 2 classes)',
    );
    const beyond = refusal(altered('"rows": 2', '"rows": 4294967295'));
    expect(beyond.message).toContain('input.rows: expected at most 2000000, found 4294967295');
  });

  test('50,000 levels of nesting, of lists or of objects', () => {
    const lists = altered('-0.25', `${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    expect(refusal(lists).message).toContain('at most 1000 fields, lists and objects');
    const objects = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    expect(refusal(objects).message).toContain('at most 1000 fields, lists and objects');
  });

  test('more objects or fields than a model can have', () => {
    const objects = `[${'{},'.repeat(5000)}{}]`;
    expect(refusal(objects).message).toContain('at most 1000 fields, lists and objects');
    const fields = `{${Array.from({ length: 5000 }, (_, at) => `"f${at}":0`).join(',')}}`;
    expect(refusal(fields).message).toContain('at most 1000 fields, lists and objects');
  });

  test('two byte-order marks', () => {
    expect(refusal(`\uFEFF\uFEFF${goodText}`).message).toContain('not valid JSON');
  });

  test.each(['', ' \r\n', '\uFEFF'])('an empty file: %j', (text) => {
    expect(refusal(text).message).toContain('the file is empty');
  });

  test.each(['null', '1', '"model"', '[]', 'true'])('%s in place of an object', (text) => {
    expect(refusal(text).message).toContain('expected a JSON object');
  });

  test('a truncated file, at every length', () => {
    const end = goodText.lastIndexOf('}');
    for (let length = 1; length <= end; length++) {
      expect(refusal(goodText.slice(0, length)).message).toContain('truncated');
    }
    const half = goodText.slice(0, goodText.indexOf('-0.25'));
    expect(refusal(half).message).toContain('the text ends at line 13, column 10');
  });

  test('text that is not JSON', () => {
    for (const text of ['PK\u0003\u0004', '<html>', `${goodText}x`, '{"a" 1}', "{'a': 1}", '}']) {
      expect(refusal(text).message).toContain('not valid JSON');
    }
  });

  test.each([
    ['plain', goodText],
    ['deep', deepText],
  ])('whatever was done to one byte of a %s model, or gives finite weights', (_, good) => {
    const bytes = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0x20, max: 0x7e }));
    fc.assert(
      fc.property(bytes, ([at, code]) => {
        const text = good.slice(0, at) + String.fromCharCode(code) + good.slice(at + 1);
        try {
          expect(parseModel(text, 'm.json').parameters.every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ModelError);
        }
      }),
      { seed: 20240611, numRuns: 1000 },
    );
    expect(({} as Record<string, unknown>).limit).toBeUndefined();
  });
});
