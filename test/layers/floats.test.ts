import { expect, test } from 'vitest';
import { argmax, largestMagnitude, range } from '../../src/layers/floats.js';

test('argmax takes the lowest of several', () => {
  expect(argmax([1, 3, 2, 3])).toBe(1);
  expect(argmax([-2, -1])).toBe(1);
  expect(argmax(new Float32Array(4))).toBe(0);
});

test('largest magnitude and range, also of more numbers than a call takes', () => {
  const many = Float64Array.from({ length: 300_000 }, (_, i) => i - 200_000);
  expect(largestMagnitude(many)).toBe(200_000);
  expect(range(many)).toEqual([-200_000, 99_999]);
  expect(largestMagnitude([])).toBe(0);
});
