import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAnswers } from '../../../src/cli/explain/grade.js';
import { ExitCode, FileError } from '../../../src/errors.js';
import { answerNames } from '../../../src/explain/worksheet.js';

const read = (text: string) => parseAnswers(text, 'a.json', answerNames(0));

function refusal(text: string): FileError {
  try {
    read(text);
  } catch (error) {
    expect(error).toBeInstanceOf(FileError);
    expect((error as FileError).exitCode).toBe(ExitCode.model);
    expect((error as FileError).message).toMatch(/^a\.json: [^\n]{1,200}$/);
    expect((error as FileError).hint).toContain('worksheet');
    return error as FileError;
  }
  return expect.fail(`expected a refusal of ${text.slice(0, 80)}`);
}

describe('numbers', () => {
  test.each([
    ['0.4286', 0.4286],
    ['-2', -2],
    ['4.286e-1', 0.4286],
    ['"3/7"', 3 / 7],
    ['"-3/7"', -3 / 7],
    ['"−3/7"', -3 / 7],
    ['"0.5"', 0.5],
    ['"1 / 4"', 0.25],
    ['"5/14 ln 2"', (5 / 14) * Math.LN2],
    ['"-2ln2"', -2 * Math.LN2],
    ['"3/7 * ln 2"', (3 / 7) * Math.LN2],
    ['"ln 2"', Math.LN2],
    ['"-ln 2"', -Math.LN2],
  ])('%s', (text, value) => {
    expect(read(`{"L": ${text}}`).L).toEqual({ shape: [], values: [value] });
  });

  test.each([
    ...[
      '""',
      '"-"',
      '"3/"',
      '"/7"',
      '"3/0"',
      '"1/2/3"',
      '"NaN"',
      '"Infinity"',
      '"0x10"',
      '"1e400"',
    ],
    ...['true', '{}', '"ln 3"', '"3/7 ln 2 ln 2"', '1e400', '-1e400', '"9".repeat', 'NaN', '"٣"'],
  ])('refuses %s', (text) => {
    expect(refusal(`{"L": ${text}}`).message).toMatch(/L|not valid JSON|found NaN/);
  });
});

describe('shapes', () => {
  test('lists, rows, and what is not answered', () => {
    const text = '{"y": [1, "1/2"], "dL_dW": [[1, 2, 3], [4, 5, 6]], "v": [1, null], "L": null}';
    expect(read(text)).toEqual({
      y: { shape: [2], values: [1, 0.5] },
      dL_dW: { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
    });
    expect(read('{"u":\r\n[]}')).toEqual({ u: { shape: [0], values: [] } });
  });

  test.each([
    ['{"dL_dW": [[1, 2], [3]]}', 'a.json: dL_dW[1]: expected a row as long as the first'],
    ['{"dL_dW": [1, [2]]}', 'a.json: dL_dW[0]: expected a row'],
    ['{"dL_dW": [[1, "x"]]}', 'a.json: dL_dW[0][1]: expected a number'],
    ['{"dL_dW": [[[1]]]}', 'a.json: dL_dW[0][0]: expected a number'],
    ['{"y": [1, "a"]}', 'a.json: y[1]: expected a number'],
    ['{"dL_dw": [1]}', 'unknown field "dL_dw", expected u, v, y'],
    ['[1]', 'expected a JSON object, found a list of 1'],
    ['null', 'expected a JSON object, found null'],
    ['', 'the file is empty'],
    ['{"y": [1, 2', 'truncated'],
    ['{"y": [1], "y": [2]}', 'found one twice'],
    ['{"__proto__": {"y": [1]}}', 'unknown field'],
    ['{"constructor": 1}', 'unknown field "constructor"'],
    [`{"y": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 'fields, lists and objects'],
    [`{"y": [${'0,'.repeat(5000)}0]}`, 'at most 1000 values'],
  ])('refuses %.40s', (text, message) => {
    expect(refusal(text).message).toContain(message);
  });

  test('any text is read or refused, in one line', () => {
    const property = fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), (text) => {
      try {
        read(text);
      } catch {
        refusal(text);
      }
    });
    fc.assert(property, { seed: 20230307, numRuns: 300 });
  });
});
