import { describe, expect, it } from 'vitest';
import {
  linearBackwardBias,
  linearBackwardInput,
  linearBackwardWeight,
  linearForward,
} from '../../src/layers/linear.js';
import {
  logLikelihoodBackward,
  logLikelihoodForward,
  softmaxLogLikelihoodBackward,
  softmaxLogLikelihoodForward,
} from '../../src/layers/log-likelihood.js';
import { reluBackward, reluForward, reluJacobian } from '../../src/layers/relu.js';
import { reshapeBackward, reshapeForward } from '../../src/layers/reshape.js';
import {
  logSumExp,
  softmaxBackward,
  softmaxForward,
  softmaxJacobian,
} from '../../src/layers/softmax.js';

// Worked by hand: W is 2×3, so every product can be followed on paper.
const W = Float64Array.of(1, 2, 3, -1, 0.5, 4);
const u = Float64Array.of(2, -1, 0.5);
const b = Float64Array.of(0.5, -2);

describe('reshape', () => {
  const x = { rows: 2, columns: 3, values: Float64Array.of(1, 2, 3, 4, 5, 6) };

  it('reads the picture row by row, without a copy', () => {
    expect(reshapeForward(x)).toBe(x.values);
  });

  it('gives ∂L/∂u back the shape of x, without a copy', () => {
    const du = new Float64Array(6);
    const dx = reshapeBackward(du, 2, 3);
    expect(dx).toEqual({ rows: 2, columns: 3, values: du });
    expect(dx.values).toBe(du);
  });
});

describe('linear', () => {
  it('computes v = W u + b', () => {
    const v = new Float64Array(2);
    linearForward(v, u, W, b);
    expect([...v]).toEqual([1 * 2 + 2 * -1 + 3 * 0.5 + 0.5, -1 * 2 + 0.5 * -1 + 4 * 0.5 - 2]);
  });

  it('computes ∂L/∂u = Wᵀ ∂L/∂v', () => {
    const du = Float64Array.of(9, 9, 9);
    linearBackwardInput(du, Float64Array.of(10, 100), W);
    expect([...du]).toEqual([10 * 1 + 100 * -1, 10 * 2 + 100 * 0.5, 10 * 3 + 100 * 4]);
  });

  it('adds ∂L/∂b = ∂L/∂v to the batch', () => {
    const db = Float64Array.of(1, 1);
    linearBackwardBias(db, Float64Array.of(10, 100));
    expect([...db]).toEqual([11, 101]);
  });

  it('adds ∂L/∂W = ∂L/∂v uᵀ to the batch', () => {
    const dw = new Float64Array(6).fill(1);
    linearBackwardWeight(dw, Float64Array.of(10, 100), u);
    expect([...dw]).toEqual([21, -9, 6, 201, -99, 51]);
  });
});

describe('ReLU', () => {
  const v = Float64Array.of(2, -3, 0, 0.5);

  it('gives max(0, v_i)', () => {
    const h = new Float64Array(4).fill(9);
    reluForward(h, v);
    expect([...h]).toEqual([2, 0, 0, 0.5]);
  });

  it('gives 0, not −0, for −0', () => {
    const h = new Float64Array(1);
    reluForward(h, Float64Array.of(-0));
    expect(Object.is(h[0], 0)).toBe(true);
  });

  it('passes a NaN on instead of hiding it behind a 0, and infinities as they are', () => {
    const h = new Float64Array(3);
    reluForward(h, Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY));
    expect([...h]).toEqual([Number.NaN, Number.POSITIVE_INFINITY, 0]);
  });

  it('has the Jacobian 1[i = j] 1[v_i > 0], 0 at the kink', () => {
    const dhdv = new Float64Array(16).fill(9);
    reluJacobian(dhdv, v);
    // biome-ignore format: a matrix
    expect([...dhdv]).toEqual([
      1, 0, 0, 0,
      0, 0, 0, 0,
      0, 0, 0, 0,
      0, 0, 0, 1,
    ]);
  });

  it("masks ∂L/∂h by v > 0: the Jacobian's product, at the kink 0", () => {
    const dh = Float64Array.of(10, 100, 1000, -7);
    const dv = new Float64Array(4).fill(9);
    reluBackward(dv, dh, v);
    expect([...dv]).toEqual([10, 0, 0, -7]);
    const dhdv = new Float64Array(16);
    reluJacobian(dhdv, v);
    const product = new Float64Array(4);
    softmaxBackward(product, dhdv, dh);
    expect([...dv]).toEqual([...product]);
  });

  it('may write ∂L/∂v over ∂L/∂h', () => {
    const d = Float64Array.of(10, 100, 1000, -7);
    reluBackward(d, d, v);
    expect([...d]).toEqual([10, 0, 0, -7]);
  });
});

