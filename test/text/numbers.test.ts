import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorLine } from '../../src/cli/output.js';
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

describe('fit', () => {
  const fields = ['epoch 1/5', 'loss 0.3000', 'accuracy 91.00 %'];

  test('drops the last fields first and cuts the first at need', () => {
    expect(format.fit(fields, 80)).toBe('epoch 1/5  loss 0.3000  accuracy 91.00 %');
    expect(format.fit(fields, 30)).toBe('epoch 1/5  loss 0.3000');
    expect(format.fit(fields, 6)).toBe('epoch ');
  });

  test('is never wider than the columns', () => {
    const property = fc.property(fc.array(fc.string()), fc.nat(100), (some, columns) => {
      expect(format.fit(some, columns).length).toBeLessThanOrEqual(columns);
    });
    fc.assert(property, seeded);
  });
});

test('a table is flush left in its first column and flush right in the others', () => {
  expect(
    format.table([
      ['', 'a', 'bcd'],
      ['mean', '10', '·'],
    ]),
  ).toEqual(['       a  bcd', 'mean  10    ·']);
});

describe('errorLine', () => {
  test('is one line of sentences', () => {
    const error = { message: 'no such file', hint: 'create it' };
    expect(errorLine(error)).toBe('no such file. Create it.');
    expect(errorLine({ message: 'is it there?', hint: undefined })).toBe('is it there?');
  });

  test('cannot steer the terminal', () => {
    const property = fc.property(fc.string({ unit: 'binary' }), fc.string(), (message, hint) => {
      expect(errorLine({ message, hint })).not.toMatch(/\p{Cc}/u);
    });
    fc.assert(property, seeded);
    expect(errorLine({ message: 'a\n\u001b[31mb', hint: undefined })).toBe('a [31mb.');
  });
});
