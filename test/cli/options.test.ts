import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as read from '../../src/cli/options.js';
import { RANGES } from '../../src/sgd.js';

const seeded = { seed: 20240611, numRuns: 300 };

/** What people and scripts write by mistake. */
const NO_NUMBERS = [
  '',
  ' ',
  '5abc',
  'abc',
  '0x10',
  '0b1',
  'NaN',
  'Infinity',
  '-Infinity',
  '1_000',
].concat(['1,5', '+5', ' 5', '5 ', '5\n', '--', '1e', 'e5', '1e+', '.', '5.', '٣', '1n', '5%']);

const PARSERS = [
  ...Object.entries(RANGES).map(([name, range]) => [name, read.numberIn(range)] as const),
  ['share', read.share] as const,
];

describe.each(PARSERS)('%s', (_, parse) => {
  test.each(NO_NUMBERS)('refuses %j', (text) => {
    expect(() => parse(text)).toThrow(/^expected a (whole )?number (from|above) \d/);
  });

  test('returns what the text says, or throws', () => {
    const property = fc.property(fc.string({ unit: 'grapheme', maxLength: 8 }), (text) => {
      let value: number;
      try {
        value = parse(text);
      } catch {
        return;
      }
      expect(value).toBe(Number(text));
      expect(text).toMatch(/^[\d.e+-]+$/i);
    });
    fc.assert(property, seeded);
  });
});

describe('wholeNumber', () => {
  const anyInteger = fc.integer({ min: 0, max: 2 ** 32 - 1 });

  test('takes exactly the whole numbers of its range', () => {
    const property = fc.property(anyInteger, anyInteger, anyInteger, (a, b, value) => {
      const [minimum, maximum] = [Math.min(a, b), Math.max(a, b)];
      const parse = read.wholeNumber(minimum, maximum);
      const inRange = value >= minimum && value <= maximum;
      if (inRange) expect(parse(String(value))).toBe(value);
      else expect(() => parse(String(value))).toThrow(`from ${minimum} to ${maximum}`);
    });
    fc.assert(property, seeded);
  });

  test.each(['5.0', '1e3', '1e9', '-1', '-0', '007', '99999999999999999999'])(
    'refuses %s',
    (text) => {
      expect(() => read.wholeNumber(0, 10_000)(text)).toThrow('a whole number from 0 to 10000');
    },
  );
});

describe('numberIn', () => {
  const any = read.numberIn({ whole: false, minimum: -Number.MAX_VALUE });

  test('reads every finite number as JavaScript writes it', () => {
    const property = fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      // String(-0) is '0'.
      expect(any(String(value))).toBe(value === 0 ? 0 : value);
    });
    fc.assert(property, seeded);
  });

  test.each([
    ['.5', 0.5],
    ['0.5', 0.5],
    ['1e-3', 0.001],
    ['2E2', 200],
    ['3', 3],
  ])('reads %s', (text, value) => expect(any(text)).toBe(value));

  test('refuses what overflows', () => expect(() => any('1e400')).toThrow());
});

test.each([
  ['epochs', ['1', '100000'], ['0', '100001', '1e9', '-1']],
  ['batchSize', ['1', '60000'], ['0', '-1', '1e9']],
  ['learningRate', ['1e-9', '0.5', '1e9'], ['0', '-0.1', '1e-400', '1e400']],
  ['momentum', ['0', '0.9', '0.999'], ['1', '-0.1']],
  ['validation', ['0', '0.9', '0.999'], ['1', '-0.1']],
  ['weightDecay', ['0', '1e-4', '2'], ['-1e-4']],
  ['seed', ['0', '4294967295'], ['4294967296', '-1']],
  ['limit', ['1'], ['0']],
  ['earlyStop', ['1', '100000'], ['0', '100001']],
  ['share', ['0', '0.92', '1'], ['1.0001', '-0.1', '92']],
])('the ends of the range of %s', (name, good, bad) => {
  const parse = new Map(PARSERS).get(name)!;
  for (const text of good) expect(parse(text)).toBe(Number(text));
  for (const text of bad) expect(() => parse(text), text).toThrow('expected');
});

test('paths: a history says its format, and none is empty', () => {
  expect(read.historyPath('a b/é.CSV')).toBe('a b/é.CSV');
  expect(() => read.historyPath('history')).toThrow('.csv or .jsonl');
  expect(() => read.path('')).toThrow('expected a path');
});
