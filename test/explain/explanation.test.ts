import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explain, largestEntries } from '../../src/explain/explanation.js';
import { distance, randomCase } from './cases.js';

const { LN2 } = Math;

describe('a case worked by hand: W = ln 2 · (2 0; 0 2), b = 0, x = (1, 1/2), label 1', () => {
  const shape = { rows: 1, columns: 2, classes: 2 };
  const x = { rows: 1, columns: 2, values: Float64Array.of(1, 0.5) };
  const parameters = [2 * LN2, 0, 0, 2 * LN2, 0, 0];
  const explanation = explain(shape, parameters, { x, label: 1 }, 0.5);
  const backward = explanation.backward!;

  it.each([
    ['v', explanation.v, [2 * LN2, LN2]],
    ['y', explanation.y, [2 / 3, 1 / 3]],
    ['∂y/∂v', explanation.dy_dv, [2 / 9, -2 / 9, -2 / 9, 2 / 9]],
    ['L', [backward.L], [Math.log(1 / 3)]],
    ['∂L/∂y', backward.dL_dy, [0, 3]],
    ['∂L/∂v by the Jacobian', backward.dL_dv_by_jacobian, [-2 / 3, 2 / 3]],
    ['∂L/∂v as labels − y', backward.dL_dv, [-2 / 3, 2 / 3]],
    ['∂L/∂u', backward.dL_du, [(-4 / 3) * LN2, (4 / 3) * LN2]],
    ['∂L/∂b', backward.dL_db, [-2 / 3, 2 / 3]],
    ['∂L/∂W', backward.dL_dW, [-2 / 3, -1 / 3, 2 / 3, 1 / 3]],
    ['∂L/∂x', backward.dL_dx.values, [(-4 / 3) * LN2, (4 / 3) * LN2]],
  ])('%s', (_, found, expected) => {
    expect(distance(found, expected)).toBeLessThan(1e-14);
  });

  it('takes one step uphill', () => {
    const { lr, before, after, promised } = backward.step;
    expect({ lr, before }).toEqual({ lr: 0.5, before: backward.L });
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
        const backward = explain(shape, parameters, subject, 1e-4).backward!;
        expect(backward.check).toHaveLength(8);
        expect(backward.check.filter(({ ok }) => !ok)).toEqual([]);
        expect(backward.disagreement).toBeLessThan(1e-12);
        const { before, after, promised } = backward.step;
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

  it('has no backward pass without a label, and refuses one that is no class', () => {
    const shape = { rows: 2, columns: 2, classes: 3 };
    const { parameters, subject } = randomCase(shape, 4);
    const { backward, y } = explain(shape, parameters, { ...subject, label: undefined }, 1);
    expect(backward).toBeUndefined();
    expect(y.reduce((sum, value) => sum + value)).toBeCloseTo(1, 14);
    expect(() => explain(shape, parameters, { ...subject, label: 3 }, 1)).toThrow(RangeError);
  });

  it('continues from labels − y where a probability underflows', () => {
    const shape = { rows: 1, columns: 1, classes: 2 };
    const x = { rows: 1, columns: 1, values: Float64Array.of(1) };
    const backward = explain(shape, [2000, 0, 0, 0], { x, label: 1 }, 1e-3).backward!;
    const { y, L, dL_dy, dL_dv, dL_db, dL_dW, dL_du, disagreement, step } = backward;
    expect([...y]).toEqual([1, 0]);
    expect(L).toBe(-2000);
    expect(dL_dy[1]).toBe(Number.POSITIVE_INFINITY);
    expect(disagreement).toBe(Number.POSITIVE_INFINITY);
    expect([dL_dv, dL_db, dL_dW].map((array) => [...array])).toEqual(Array(3).fill([-1, 1]));
    expect([...dL_du]).toEqual([-2000]);
    expect(step.after).toBeGreaterThan(-2000);
  });

  it('does not check what would take minutes', () => {
    const shape = { rows: 60, columns: 60, classes: 10 };
    const { parameters, subject } = randomCase(shape, 5, 0.01);
    expect(explain(shape, parameters, subject, 1).backward!.check).toEqual([]);
  });
});

it('largestEntries: by size, without zeros, with their places', () => {
  expect(largestEntries(Float64Array.of(0, -3, 1, 0, 2, -3), 3, 4)).toEqual([
    { row: 0, column: 1, value: -3 },
    { row: 1, column: 2, value: -3 },
    { row: 1, column: 1, value: 2 },
    { row: 0, column: 2, value: 1 },
  ]);
});
