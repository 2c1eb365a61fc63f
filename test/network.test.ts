import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  backward,
  backwardInput,
  backwardInSteps,
  createActivationGradients,
  createActivations,
  forward,
  oneHot,
  parameterCount,
  parametersOf,
} from '../src/network.js';
import { Random } from '../src/random.js';
import { mnist } from './mnist.js';

interface Golden {
  index: number;
  label: number;
  L: number;
  [quantity: string]: number | number[];
}

const golden: { samples: Golden[] } = JSON.parse(
  readFileSync(new URL('fixtures/gradients.json', import.meta.url), 'utf8'),
);
const shape = { rows: 28, columns: 28, classes: 10 };

/** Largest |a − b|, relative to the largest |b|. */
function distance(actual: ArrayLike<number>, expected: number[]): number {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(...expected.map(Math.abs), 1e-12);
  return Math.max(...expected.map((e, i) => Math.abs(actual[i]! - e))) / scale;
}

describe('the derivation, against PyTorch autograd in double precision', () => {
  const theta = parametersOf(new Float64Array(parameterCount(shape)), shape);
  for (let i = 0; i < 10; i++) {
    theta.bias[i] = 0.1 * Math.cos(0.37 * i);
    for (let j = 0; j < 784; j++) theta.weight[i * 784 + j] = 0.1 * Math.sin(0.37 * i + 0.11 * j);
  }
  for (const sample of golden.samples) {
    describe.runIf(mnist)(`training image ${sample.index}`, () => {
      const pixels = mnist?.train.pixels.subarray(sample.index * 784, (sample.index + 1) * 784);
      const x = { rows: 28, columns: 28, values: Float64Array.from(pixels ?? [], (p) => p / 255) };
      const labels = oneHot(new Float64Array(10), sample.label);
      const a = createActivations(shape, Float64Array);
      const d = createActivationGradients(shape, Float64Array);
      const gradient = parametersOf(new Float64Array(parameterCount(shape)), shape);
      const L = pixels ? forward(theta, x, labels, a) : 0;
      if (pixels) backwardInSteps(gradient, a, labels, d);
      const dx = backwardInput(theta, shape, d);

      it.each([
        ['v', a.v],
        ['y', a.y],
        ['dL_dy', d.dy],
        ['dy_dv', d.dydv],
        ['dL_dv', d.dv],
        ['dL_du', d.du],
        ['dL_db', gradient.bias],
        ['dL_dW', gradient.weight],
        ['dL_dx', dx.values],
      ])('agrees in %s within 1e-10', (quantity, actual) => {
        const expected = sample[quantity] ?? (quantity === 'dL_du' ? sample.dL_dx : undefined);
        expect(distance(actual, expected as number[])).toBeLessThanOrEqual(1e-10);
      });

      it('agrees in L within 1e-10, and belongs to the label', () => {
        expect(Math.abs(L - sample.L)).toBeLessThanOrEqual(1e-10);
        expect(mnist?.train.labels[sample.index]).toBe(sample.label);
      });
    });
  }
});

describe('the two ways backward', () => {
  /** A 2×3 picture, 4 classes, seeded weights times `scale`. */
  function bothWays(scale: number) {
    const small = { rows: 2, columns: 3, classes: 4 };
    const random = new Random(7, 0);
    const all = Float64Array.from(
      { length: parameterCount(small) },
      () => scale * (random.uniform() - 0.5),
    );
    const x = {
      rows: 2,
      columns: 3,
      values: Float64Array.from({ length: 6 }, () => random.uniform()),
    };
    const labels = oneHot(new Float64Array(4), 2);
    const a = createActivations(small, Float64Array);
    const L = forward(parametersOf(all, small), x, labels, a);
    const results = [backward, backwardInSteps].map((pass) => {
      const gradient = new Float64Array(parameterCount(small));
      pass(
        parametersOf(gradient, small),
        a,
        labels,
        createActivationGradients(small, Float64Array),
      );
      return gradient;
    });
    return { L, y: a.y, fused: results[0]!, steps: results[1]! };
  }

  it('agree where no probability underflows', () => {
    for (const scale of [0.1, 1, 10, 100]) {
      const { y, fused, steps } = bothWays(scale);
      expect(Math.min(...y)).toBeGreaterThan(0);
      for (const [p, value] of fused.entries()) expect(steps[p]).toBeCloseTo(value, 12);
    }
  });

  it('part where the right class underflows: labels / y is infinite, labels − y is right', () => {
    const { L, y, fused, steps } = bothWays(20_000);
    expect(y[2]).toBe(0);
    expect(L).toBeLessThan(-745);
    expect(L).toBeGreaterThan(Number.NEGATIVE_INFINITY);
    expect(fused.every(Number.isFinite)).toBe(true);
    expect(steps.some(Number.isNaN)).toBe(true);
  });
});

describe('parametersOf', () => {
  it('views W and b without a copy', () => {
    const all = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const { weight, bias } = parametersOf(all, { rows: 1, columns: 3, classes: 2 });
    expect([...weight]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...bias]).toEqual([7, 8]);
    expect(weight.buffer).toBe(all.buffer);
  });

  it('rejects an array of the wrong length, saying both', () => {
    expect(() => parametersOf(new Float32Array(7), { rows: 1, columns: 3, classes: 2 })).toThrow(
      'expected 8 numbers, got 7',
    );
  });
});
