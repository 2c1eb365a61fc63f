import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWorksheet } from '../../src/explain/create-worksheet.js';
import {
  type Answer,
  type AnswerName,
  answerNames,
  answersOf,
  inWords,
  labelsOf,
  type Worksheet,
} from '../../src/explain/worksheet.js';
import { centralDifference } from '../../src/gradient-check.js';
import { distance } from './cases.js';

const sizes = fc.record({
  classes: fc.integer({ min: 2, max: 5 }),
  inputs: fc.integer({ min: 2, max: 9 }),
});
const seeds = fc.nat(2 ** 32 - 1);
const seeded = { seed: 20230307, numRuns: 60 };

/** The key of a sheet; asking for a name that it has not fails. */
function keyOf(sheet: Worksheet): (name: AnswerName) => Answer {
  const answers = answersOf(sheet);
  return (name) => answers[name] ?? expect.fail(`no ${name} on this sheet`);
}

/** L of picture `n` straight from the definition, with none of the program's layers. */
function lossOf({ shape, pictures }: Worksheet, n: 0 | 1) {
  const K = shape.classes;
  const D = shape.rows * shape.columns;
  return (theta: ArrayLike<number>, u: ArrayLike<number>): number => {
    const scores = Array.from({ length: K }, (_, i) => {
      let v = theta[K * D + i]!;
      for (let j = 0; j < D; j++) v += theta[i * D + j]! * u[j]!;
      return v;
    });
    const sum = scores.reduce((total, v) => total + Math.exp(v), 0);
    return scores[pictures[n].label]! - Math.log(sum);
  };
}

describe('a worksheet', () => {
  it('is the same for the same seed and size, and another for another seed', () => {
    const size = { classes: 3, inputs: 4 };
    expect(createWorksheet(7, size)).toEqual(createWorksheet(7, size));
    const sheets = Array.from({ length: 50 }, (_, seed) => createWorksheet(seed, size));
    const different = new Set(sheets.map(({ M, c, pictures }) => JSON.stringify([M, c, pictures])));
    expect(different.size).toBe(50);
  });

  it('varies: of 30 sheets at least 20 have a y of their own', () => {
    const size = { classes: 3, inputs: 4 };
    const all = Array.from({ length: 30 }, (_, n) => answersOf(createWorksheet(n + 1, size)).y!);
    expect(new Set(all.map(({ values }) => values.join())).size).toBeGreaterThanOrEqual(20);
  });

  it('has numbers for pen and paper', () => {
    const property = fc.property(seeds, sizes, (seed, size) => {
      const sheet = createWorksheet(seed, size);
      const { shape, M, c, pictures } = sheet;
      expect(shape.rows * shape.columns).toBe(size.inputs);
      for (const m of [...M, ...c]) expect([-2, -1, 0, 1, 2]).toContain(m);
      for (const { x, label } of pictures) {
        for (const value of x.values) expect([0, 0.5, 1]).toContain(value);
        expect(label).toBeLessThan(size.classes);
      }
      const key = keyOf(sheet);
      const [v, y, dL_dW] = [key('v'), key('y'), key('dL_dW')];
      for (const value of v.values) expect([0, 1, 2, 3, 4]).toContain(Math.round(value / Math.LN2));
      for (const value of v.values) {
        expect(Math.abs(value / Math.LN2 - Math.round(value / Math.LN2))).toBeLessThan(1e-12);
      }
      // All are fractions, so that the key needs no decimals.
      for (const value of y.values) expect(inWords(value, y)).toMatch(/^\d+\/\d+$/);
      for (const value of dL_dW.values) expect(inWords(value, dL_dW)).toMatch(/^-?\d+(\/\d+)?$/);
    });
    fc.assert(property, seeded);
  });

  it('has a key that central differences of the bare definition confirm', () => {
    const property = fc.property(seeds, sizes, (seed, size) => {
      const sheet = createWorksheet(seed, size);
      const key = keyOf(sheet);
      const theta = sheet.parameters.all.slice();
      const gradients = sheet.pictures.map(({ x }, n) => {
        const u = Float64Array.from(x.values);
        const L = () => lossOf(sheet, n as 0 | 1)(theta, u);
        const byTheta = theta.map((_, p) => centralDifference(L, theta, p));
        return { L: L(), byTheta, byU: u.map((_, j) => centralDifference(L, u, j)) };
      });
      const [first, second] = gradients;
      const weights = size.classes * size.inputs;
      const db = gradients.map(({ byTheta }) => byTheta.subarray(weights));
      expect(distance(key('L').values, [first!.L])).toBeLessThan(1e-12);
      expect(distance(key('dL_dW').values, first!.byTheta.subarray(0, weights))).toBeLessThan(1e-9);
      expect(distance(key('dL_db').values, db[0]!)).toBeLessThan(1e-9);
      expect(distance(key('dL_du').values, first!.byU)).toBeLessThan(1e-9);
      expect(distance(key('dL_dx').values, first!.byU)).toBeLessThan(1e-9);
      const mean = db[0]!.map((g, i) => (g + second!.byTheta[weights + i]!) / 2);
      expect(distance(key('batch_dL_db').values, mean)).toBeLessThan(1e-9);
      const moved = mean.map((g, i) => theta[weights + i]! + sheet.lr * g);
      expect(distance(key('new_b').values, moved)).toBeLessThan(1e-9);
      const labels = labelsOf(sheet, sheet.pictures[0]);
      const [y, dL_dy, dL_dv, dy_dv] = [key('y'), key('dL_dy'), key('dL_dv'), key('dy_dv')];
      expect(distance(dL_dv.values, db[0]!)).toBeLessThan(1e-9);
      for (const [i, label] of labels.entries()) {
        expect(dL_dy.values[i]! * y.values[i]!).toBeCloseTo(label, 12);
        const row = dy_dv.values.subarray(i * size.classes, (i + 1) * size.classes);
        expect(row.reduce((sum, value) => sum + value)).toBeCloseTo(0, 12);
      }
    });
    fc.assert(property, { ...seeded, numRuns: 30 });
  });

  it('asks for everything in the order of the seminar', () => {
    expect(answerNames(0).slice(0, 11)).toEqual(
      'u v y L dL_dy dy_dv dL_dv dL_du dL_db dL_dW dL_dx'.split(' '),
    );
  });
});

