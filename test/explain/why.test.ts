import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explain } from '../../src/explain/explanation.js';
import { why } from '../../src/explain/why.js';
import { centralDifference } from '../../src/gradient-check.js';
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

test('with hidden layers the sum is exact too, for every pattern of units', () => {
  const layers = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
  const classes = fc.integer({ min: 0, max: 4 });
  const patterns = new Set<string>();
  const property = fc.property(layers, fc.nat(), classes, classes, (hidden, seed, a, b) => {
    const deep = { ...shape, hidden };
    const { parameters, subject } = randomCase(deep, seed);
    const explanation = explain(deep, parameters, { ...subject, label: undefined }, 1);
    const { pixels, positive, negative, bias, total, difference } = why(explanation, a, b);
    expect(difference).toBe(explanation.v[a]! - explanation.v[b]!);
    expect(Math.abs(total - difference)).toBeLessThan(1e-9);
    expect(positive + negative + bias).toBe(total);
    expect(pixels.reduce((sum, value) => sum + value)).toBeCloseTo(positive + negative, 12);
    patterns.add(explanation.hidden.map(({ h }) => h.map(Math.sign).join('')).join());
  });
  fc.assert(property, { seed: 20230307, numRuns: 100 });
  expect(patterns.size).toBeGreaterThan(50);
});

test('J_j is the slope of v_a − v_b by pixel j', () => {
  const deep = { ...shape, hidden: [7, 6] };
  const { parameters, subject } = randomCase(deep, 5);
  const { x } = subject;
  const difference = () => {
    const { v } = explain(deep, parameters, { x, label: undefined }, 1);
    return v[3]! - v[1]!;
  };
  const { pixels } = why(explain(deep, parameters, { x, label: undefined }, 1), 3, 1);
  for (const j of x.values.keys()) {
    const J = centralDifference(difference, x.values, j, 1e-6);
    expect(pixels[j]).toBeCloseTo(J * x.values[j]!, 8);
  }
});

test('by hand with a hidden layer: J = (w²_0 − w²_1) through the unit that is on, c from both b', () => {
  const small = { rows: 1, columns: 2, classes: 2, hidden: [2] };
  const x = { rows: 1, columns: 2, values: Float64Array.of(1, 0.5) };
  // v¹ = (2·1 − 2·½ + ½, 1·1 − 4·½ − ¼) = (1½, −1¼); W² = (1 9; 3 7), b² = (¼, ⅛).
  const parameters = [2, -2, 1, -4, 0.5, -0.25, 1, 9, 3, 7, 0.25, 0.125];
  const { pixels, bias, difference } = why(
    explain(small, parameters, { x, label: undefined }, 1),
    0,
    1,
  );
  expect([...pixels]).toEqual([-2 * 2, -2 * -2 * 0.5]);
  expect(bias).toBe(-2 * 0.5 + 0.25 - 0.125);
  expect(difference).toBe((1 - 3) * 1.5 + 0.125);
});

test('swapping the classes changes every sign, and a class that is not there is refused', () => {
  const explanation = explained(1);
  expect(why(explanation, 3, 1).total).toBe(-why(explanation, 1, 3).total);
  expect(() => why(explanation, 1, 5)).toThrow('expected 0 to 4, got 5');
});
