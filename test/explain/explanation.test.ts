import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activeUnits, explain, largestEntries } from '../../src/explain/explanation.js';
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

  it('checks a network of any size, a large one by a sample', () => {
    const shape = { rows: 60, columns: 60, classes: 10 };
    const { parameters, subject } = randomCase(shape, 5, 0.01);
    const { check } = explain(shape, parameters, subject, 1).backward!;
    expect(check.filter(({ ok }) => !ok)).toEqual([]);
    expect(check.find(({ quantity }) => quantity === '∂L/∂W')).toMatchObject({
      entries: 200,
      directions: 10,
    });
  });
});

describe('with a hidden layer, by hand: W¹ = (2 0; 1 −4), W² = ln 2 · (1 0; 0 1), x = (1, 1/2), label 1', () => {
  const shape = { rows: 1, columns: 2, classes: 2, hidden: [2] };
  const x = { rows: 1, columns: 2, values: Float64Array.of(1, 0.5) };
  const parameters = [2, 0, 1, -4, 0, 0, LN2, 0, 0, LN2, 0, 0];
  const explanation = explain(shape, parameters, { x, label: 1 }, 0.5);
  const backward = explanation.backward!;
  const [hidden] = backward.hidden;

  it.each([
    ['v¹', hidden!.v, [2, -1]],
    ['h¹', hidden!.h, [2, 0]],
    ['v²', explanation.v, [2 * LN2, 0]],
    ['y', explanation.y, [4 / 5, 1 / 5]],
    ['∂L/∂v²', backward.dL_dv, [-4 / 5, 4 / 5]],
    ['∂L/∂b²', backward.dL_db, [-4 / 5, 4 / 5]],
    ['∂L/∂W²', backward.dL_dW, [-8 / 5, 0, 8 / 5, 0]],
    ['∂L/∂h¹', hidden!.dL_dh, [(-4 / 5) * LN2, (4 / 5) * LN2]],
    ['∂L/∂v¹', hidden!.dL_dv, [(-4 / 5) * LN2, 0]],
    ['∂L/∂b¹', hidden!.dL_db, [(-4 / 5) * LN2, 0]],
    ['∂L/∂W¹', hidden!.dL_dW, [(-4 / 5) * LN2, (-2 / 5) * LN2, 0, 0]],
    ['∂L/∂u', backward.dL_du, [(-8 / 5) * LN2, 0]],
  ])('%s', (_, found, expected) => {
    expect(distance(found, expected)).toBeLessThan(1e-14);
  });

  it('promises the rise of both layers together', () => {
    const last = 2 * (8 / 5) ** 2 + 2 * (4 / 5) ** 2;
    const first = ((4 / 5) ** 2 * 2 + (2 / 5) ** 2) * LN2 ** 2;
    expect(backward.step.promised).toBeCloseTo(0.5 * (first + last), 13);
  });
});

describe('for every network with hidden layers', () => {
  it('all gradients agree with central differences, and a small step keeps its promise', () => {
    const layers = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 });
    const property = fc.property(layers, fc.nat(), (hidden, seed) => {
      const shape = { rows: 3, columns: 2, classes: 4, hidden };
      const { parameters, subject } = randomCase(shape, seed);
      const explanation = explain(shape, parameters, subject, 1e-5);
      const { check, step } = explanation.backward!;
      expect(explanation.hidden.map(({ h }) => h.length)).toEqual(hidden);
      expect(check).toHaveLength(8 + 4 * hidden.length);
      expect(check.filter(({ ok }) => !ok)).toEqual([]);
      expect(Math.abs((step.after - step.before) / step.promised - 1)).toBeLessThan(0.01);
    });
    fc.assert(property, { seed: 20230307, numRuns: 40 });
  });
});

it('activeUnits: those that are on, the most active first', () => {
  expect(activeUnits(Float64Array.of(0, 3, 0.5, 0, 3, 7))).toEqual([5, 1, 4, 2]);
  expect(activeUnits(Float64Array.of(0, 0))).toEqual([]);
});

it('largestEntries: by size, without zeros, with their places', () => {
  expect(largestEntries(Float64Array.of(0, -3, 1, 0, 2, -3), 3, 4)).toEqual([
    { row: 0, column: 1, value: -3 },
    { row: 1, column: 2, value: -3 },
    { row: 1, column: 1, value: 2 },
    { row: 0, column: 2, value: 1 },
  ]);
  // As a sort of everything would have it.
  const matrix = Float64Array.from({ length: 1000 }, (_, p) => Math.round(20 * Math.sin(p * p)));
  const order = [...matrix.keys()].sort(
    (p, q) => Math.abs(matrix[q]!) - Math.abs(matrix[p]!) || p - q,
  );
  const found = largestEntries(matrix, 10, 50).map(({ row, column }) => row * 10 + column);
  expect(found).toEqual(order.slice(0, 50));
});
