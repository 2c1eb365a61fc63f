import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Page, Palette } from '../../src/text/page.js';
import { bars, fit, heading, mostProbable, numbered, table, wrap } from '../../src/text/page.js';

const seeded = { seed: 20240611, numRuns: 300 };
const page = (palette: Palette, width = 80): Page => ({ width, palette, style: (_, text) => text });

describe('fit', () => {
  const fields = ['epoch 1/5', 'loss 0.3000', 'accuracy 91.00 %'];

  test('drops the last fields first and cuts the first at need', () => {
    expect(fit(fields, 80)).toBe('epoch 1/5  loss 0.3000  accuracy 91.00 %');
    expect(fit(fields, 30)).toBe('epoch 1/5  loss 0.3000');
    expect(fit(fields, 6)).toBe('epoch ');
  });

  test('is never wider than the columns', () => {
    const property = fc.property(fc.array(fc.string()), fc.nat(100), (some, columns) => {
      expect(fit(some, columns).length).toBeLessThanOrEqual(columns);
    });
    fc.assert(property, seeded);
  });
});

test('a table is flush left in its first column and flush right in the others', () => {
  expect(
    table([
      ['', 'a', 'bcd'],
      ['mean', '10', '·'],
    ]),
  ).toEqual(['       a  bcd', 'mean  10    ·']);
});

test('wrap, numbered and heading keep to the width', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('one two', 7, '  ')).toEqual(['  one', '  two']);
  expect(numbered([1, -2], 80)).toEqual(['  0:  1.0000   1: -2.0000']);
  expect(heading(page('ascii', 20), 'y = f(x)', '10')).toEqual(['', `y = f(x)${' '.repeat(10)}10`]);
  expect(heading(page('ascii', 20), 'y = f(x)', 'much to be said')).toEqual([
    '',
    'y = f(x)',
    '  much to be said',
  ]);
});

describe('bars', () => {
  const decimals = (share: number): string => share.toFixed(2);

  test('are as long as the shares, the answer and the right class marked', () => {
    const marks = { answer: 1, label: 0 };
    expect(bars([0.25, 0.75, 0], marks, decimals, page('ascii', 35))).toEqual([
      '  0  0.25  ### label',
      '  1  0.75  ######## answer',
      '  2  0.00',
    ]);
    expect(bars([0.25, 0.75, 0], marks, decimals, page('256', 35))[1]).toBe(
      '  1  0.75  ███████▌ answer',
    );
  });

  test('keep to the width, and of many classes show the most probable and the right one', () => {
    const y = Array.from({ length: 200 }, (_, i) => i / 199);
    const lines = bars(y, { answer: 199, label: 3 }, decimals, page('ascii', 60));
    expect(lines).toHaveLength(12);
    expect(lines[0]).toBe('    3  0.02   label');
    expect(lines.at(-1)).toMatch(/^ {2}199 {2}1\.00 {2}#+ answer$/);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60);
    expect(mostProbable(y, undefined)).toEqual(Array.from({ length: 12 }, (_, i) => 188 + i));
  });
});
