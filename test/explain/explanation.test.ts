import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explain, largestEntries } from '../../src/explain/explanation.js';
import { mnist } from '../mnist.js';
import { distance, randomCase } from './cases.js';

const { LN2 } = Math;

describe('a case worked by hand: W = ln 2 · (2 0; 0 2), b = 0, x = (1, 1/2), label 1', () => {
  const shape = { rows: 1, columns: 2, classes: 2 };
  const x = { rows: 1, columns: 2, values: Float64Array.of(1, 0.5) };
  const parameters = [2 * LN2, 0, 0, 2 * LN2, 0, 0];
  const explanation = explain(shape, parameters, { x, label: 1 }, 0.5);
  const way = explanation.way!;

  it.each([
    ['v', explanation.v, [2 * LN2, LN2]],
    ['y', explanation.y, [2 / 3, 1 / 3]],
    ['∂y/∂v', explanation.dydv, [2 / 9, -2 / 9, -2 / 9, 2 / 9]],
    ['L', [way.L], [Math.log(1 / 3)]],
    ['∂L/∂y', way.dy, [0, 3]],
    ['∂L/∂v by the Jacobian', way.dvByJacobian, [-2 / 3, 2 / 3]],
    ['∂L/∂v as labels − y', way.dv, [-2 / 3, 2 / 3]],
    ['∂L/∂u', way.du, [(-4 / 3) * LN2, (4 / 3) * LN2]],
    ['∂L/∂b', way.db, [-2 / 3, 2 / 3]],
    ['∂L/∂W', way.dw, [-2 / 3, -1 / 3, 2 / 3, 1 / 3]],
    ['∂L/∂x', way.dx.values, [(-4 / 3) * LN2, (4 / 3) * LN2]],
  ])('%s', (_, found, expected) => {
    expect(distance(found, expected)).toBeLessThan(1e-14);
  });

  it('takes one step uphill', () => {
    const { lr, before, after, promised } = way.step;
    expect({ lr, before }).toEqual({ lr: 0.5, before: way.L });
    // |∂L/∂W|² = 2 (4/9 + 1/9), |∂L/∂b|² = 8/9; W and b move v by lr (u·u + 1) (labels − y).
    expect(promised).toBeCloseTo(0.5 * (10 / 9 + 8 / 9), 14);
    const v = [2 * LN2 - 0.75, LN2 + 0.75];
    expect(after).toBeCloseTo(v[1]! - Math.log(Math.exp(v[0]!) + Math.exp(v[1]!)), 13);
  });
});

describe('for every network', () => {
  it('all gradients agree with central differences, and a small step keeps its promise', () => {
    const side = fc.integer({ min: 1, max: 4 });
    const property = fc.property(
      side,
      side,
      fc.integer({ min: 2, max: 5 }),
      fc.nat(),
      (...sizes) => {
        const [rows, columns, classes, seed] = sizes;
        const shape = { rows, columns, classes };
        const { parameters, subject } = randomCase(shape, seed);
        const { way } = explain(shape, parameters, subject, 1e-4);
        expect(way!.check).toHaveLength(8);
        expect(way!.check.filter(({ ok }) => !ok)).toEqual([]);
        expect(way!.waysDiffer).toBeLessThan(1e-12);
        const { before, after, promised } = way!.step;
        expect(after).toBeGreaterThan(before);
        expect(Math.abs((after - before) / promised - 1)).toBeLessThan(0.01);
      },
    );
    fc.assert(property, { seed: 20230307, numRuns: 40 });
  });

  it('leaves parameters and picture as they were', () => {
    const shape = { rows: 2, columns: 2, classes: 3 };
    const { parameters, subject } = randomCase(shape, 3);
    const before = [parameters.slice(), subject.x.values.slice()];
    explain(shape, parameters, subject, 1);
    expect([parameters, subject.x.values]).toEqual(before);
  });

  it('has no way back without a label, and refuses one that is no class', () => {
    const shape = { rows: 2, columns: 2, classes: 3 };
    const { parameters, subject } = randomCase(shape, 4);
    const { way, y } = explain(shape, parameters, { ...subject, label: undefined }, 1);
    expect(way).toBeUndefined();
    expect(y.reduce((sum, value) => sum + value)).toBeCloseTo(1, 14);
    expect(() => explain(shape, parameters, { ...subject, label: 3 }, 1)).toThrow(RangeError);
  });

  it('goes on from labels − y where a probability underflows', () => {
    const shape = { rows: 1, columns: 1, classes: 2 };
    const x = { rows: 1, columns: 1, values: Float64Array.of(1) };
    const { y, way } = explain(shape, [2000, 0, 0, 0], { x, label: 1 }, 1e-3);
    expect([...y]).toEqual([1, 0]);
    expect(way!.L).toBe(-2000);
    expect(way!.dy[1]).toBe(Number.POSITIVE_INFINITY);
    expect(way!.waysDiffer).toBe(Number.POSITIVE_INFINITY);
    expect([way!.dv, way!.db, way!.dw].map((array) => [...array])).toEqual(Array(3).fill([-1, 1]));
    expect([...way!.du]).toEqual([-2000]);
    expect(way!.step.after).toBeGreaterThan(-2000);
  });

  it('does not check what would take minutes', () => {
    const shape = { rows: 60, columns: 60, classes: 10 };
    const { parameters, subject } = randomCase(shape, 5, 0.01);
    expect(explain(shape, parameters, subject, 1).way!.check).toEqual([]);
  });
});

describe.runIf(mnist)('the golden values of PyTorch', () => {
  const golden: {
    samples: ({ index: number; label: number; L: number } & Record<string, number[]>)[];
  } = JSON.parse(readFileSync(new URL('../fixtures/gradients.json', import.meta.url), 'utf8'));

  it.each(golden.samples.map((sample) => [sample.index, sample] as const))(
    'agree within 1e-9 on training image %i',
    (index, sample) => {
      const shape = { rows: 28, columns: 28, classes: 10 };
      const weights = Array.from({ length: 7840 }, (_, p) => {
        return 0.1 * Math.sin(0.37 * Math.floor(p / 784) + 0.11 * (p % 784));
      });
      const biases = Array.from({ length: 10 }, (_, i) => 0.1 * Math.cos(0.37 * i));
      const pixels = mnist!.train.pixels.subarray(784 * index, 784 * (index + 1));
      const x = { rows: 28, columns: 28, values: Float64Array.from(pixels, (p) => p / 255) };
      const subject = { x, label: sample.label };
      const { v, y, dydv, way } = explain(shape, [...weights, ...biases], subject, 0.01);
      const { L, dy, dv, du, db, dw, dx, check } = way!;
      const found = {
        ...{ v, y, dL_dy: dy, dy_dv: dydv, dL_dv: dv, dL_db: db, dL_dW: dw },
        dL_dx: dx.values,
      };
      for (const [quantity, values] of Object.entries(found)) {
        expect(distance(values, sample[quantity]!), quantity).toBeLessThan(1e-9);
      }
      expect(distance(du, sample.dL_dx!)).toBeLessThan(1e-9);
      expect(L).toBeCloseTo(sample.L, 10);
      expect(check.filter(({ ok }) => !ok)).toEqual([]);
    },
  );
});

it('largestEntries: by size, without zeros, with their places', () => {
  expect(largestEntries(Float64Array.of(0, -3, 1, 0, 2, -3), 3, 4)).toEqual([
    { row: 0, column: 1, value: -3 },
    { row: 1, column: 2, value: -3 },
    { row: 1, column: 1, value: 2 },
    { row: 0, column: 2, value: 1 },
  ]);
});
