import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Derivation, derive } from '../src/derivation.js';
import { checkGradients, relativeError } from '../src/gradient-check.js';
import { FORMULAS } from '../src/layers/index.js';
import { oneHot } from '../src/layers/log-likelihood.js';
import { parameterCount, parametersOf } from '../src/network.js';
import { Random } from '../src/random.js';

/** Seeded weights and one random picture for a network of any size. */
function randomCase(
  rows: number,
  columns: number,
  classes: number,
  seed: number,
  scale = 1,
  hidden: readonly number[] = [],
) {
  const shape = { rows, columns, classes, hidden };
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

  it('passes every quantity of networks with one to four hidden layers, entry by entry', () => {
    const side = fc.integer({ min: 1, max: 4 });
    const layers = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 });
    const property = fc.property(side, side, layers, fc.nat(), (rows, columns, hidden, seed) => {
      const { shape, parameters, sample } = randomCase(rows, columns, 3, seed, 1, hidden);
      const result = checkGradients(shape, parameters, sample);
      expect(result).toHaveLength(8 + 4 * hidden.length);
      expect(result.filter((row) => !row.ok)).toEqual([]);
      for (const { shape: sides, entries, directions, leftOut } of result) {
        const size = sides.reduce((product, length) => product * length, 1);
        expect({ entries: entries + leftOut, directions }).toEqual({
          entries: size,
          directions: 0,
        });
      }
    });
    fc.assert(property, { seed: 20230307, numRuns: 60 });
  });

  it('names each layer, from the last one back', () => {
    const { shape, parameters, sample } = randomCase(2, 3, 4, 9, 1, [5, 3]);
    const rows = checkGradients(shape, parameters, sample).map(
      ({ quantity, shape }) => `${quantity} ${shape.join('×')}`,
    );
    expect(rows).toEqual([
      ...['∂L/∂y 4', '∂y/∂v³ 4×4', '∂L/∂v³ 4', 'labels − y 4'],
      ...['∂L/∂h² 3', '∂L/∂b³ 4', '∂L/∂W³ 4×3', '∂L/∂v² 3'],
      ...['∂L/∂h¹ 5', '∂L/∂b² 3', '∂L/∂W² 3×5', '∂L/∂v¹ 5'],
      ...['∂L/∂u 6', '∂L/∂b¹ 5', '∂L/∂W¹ 5×6', '∂L/∂x 2×3'],
    ]);
  });

  describe('of large quantities takes a sample of entries and directions that move them all', () => {
    const { shape, parameters, sample } = randomCase(28, 28, 10, 11, 0.08, [16, 8]);
    const right = derive(parametersOf(parameters, shape), sample.x, sample.labels);
    const rowOf = (derivation: Derivation) =>
      checkGradients(shape, parameters, sample, derivation).find(
        ({ quantity }) => quantity === '∂L/∂W¹',
      )!;
    /** ∂L/∂W¹ spoiled. */
    const spoiled = (change: (dw: number, p: number) => number): Derivation => {
      const [first, ...others] = right.hidden;
      return { ...right, hidden: [{ ...first!, dL_dW: first!.dL_dW.map(change) }, ...others] };
    };

    it('and passes the right ones', () => {
      const result = checkGradients(shape, parameters, sample);
      expect(result.filter((row) => !row.ok)).toEqual([]);
      const sampled = result.filter(({ directions }) => directions > 0);
      expect(sampled.map(({ quantity }) => quantity)).toEqual(['∂L/∂W¹']);
      const { entries, directions, leftOut } = sampled[0]!;
      expect(entries + directions + leftOut).toBe(210);
      expect(entries).toBeGreaterThan(180);
      expect(directions).toBeGreaterThan(7);
      // The same sample every time.
      expect(checkGradients(shape, parameters, sample)).toEqual(result);
    });

    it('finds one wrong entry of 12,544, wherever it is', () => {
      // Far from each other; a sample of 200 would miss most of them.
      const active = right.hidden[0]!.dL_dv.findIndex((dv) => dv !== 0);
      for (const p of [0, 100, 12_543, active * 784 + 391]) {
        const { ok, error } = rowOf(spoiled((dw, q) => (q === p ? dw + 0.01 : dw)));
        expect({ p, ok }).toEqual({ p, ok: false });
        expect(error).toBeGreaterThan(1e-6);
      }
    });

    it('finds a transposed matrix and a wrong sign', () => {
      const { dL_dW } = right.hidden[0]!;
      expect(rowOf(spoiled((dw) => -dw)).error).toBeCloseTo(2, 6);
      const flipped = (_: number, p: number): number => dL_dW[(p % 16) * 784 + Math.floor(p / 16)]!;
      expect(rowOf(spoiled(flipped)).ok).toBe(false);
    });
  });

  describe("at ReLU's kink", () => {
    /** x = 1, one hidden unit with v¹ = `v`, two classes, W² = (1, −1). */
    const at = (v: number) => {
      const shape = { rows: 1, columns: 1, classes: 2, hidden: [1] };
      const parameters = Float64Array.of(v, 0, 1, -1, 0, 0);
      const x = { rows: 1, columns: 1, values: Float64Array.of(1) };
      const rows = checkGradients(shape, parameters, { x, labels: Float64Array.of(0, 1) });
      return (quantity: string) => rows.find((row) => row.quantity === quantity)!;
    };
    const moved = ['∂L/∂v¹', '∂L/∂u', '∂L/∂b¹', '∂L/∂W¹', '∂L/∂x'];

    it.each(moved)('%s: a difference that crosses it is taken with a smaller step', (quantity) => {
      // The usual step of 2 · 1e-3 would cross; off by half the slope there.
      const { ok, entries, leftOut } = at(1e-3)(quantity);
      // ∂L/∂u and ∂L/∂x move v¹ by W¹ = 1e-3 times the step: no crossing.
      expect({ ok, entries, leftOut }).toEqual({ ok: true, entries: 1, leftOut: 0 });
    });

    it('where each step crosses, is left out and counted', () => {
      for (const v of [1e-7, 0, -1e-7]) {
        for (const quantity of ['∂L/∂v¹', '∂L/∂b¹', '∂L/∂W¹']) {
          expect(at(v)(quantity)).toMatchObject({ ok: true, entries: 0, leftOut: 1 });
        }
        for (const quantity of ['∂L/∂h¹', '∂L/∂W²', '∂L/∂b²']) {
          expect(at(v)(quantity)).toMatchObject({ ok: true, leftOut: 0 });
        }
      }
    });

    it('a direction that crosses is left out too', () => {
      const { shape, parameters, sample } = randomCase(28, 28, 10, 11, 0.08, [16]);
      const { weight, bias } = parametersOf(parameters, shape).linear[0]!;
      // Unit 0 on the kink: v¹_0 = 0.
      weight.fill(0, 0, 784);
      bias[0] = 0;
      const rows = checkGradients(shape, parameters, sample);
      const row = rows.find(({ quantity }) => quantity === '∂L/∂W¹')!;
      expect(row).toMatchObject({ ok: true, directions: 0 });
      expect(row.leftOut).toBeGreaterThanOrEqual(10);
      expect(row.entries).toBeGreaterThan(150);
    });
  });

  it('finds a missing mask in everything below it, and only there', () => {
    const { shape, parameters, sample } = randomCase(3, 3, 4, 2, 1, [6, 5]);
    const theta = parametersOf(parameters, shape);
    const without = derive(theta, sample.x, sample.labels, {
      ...FORMULAS,
      reluBackward: (dv, dh) => dv.set(dh),
    });
    const result = checkGradients(shape, parameters, sample, without);
    expect(without.hidden.map(({ h }) => h.some((hi) => hi === 0))).toEqual([true, true]);
    expect(result.filter((row) => !row.ok).map((row) => row.quantity)).toEqual([
      ...['∂L/∂v²', '∂L/∂h¹', '∂L/∂b²', '∂L/∂W²'],
      ...['∂L/∂v¹', '∂L/∂u', '∂L/∂b¹', '∂L/∂W¹', '∂L/∂x'],
    ]);
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