describe('a worksheet with a hidden layer', () => {
  const deepSizes = fc.record({
    classes: fc.integer({ min: 2, max: 5 }),
    inputs: fc.integer({ min: 2, max: 9 }),
    hidden: fc.integer({ min: 2, max: 3 }),
  });

  /** L of the first picture straight from the definition. */
  function deepLoss({ shape, pictures }: Worksheet, H: number, theta: Float64Array): number {
    const u = pictures[0].x.values;
    const [K, D] = [shape.classes, u.length];
    const at = { b1: H * D, W2: H * D + H, b2: H * D + H + K * H };
    const h = Array.from({ length: H }, (_, i) => {
      let v = theta[at.b1 + i]!;
      for (let j = 0; j < D; j++) v += theta[i * D + j]! * u[j]!;
      return Math.max(0, v);
    });
    const scores = Array.from({ length: K }, (_, i) =>
      h.reduce((v, hj, j) => v + theta[at.W2 + i * H + j]! * hj, theta[at.b2 + i]!),
    );
    const sum = scores.reduce((total, v) => total + Math.exp(v), 0);
    return scores[pictures[0].label]! - Math.log(sum);
  }

  it('has whole v¹ and h¹, units on and off in both pictures, and exact fractions behind', () => {
    const property = fc.property(seeds, deepSizes, (seed, size) => {
      const sheet = createWorksheet(seed, size);
      expect(createWorksheet(seed, size)).toEqual(sheet);
      const key = keyOf(sheet);
      const v1 = [...key('v1').values];
      expect(v1.every((v) => Number.isInteger(v) && v !== 0)).toBe(true);
      expect(v1.some((v) => v > 0) && v1.some((v) => v < 0)).toBe(true);
      expect([...key('h1').values]).toEqual(v1.map((v) => Math.max(0, v)));
      // The mask keeps something back, so that a forgotten one shows.
      const kept = key('dL_dh1').values.filter((_, i) => v1[i]! < 0);
      expect(kept.some((dh) => Math.abs(dh) > 0.01)).toBe(true);
      for (const name of answerNames(1)) {
        const answer = key(name);
        if (name === 'L' || name === 'new_b2') continue;
        for (const value of answer.values) {
          expect(inWords(value, answer), name).toMatch(/^(-?\d+(\/\d+)?( ln 2)?|-?ln 2)$/);
        }
      }
    });
    fc.assert(property, seeded);
  });

  it('has a key that central differences of the bare definition confirm', () => {
    const property = fc.property(seeds, deepSizes, (seed, size) => {
      const sheet = createWorksheet(seed, size);
      const key = keyOf(sheet);
      const theta = sheet.parameters.all.slice();
      const L = () => deepLoss(sheet, size.hidden, theta);
      expect(key('L').values[0]).toBeCloseTo(L(), 12);
      const slopes = theta.map((_, p) => centralDifference(L, theta, p));
      const names = ['dL_dW1', 'dL_db1', 'dL_dW2', 'dL_db2'] as const;
      const found = names.flatMap((name) => [...key(name).values]);
      expect(distance(found, slopes)).toBeLessThan(1e-9);
      const u = sheet.pictures[0].x.values;
      const byU = u.map((_, j) => centralDifference(L, u, j));
      expect(distance(key('dL_du').values, byU)).toBeLessThan(1e-9);
    });
    fc.assert(property, { ...seeded, numRuns: 30 });
  });

  it('asks for everything in the order of the derivation, with the layers numbered', () => {
    expect(answerNames(1)).toEqual([
      ...[
        'u',
        'v1',
        'h1',
        'v2',
        'y',
        'L',
        'dL_dy',
        'dy_dv',
        'dL_dv2',
        'dL_dh1',
        'dL_db2',
        'dL_dW2',
      ],
      ...['dL_dv1', 'dL_du', 'dL_db1', 'dL_dW1', 'dL_dx', 'batch_dL_db2', 'new_b2'],
    ]);
  });
});

it('inWords: fractions in lowest terms, times ln 2, or four decimals', () => {
  const answer = { shape: [1], values: new Float64Array(1) };
  const fraction = { ...answer, denominator: 14, ln2: false };
  const logarithm = { ...answer, denominator: 14, ln2: true };
  expect([0.5, -3 / 7, 2, 0, 0.3].map((value) => inWords(value, fraction))).toEqual([
    '1/2',
    '-3/7',
    '2',
    '0',
    '0.3000',
  ]);
  expect([1, -1, 5 / 14, 0].map((n) => inWords(n * Math.LN2, logarithm))).toEqual([
    'ln 2',
    '-ln 2',
    '5/14 ln 2',
    '0',
  ]);
});
