import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as format from '../../src/text/numbers.js';

const seeded = { seed: 20240611, numRuns: 300 };

test('groups digits in threes', () => {
  const property = fc.property(fc.nat(2 ** 31 - 1), (value) => {
    const text = format.grouped(value);
    expect(text).toMatch(/^\d{1,3}(,\d{3})*$/);
    expect(Number(text.replaceAll(',', ''))).toBe(value);
  });
  fc.assert(property, seeded);
});

test.each([
  [format.percent(0.92384), '92.38 %'],
  [format.percent(1), '100.00 %'],
  [format.percent(0.92384, 0), '92 %'],
  [format.counted(1, 'step'), '1 step'],
  [format.counted(1200, 'step'), '1,200 steps'],
  [format.nats(0.27), '0.2700'],
  [format.nats(7.2e29), '7.200e+29'],
  [format.rate(812.4), '812 images/s'],
  [format.rate(9_994), '9.99k images/s'],
  [format.rate(40_123), '40.1k images/s'],
  [format.rate(999_499), '999k images/s'],
  [format.rate(2_345_678), '2.35M images/s'],
  [format.duration(0.844), '0.84 s'],
  [format.duration(9.996), '10.0 s'],
  [format.duration(185.2), '3 min 05 s'],
  [format.clock(6.2), '0:07'],
  [format.clock(3725), '1:02:05'],
  [format.fileSize(812), '812 B'],
  [format.fileSize(131_240), '131.2 kB'],
  [format.fileSize(999_960), '1.0 MB'],
])('%s', (found, expected) => expect(found).toBe(expected));

test('short: at most 9 characters', () => {
  const values = [
    0,
    1,
    -12.3456,
    999.9999,
    1234,
    1e-5,
    -1e-9,
    1e300,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ];
  expect(values.map(format.short)).toEqual([
    '0',
    '1.0000',
    '-12.3456',
    '999.9999',
    '1.23e+3',
    '1.0e-5',
    '-1.0e-9',
    '1.00e+300',
    'NaN',
    'Infinity',
  ]);
});

test('the report’s numbers have four figures, a true minus, and powers of ten where they are tiny', () => {
  const { figure, tabular, typeset } = format;
  const numbers = [0, 12.345678, -0.5, 1.234e-7, -1e9, Number.NaN, -1 / 0];
  const texts = ['0', '12.35', '−0.5000', '1.23×10⁻⁷', '−1.00×10⁹', 'not a number', '−∞'];
  expect(numbers.map(figure)).toEqual(texts);
  expect([0, -0.12345, 4e-5, 123.456].map(tabular)).toEqual(['0', '−0.1235', '4×10⁻⁵', '123.46']);
  expect(typeset(format.percent(0.92384))).toBe('92.38\u00a0%');
  expect(typeset(format.nats(7.2e29))).toBe('7.200×10²⁹');
});
