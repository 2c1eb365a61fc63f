import type { Floats } from '../src/layers/floats.js';

/** Σ x, in double precision. */
export function sum(values: Floats): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Σ x², in double precision. */
export function sumOfSquares(values: Floats): number {
  let total = 0;
  for (const value of values) total += value * value;
  return total;
}
