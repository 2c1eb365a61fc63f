import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explain } from '../../src/explain/explanation.js';
import { why } from '../../src/explain/why.js';
import { randomCase } from './cases.js';

const shape = { rows: 3, columns: 4, classes: 5 };

function explained(seed: number) {
  const { parameters, subject } = randomCase(shape, seed);
  return explain(shape, parameters, { ...subject, label: undefined }, 1);
}

test('the pixels and the biases add up to v_a − v_b', () => {
  const classes = fc.integer({ min: 0, max: 4 });
  const property = fc.property(fc.nat(), classes, classes, (seed, a, b) => {
    const explanation = explained(seed);
    const { pixels, positive, negative, bias, total, difference } = why(explanation, a, b);
    expect(difference).toBe(explanation.v[a]! - explanation.v[b]!);
    expect(total).toBeCloseTo(difference, 12);
    expect(positive + negative + bias).toBe(total);
    expect(pixels.reduce((sum, value) => sum + value)).toBeCloseTo(positive + negative, 12);
    expect(positive).toBeGreaterThanOrEqual(0);
    expect(negative).toBeLessThanOrEqual(0);
  });
  fc.assert(property, { seed: 20230307, numRuns: 60 });
});

test('by hand: (w_0 − w_1) u = (1·1, −2·½), b_0 − b_1 = ¼', () => {
  const small = { rows: 1, columns: 2, classes: 2 };
  const x = { rows: 1, columns: 2, values: Float64Array.of(1, 0.5) };
  const { v, ...rest } = explain(small, [3, 1, 2, 3, 0.5, 0.25], { x, label: undefined }, 1);
  const { pixels, total } = why({ v, ...rest }, 0, 1);
  expect([...pixels]).toEqual([1, -1]);
  expect(total).toBe(0.25);
});

test('swapping the classes changes every sign, and a class that is not there is refused', () => {
  const explanation = explained(1);
  expect(why(explanation, 3, 1).total).toBe(-why(explanation, 1, 3).total);
  expect(() => why(explanation, 1, 5)).toThrow('expected 0 to 4, got 5');
});
