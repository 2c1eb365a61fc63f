import { type NetworkShape, parameterCount } from '../../src/network.js';
import { Random } from '../../src/random.js';

/** Seeded weights uniform in ±scale and a random picture for a network of any size. */
export function randomCase(shape: NetworkShape, seed: number, scale = 1) {
  const random = new Random(seed, 0);
  const uniform = () => scale * (2 * random.uniform() - 1);
  const parameters = Float64Array.from({ length: parameterCount(shape) }, uniform);
  const { rows, columns } = shape;
  const values = Float64Array.from({ length: rows * columns }, () => random.uniform());
  return {
    parameters,
    subject: { x: { rows, columns, values }, label: random.below(shape.classes) },
  };
}

/** Largest |a − b|. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    // Not Math.max alone: NaN is no agreement.
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
