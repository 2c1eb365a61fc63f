import { describe, expect, it } from 'vitest';
import { derive } from '../src/derivation.js';
import { sampleOf } from '../src/images.js';
import { parametersOf } from '../src/network.js';
import { afterStep, initialParameters, learningRates, sgdStep } from '../src/sgd.js';
import { sumOfSquares } from './sums.js';

describe('sgdStep', () => {
  const step = (momentum: number, weightDecay: number, velocity = Float64Array.of(3, 5)) => {
    const theta = Float64Array.of(1, -2);
    const rule = { learningRate: 0.5, momentum, weightDecay };
    sgdStep(theta, Float64Array.of(4, 8), velocity, 2, rule);
    return { theta: [...theta], velocity: [...velocity] };
  };

  it('goes up on L, by the mean over the batch', () => {
    expect(step(0, 0)).toEqual({ theta: [1 + 0.5 * 2, -2 + 0.5 * 4], velocity: [3, 5] });
  });

  it('decays weights: g = −(1/N) Σ ∂L/∂θ + λ θ', () => {
    expect(step(0, 0.1).theta).toEqual([1 - 0.5 * (-2 + 0.1), -2 - 0.5 * (-4 - 0.2)]);
  });

  it('keeps a velocity: μ velocity + g', () => {
    const velocity = [0.5 * 3 - 2, 0.5 * 5 - 4];
    const theta = [1 - 0.5 * velocity[0]!, -2 - 0.5 * velocity[1]!];
    expect(step(0.5, 0)).toEqual({ theta, velocity });
  });
});

describe('afterStep', () => {
  it('raises L and leaves the given parameters alone', () => {
    const shape = { rows: 2, columns: 2, classes: 3 };
    const given = parametersOf(new Float64Array(15), shape);
    const { x, labels } = sampleOf(Uint8Array.of(0, 255, 128, 0), 1, shape);
    const before = derive(given, x, labels);
    const after = afterStep(given, shape, before, 0.5);
    expect(derive(after, x, labels).L).toBeGreaterThan(before.L);
    const { weight, bias } = after.linear[0]!;
    expect(bias[1]).toBeCloseTo(0.5 * (1 - 1 / 3), 12);
    expect(weight[4 + 2]).toBeCloseTo(0.5 * (1 - 1 / 3) * (128 / 255), 12);
    expect(given.all.every((value) => value === 0)).toBe(true);
  });

  it('moves every layer of a network with hidden ones along its gradient', () => {
    const shape = { rows: 2, columns: 2, classes: 3, hidden: [4, 2] };
    const start = initialParameters(shape, { init: 'he', seed: 3 });
    const given = parametersOf(Float64Array.from(start), shape);
    const { x, labels } = sampleOf(Uint8Array.of(0, 255, 128, 0), 1, shape);
    const before = derive(given, x, labels);
    const after = afterStep(given, shape, before, 0.01);
    for (const [l, { dL_dW, dL_db }] of [...before.hidden, before].entries()) {
      const [from, to] = [given.linear[l]!, after.linear[l]!];
      for (const [p, g] of dL_dW.entries()) {
        expect(to.weight[p]).toBeCloseTo(from.weight[p]! + 0.01 * g, 14);
      }
      for (const [p, g] of dL_db.entries()) {
        expect(to.bias[p]).toBeCloseTo(from.bias[p]! + 0.01 * g, 14);
      }
    }
    expect(derive(after, x, labels).L).toBeGreaterThan(before.L);
  });
});

describe('learningRates', () => {
  const options = { learningRate: 2, epochs: 2 };

  it('is constant, falls linearly to 0, or follows half a cosine', () => {
    expect([...learningRates({ ...options, learningRateSchedule: 'constant' }, 0, 2)]).toEqual([
      2, 2,
    ]);
    expect([...learningRates({ ...options, learningRateSchedule: 'linear' }, 0, 2)]).toEqual([
      2, 1.5,
    ]);
    expect([...learningRates({ ...options, learningRateSchedule: 'linear' }, 2, 2)]).toEqual([
      1, 0.5,
    ]);
    const cosine = learningRates(
      { learningRate: 2, epochs: 1, learningRateSchedule: 'cosine' },
      0,
      1000,
    );
    for (const [t, rate] of cosine.entries()) {
      expect(rate).toBeCloseTo(1 + Math.cos((Math.PI * t) / 1000), 11);
    }
  });
});

describe('initialParameters', () => {
  const shape = { rows: 28, columns: 28, classes: 10 };

  it('is all zero, or uniform in ±√(6/(D+K)) with zero biases', () => {
    expect(initialParameters(shape, { init: 'zeros', seed: 1 }).every((p) => p === 0)).toBe(true);
    const xavier = initialParameters(shape, { init: 'xavier', seed: 1 });
    const { weight, bias } = parametersOf(xavier, shape).linear[0]!;
    const bound = Math.sqrt(6 / 794);
    expect(bias.every((value) => value === 0)).toBe(true);
    expect(Math.max(...weight.map(Math.abs))).toBeLessThanOrEqual(bound);
    const variance = sumOfSquares(weight) / weight.length;
    expect(variance / (bound ** 2 / 3)).toBeCloseTo(1, 1);
  });
});
