import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Derivation, derive } from '../src/derivation.js';
import { checkGradients, relativeError } from '../src/gradient-check.js';
import { FORMULAS } from '../src/layers/index.js';
import { oneHot } from '../src/layers/log-likelihood.js';
import { parameterCount, parametersOf } from '../src/network.js';
import { Random } from '../src/random.js';

/** Seeded weights and one random picture for a network of any size. */
function randomCase(rows: number, columns: number, classes: number, seed: number, scale = 1) {
  const shape = { rows, columns, classes };
  const random = new Random(seed, 0);
  const parameters = Float64Array.from(
    { length: parameterCount(shape) },
    () => scale * (2 * random.uniform() - 1),
  );
  const values = Float64Array.from({ length: rows * columns }, () => random.uniform());
  const labels = oneHot(new Float64Array(classes), random.below(classes));
  return { shape, parameters, sample: { x: { rows, columns, values }, labels } };
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
    const before = [parameters.slice(), sample.x.values.slice()];
    checkGradients(shape, parameters, sample);
    expect([parameters, sample.x.values]).toEqual(before);
  });

  /** Fields of a right derivation, spoiled. */
  const mistakes: Record<string, [(right: Derivation) => Partial<Derivation>, string[]]> = {
    'a wrong sign in ∂L/∂v': [
      ({ dL_dv, dL_dv_by_jacobian }) => ({
        dL_dv: dL_dv.map((value) => -value),
        dL_dv_by_jacobian: dL_dv_by_jacobian.map((value) => -value),
      }),
      ['∂L/∂v', 'labels − y'],
    ],
    'a Jacobian without what is off the diagonal': [
      ({ dy_dv, y }) => ({
        dy_dv: dy_dv.map((value, p) => (p % (y.length + 1) === 0 ? value : 0)),
      }),
      ['∂y/∂v'],
    ],
    'a transposed ∂L/∂W': [
      ({ dL_dW, u, v }) => ({
        dL_dW: dL_dW.map((_, p) => dL_dW[(p % u.length) * v.length + Math.floor(p / u.length)]!),
      }),
      ['∂L/∂W'],
    ],
    'a forgotten ∂L/∂b': [({ dL_db }) => ({ dL_db: dL_db.map(() => 0) }), ['∂L/∂b']],
    'a NaN': [({ dL_db }) => ({ dL_db: dL_db.with(0, Number.NaN) }), ['∂L/∂b']],
    'a picture turned over': [
      ({ dL_dx }) => ({ dL_dx: { ...dL_dx, values: dL_dx.values.toReversed() } }),
      ['∂L/∂x'],
    ],
  };

  it.each(Object.entries(mistakes))('finds %s, and only there', (_, [spoiled, wrong]) => {
    const { shape, parameters, sample } = randomCase(2, 3, 4, 9);
    const right = derive(parametersOf(parameters, shape), sample.x, sample.labels);
    const result = checkGradients(shape, parameters, sample, { ...right, ...spoiled(right) });
    expect(result.filter((row) => !row.ok).map((row) => row.quantity)).toEqual(wrong);
  });

  it('finds a wrong formula in everything that is made of it', () => {
    const { shape, parameters, sample } = randomCase(2, 3, 4, 9);
    const derivation = derive(parametersOf(parameters, shape), sample.x, sample.labels, {
      ...FORMULAS,
      softmaxLogLikelihoodBackward: (dv, y, labels) => dv.set(y.map((yi, i) => yi - labels[i]!)),
    });
    const result = checkGradients(shape, parameters, sample, derivation);
    expect(result.filter((row) => !row.ok).map((row) => row.quantity)).toEqual([
      'labels − y',
      '∂L/∂u',
      '∂L/∂b',
      '∂L/∂W',
      '∂L/∂x',
    ]);
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
