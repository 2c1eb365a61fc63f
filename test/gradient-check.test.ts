import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BackwardPass, checkGradients, relativeError } from '../src/gradient-check.js';
import { backwardInSteps, oneHot, parameterCount } from '../src/network.js';
import { Random } from '../src/random.js';

/** Seeded weights and one random picture for a network of any size. */
function randomCase(rows: number, columns: number, classes: number, seed: number, scale = 1) {
  const shape = { rows, columns, classes };
  const random = new Random(seed, 0);
  const parameters = Float64Array.from(
    { length: parameterCount(shape) },
    () => scale * (2 * random.uniform() - 1),
  );
  const x = Float64Array.from({ length: rows * columns }, () => random.uniform());
  const labels = oneHot(new Float64Array(classes), random.below(classes)) as Float64Array;
  return { shape, parameters, sample: { x, labels } };
}

describe('checkGradients', () => {
  it('passes every quantity of the derivation on networks of all sizes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        (rows, columns, classes, seed) => {
          const { shape, parameters, sample } = randomCase(rows, columns, classes, seed);
          const result = checkGradients(shape, parameters, sample);
          expect(result.map((row) => row.quantity)).toEqual([
            '∂L/∂y',
            '∂y/∂v',
            '∂L/∂v',
            'labels − y',
            '∂L/∂u',
            '∂L/∂b',
            '∂L/∂W',
            '∂L/∂x',
          ]);
          expect(result.filter((row) => !row.ok)).toEqual([]);
        },
      ),
      { seed: 20230307, numRuns: 60 },
    );
  });

  it("passes on MNIST's own size", () => {
    const { shape, parameters, sample } = randomCase(28, 28, 10, 11, 0.1);
    const result = checkGradients(shape, parameters, sample);
    expect(result.filter((row) => !row.ok)).toEqual([]);
    expect(result.find((row) => row.quantity === '∂L/∂W')?.shape).toEqual([10, 784]);
  });

  it('puts the weights and the picture back as they were', () => {
    const { shape, parameters, sample } = randomCase(3, 2, 3, 5);
    const before = [parameters.slice(), sample.x.slice()];
    checkGradients(shape, parameters, sample);
    expect([parameters, sample.x]).toEqual(before);
  });

  const mistakes: Record<string, [BackwardPass, string[]]> = {
    'a wrong sign in ∂L/∂v': [
      (gradient, a, labels, d) => {
        backwardInSteps(gradient, a, labels, d);
        for (let i = 0; i < d.dv.length; i++) d.dv[i]! *= -1;
      },
      ['∂L/∂v', '∂L/∂u', '∂L/∂x'],
    ],
    'a transposed ∂L/∂W': [
      (gradient, a, labels, d) => {
        backwardInSteps(gradient, a, labels, d);
        const copy = gradient.weight.slice();
        const [K, D] = [d.dv.length, a.u.length];
        for (let i = 0; i < K; i++)
          for (let j = 0; j < D; j++) gradient.weight[i * D + j] = copy[j * K + i]!;
      },
      ['∂L/∂W'],
    ],
    'a forgotten ∂L/∂b': [
      (gradient, a, labels, d) => {
        backwardInSteps(gradient, a, labels, d);
        gradient.bias.fill(0);
      },
      ['∂L/∂b'],
    ],
    'a NaN': [
      (gradient, a, labels, d) => {
        backwardInSteps(gradient, a, labels, d);
        gradient.bias[0] = Number.NaN;
      },
      ['∂L/∂b'],
    ],
  };

  it.each(Object.entries(mistakes))('finds %s, and only there', (_, [pass, wrong]) => {
    const { shape, parameters, sample } = randomCase(2, 3, 4, 9);
    const result = checkGradients(shape, parameters, sample, pass);
    expect(result.filter((row) => !row.ok).map((row) => row.quantity)).toEqual(wrong);
  });
});

describe('relativeError', () => {
  it("is the largest difference over the quantity's largest entry", () => {
    expect(relativeError(Float64Array.of(1, 10), Float64Array.of(1.5, 10))).toBe(0.05);
  });

  it('is infinite where either side is not a number', () => {
    expect(relativeError(Float64Array.of(Number.NaN), Float64Array.of(1))).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});