describe('softmax', () => {
  it('gives exp(v_i) / Σ exp(v_k)', () => {
    const y = new Float64Array(3);
    softmaxForward(y, Float64Array.of(Math.log(1), Math.log(2), Math.log(5)));
    expect(y[0]).toBeCloseTo(1 / 8, 15);
    expect(y[1]).toBeCloseTo(2 / 8, 15);
    expect(y[2]).toBeCloseTo(5 / 8, 15);
  });

  it('survives scores whose exponentials overflow and underflow', () => {
    const y = new Float64Array(3);
    softmaxForward(y, Float64Array.of(1000, 1000, -1000));
    expect([...y]).toEqual([0.5, 0.5, 0]);
    expect(logSumExp(Float64Array.of(1000, 1000, -1000))).toBeCloseTo(1000 + Math.log(2), 12);
    expect(logSumExp(Float64Array.of(-1000, -1000))).toBeCloseTo(-1000 + Math.log(2), 12);
  });

  it('passes a NaN on instead of hiding it behind the maximum', () => {
    expect(logSumExp(Float64Array.of(1, Number.NaN, 2))).toBeNaN();
    expect(logSumExp(Float64Array.of(Number.NaN, 1))).toBeNaN();
  });

  it('has the Jacobian y_i (1[i = j] − y_j)', () => {
    const dydv = new Float64Array(4);
    softmaxJacobian(dydv, Float64Array.of(0.25, 0.75));
    expect([...dydv]).toEqual([0.1875, -0.1875, -0.1875, 0.1875]);
  });

  it('multiplies by the transposed Jacobian', () => {
    const dv = new Float64Array(2);
    // Not a softmax's Jacobian, which is symmetric and would hide a missing transposition.
    softmaxBackward(dv, Float64Array.of(1, 2, 3, 4), Float64Array.of(10, 100));
    expect([...dv]).toEqual([310, 420]);
  });
});

describe('log-likelihood', () => {
  const labels = Float64Array.of(0, 1);

  it('is Σ labels_i log y_i, never above 0', () => {
    expect(logLikelihoodForward(Float64Array.of(0.75, 0.25), labels)).toBe(Math.log(0.25));
    expect(logLikelihoodForward(Float64Array.of(0, 1), labels)).toBe(0);
  });

  it('has the derivative labels_i / y_i', () => {
    const dy = new Float64Array(2);
    logLikelihoodBackward(dy, Float64Array.of(0.75, 0.25), labels);
    expect([...dy]).toEqual([0, 4]);
  });

  it('gives the same number from the scores as from the probabilities', () => {
    const v = Float64Array.of(0.3, -1.2);
    const y = new Float64Array(2);
    softmaxForward(y, v);
    expect(softmaxLogLikelihoodForward(v, labels)).toBeCloseTo(logLikelihoodForward(y, labels), 14);
  });

  it('stays finite from the scores where the probability underflows', () => {
    const v = Float64Array.of(1000, -1000);
    const y = new Float64Array(2);
    softmaxForward(y, v);
    expect(logLikelihoodForward(y, labels)).toBe(Number.NEGATIVE_INFINITY);
    expect(softmaxLogLikelihoodForward(v, labels)).toBe(-2000);
  });

  it('fuses both backward steps into labels − y', () => {
    const dv = new Float64Array(2);
    softmaxLogLikelihoodBackward(dv, Float64Array.of(0.75, 0.25), labels);
    expect([...dv]).toEqual([-0.75, 0.75]);
  });
});
