import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAnswers, textValue } from '../../../src/cli/explain/answers.js';
import { ExitCode, FileError, UsageError } from '../../../src/errors.js';
import { EN } from '../../../src/explain/words/en.js';

const parse = (text: string, flags = {}) =>
  parseAnswers(text, 'a.json', { seed: 3, ...flags }, EN.grading);
const read = (text: string) => parse(text).answers;
const unreadable = (text: string) => parse(text).unreadable;

function refusal(text: string): FileError {
  try {
    read(text);
  } catch (error) {
    expect(error).toBeInstanceOf(FileError);
    expect((error as FileError).exitCode).toBe(ExitCode.model);
    expect((error as FileError).message).toMatch(/^a\.json: [^\n]{1,200}$/);
    expect((error as FileError).hint).toMatch(/worksheet|put fractions in quotes/);
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
    ['"ln(2)"', Math.LN2],
    ['"ln 4"', Math.log(4)],
    ['"ln(2/5)"', Math.log(2 / 5)],
    ['"-ln 5"', -Math.log(5)],
    ['"2 ln 2"', 2 * Math.LN2],
    ['"0,4"', 0.4],
    ['"-0,4"', -0.4],
    ['"20%"', 0.2],
    ['"12,5%"', 0.125],
    ['"1/2"', 0.5],
    ['"ln 2 - ln 5"', Math.log(2 / 5)],
    ['"-2 ln 2 + 1/15"', -2 * Math.LN2 + 1 / 15],
    ['"ln 3"', Math.log(3)],
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
    ...['true', '{}', '"ln 2/5"', '"3/7 ln 2 ln 2"', '1e400', '-1e400', '"٣"'],
  ])('%s is unreadable, and the rest is read', (text) => {
    const { answers, unreadable } = parse(`{"L": ${text}, "y": [1, 2]}`);
    expect(answers).toEqual({ y: { shape: [2], values: [1, 2] } });
    expect(unreadable.L).toMatch(/^expected a number such as 0\.4286, "-3\/7", .*, found /);
  });

  test.each([...['"9".repeat', 'NaN', '"٣']])('%s is no JSON at all', (text) => {
    expect(refusal(`{"L": ${text}}`).message).toMatch(/not valid JSON|found NaN|truncated/);
  });

  test.each([
    ['[1/2, 1]', '1/2 at line 2, column 9'],
    ['[1, -3 / 7]', '-3 / 7 at line 2, column 12'],
    ['[ln 2]', 'ln at line 2, column 9'],
    ['[20%]', '20% at line 2, column 9'],
  ])('%s without quotes: where, and what to do', (list, place) => {
    const { message, hint } = refusal(`{"u": [0],\n "y" : ${list}}`);
    expect(message).toBe(`a.json: ${place} is no JSON`);
    expect(hint).toMatch(/^put fractions in quotes/);
  });

  test.each([
    '',
    ' ',
    '+',
    'ln',
    'ln()',
    'ln 0',
    'ln(-1)',
    '1 2',
    '1/2/3',
    '1..2',
    '2/',
    'ln 2/5',
    '1e3',
  ])('textValue("%s") is none', (text) => expect(Number.isFinite(textValue(text))).toBe(false));
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

  test.each([
    ['{"dL_dW": [[1, 2], [3]]}', 'dL_dW', '[1]: expected a row as long as the first'],
    ['{"dL_dW": [1, [2]]}', 'dL_dW', '[0]: expected a row'],
    ['{"dL_dW": [[1, "x"]]}', 'dL_dW', '[0][1]: expected a number'],
    ['{"dL_dW": [[[1]]]}', 'dL_dW', '[0][0]: expected a number'],
    ['{"y": [1, "a"]}', 'y', '[1]: expected a number'],
  ] as const)('%s is unreadable', (text, name, message) => {
    expect(unreadable(text)[name]).toContain(message);
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

describe('which sheet', () => {
  test('stands in the file', () => {
    const text = '{"student": "Ann", "seed": 7, "size": "2x3", "hidden": 2, "v1": [1, 2]}';
    const { seed, size, student, answers } = parseAnswers(text, 'a.json', {}, EN.grading);
    expect({ seed, size, student }).toEqual({
      seed: 7,
      size: { classes: 2, inputs: 3, hidden: 2 },
      student: 'Ann',
    });
    expect(answers).toEqual({ v1: { shape: [2], values: [1, 2] } });
  });

  test.each([
    [{ seed: 4 }, 'a.json answers a worksheet with seed 7, not 4'],
    [{ seed: 7, size: { classes: 3, inputs: 4 } }, 'with size 2x3, not 3x4'],
    [{ seed: 7, hidden: 3 }, 'with hidden 2, not 3'],
  ])('and flags must agree with it: %j', (flags, message) => {
    const text = '{"seed": 7, "size": "2x3", "hidden": 2}';
    expect(() => parse(text, flags)).toThrow(UsageError);
    expect(() => parse(text, flags)).toThrow(message);
  });

  test('or in the flags; in neither is an error', () => {
    expect(parse('{"u": null}').seed).toBe(3);
    expect(() => parseAnswers('{}', 'a.json', {}, EN.grading)).toThrow(
      'does not say which worksheet',
    );
    expect(refusal('{"seed": "x"}').message).toContain('seed: expected a whole number');
    expect(refusal('{"size": "9x9"}').message).toContain('size: expected 2x2 to 5x9');
    expect(refusal('{"student": 5}').message).toContain('student: expected a name');
  });
});
