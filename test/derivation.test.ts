import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Derivation, derive, QUANTITIES, quantityOf } from '../src/derivation.js';
import { type Sample, sampleOf } from '../src/images.js';
import {
  backward,
  backwardToInput,
  createNetwork,
  forward,
  type NetworkShape,
  parameterCount,
  parametersOf,
  probabilitiesOf,
  scoresOf,
} from '../src/network.js';
import { distance, randomCase } from './explain/cases.js';

/** Largest |a − b|, relative to the largest |b|. */
function relativeDistance(actual: Float64Array, expected: readonly number[]): number {
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-12);
  return distance(actual, expected) / scale;
}

/** The numbers of a quantity, row by row. */
function numbers(derivation: Derivation, key: (typeof QUANTITIES)[number]['key']): Float64Array {
  if (key === 'L') return Float64Array.of(derivation.L);
  return key === 'dL_dx' ? derivation.dL_dx.values : derivation[key];
}

/** W_ij = sin(0.37 i + 0.11 j) / 10 and b_i = cos(0.37 i) / 10, as `scripts/golden.py` has them. */
function goldenParameters(shape: NetworkShape) {
  const theta = parametersOf(new Float64Array(parameterCount(shape)), shape);
  for (let i = 0; i < 10; i++) {
    theta.bias[i] = 0.1 * Math.cos(0.37 * i);
    for (let j = 0; j < 784; j++) theta.weight[i * 784 + j] = 0.1 * Math.sin(0.37 * i + 0.11 * j);
  }
  return theta;
}

interface Golden {
  readonly index: number;
  readonly label: number;
  readonly pixels: readonly number[];
  readonly L: number;
  readonly [quantity: string]: number | readonly number[];
}

describe('the derivation', () => {
  const shape = { rows: 28, columns: 28, classes: 10 };
  const golden: { readonly samples: readonly Golden[] } = JSON.parse(
    readFileSync(new URL('fixtures/gradients.json', import.meta.url), 'utf8'),
  );
  const cases = golden.samples.flatMap((sample) =>
    QUANTITIES.map(({ key }) => [key, sample.index, sample] as const),
  );

  it.each(cases)(
    'agrees in %s on training image %i with PyTorch within 1e-10',
    (key, _, sample) => {
      const { x, labels } = sampleOf(Uint8Array.from(sample.pixels), sample.label, shape);
      const found = numbers(derive(goldenParameters(shape), x, labels), key);
      // u is what x holds, and the product with the Jacobian is to give what labels − y gives.
      const name = { u: 'u', dL_dv_by_jacobian: 'dL_dv' }[key as string] ?? key;
      const expected = name === 'u' ? sample.pixels.map((pixel) => pixel / 255) : sample[name]!;
      const list = typeof expected === 'number' ? [expected] : expected;
      expect(relativeDistance(found, list)).toBeLessThanOrEqual(1e-10);
    },
  );
});

describe('the derivation and the network', () => {
  /** A 2×3 picture, 4 classes, seeded weights up to `scale`. */
  function both(scale: number, classes = 4) {
    const shape = { rows: 2, columns: 3, classes };
    const { parameters, subject } = randomCase(shape, 7, scale);
    const labels = new Float64Array(classes);
    labels[subject.label] = 1;
    const sample: Sample = { x: subject.x, labels };
    const network = createNetwork(shape, Float64Array);
    network.theta.all.set(parameters);
    network.x.set(sample.x.values);
    const L = forward(network, labels);
    return {
      derivation: derive(parametersOf(parameters, shape), sample.x, labels),
      network,
      L,
      labels,
    };
  }

  it.each([0.1, 1, 10, 100, 20_000])('agree in every bit, with weights up to %s', (scale) => {
    const { derivation, network, L, labels } = both(scale);
    expect(L).toBe(derivation.L);
    expect(scoresOf(network)).toEqual(derivation.v);
    expect(probabilitiesOf(network)).toEqual(derivation.y);
    backwardToInput(network, labels);
    expect(network.dtheta.weight).toEqual(derivation.dL_dW);
    expect(network.dtheta.bias).toEqual(derivation.dL_db);
    expect(network.dx).toEqual(derivation.dL_dx.values);
    expect(network.doutputs.slice(0, 2)).toEqual([derivation.dL_du, derivation.dL_dv]);
  });

  it('training adds one picture to the next, and leaves ∂L/∂u alone, which nobody needs', () => {
    const { derivation, network, labels } = both(1);
    backward(network, labels);
    backward(network, labels);
    expect(network.dtheta.weight).toEqual(derivation.dL_dW.map((value) => 2 * value));
    expect(network.dtheta.bias).toEqual(derivation.dL_db.map((value) => 2 * value));
    expect(network.dx.every((value) => value === 0)).toBe(true);
    expect(network.doutputs[0]!.every((value) => value === 0)).toBe(true);
  });
});

describe('∂L/∂v both ways', () => {
  const shape = { rows: 1, columns: 1, classes: 2 };
  const x = { rows: 1, columns: 1, values: Float64Array.of(1) };
  const derived = (w: number) =>
    derive(parametersOf(Float64Array.of(w, 0, 0, 0), shape), x, Float64Array.of(0, 1));

  it('agree where no probability underflows', () => {
    for (const w of [0.1, 1, 10, 100, 700]) {
      const { y, dL_dv, dL_dv_by_jacobian } = derived(w);
      expect(Math.min(...y)).toBeGreaterThan(0);
      expect(distance(dL_dv_by_jacobian, dL_dv)).toBeLessThan(1e-12);
    }
  });

  it('part where the right class underflows: labels / y is infinite, labels − y is right', () => {
    const { L, y, dL_dy, dL_dv, dL_dv_by_jacobian, dL_dW } = derived(2000);
    expect([...y]).toEqual([1, 0]);
    expect(L).toBe(-2000);
    expect(dL_dy[1]).toBe(Number.POSITIVE_INFINITY);
    expect(dL_dv_by_jacobian.every(Number.isNaN)).toBe(true);
    expect([...dL_dv]).toEqual([-1, 1]);
    expect([...dL_dW]).toEqual([-1, 1]);
  });
});

describe('the table of quantities', () => {
  it('has a row for every quantity but the picture itself, each of the shape that it says', () => {
    const shape = { rows: 2, columns: 3, classes: 4 };
    const { parameters, subject } = randomCase(shape, 1);
    const labels = Float64Array.of(0, 0, 1, 0);
    const derivation = derive(parametersOf(parameters, shape), subject.x, labels);
    const keys = Object.keys(derivation).filter((key) => key !== 'x');
    expect(QUANTITIES.map(({ key }) => key).sort()).toEqual(keys.sort());
    for (const { key, shape: sides } of QUANTITIES) {
      const size = sides(shape).reduce((product, side) => product * side, 1);
      expect(numbers(derivation, key), key).toHaveLength(size);
    }
  });

  it('finds a row by its key', () => {
    expect(quantityOf('dL_dW')).toMatchObject({ sign: '∂L/∂W', formula: '∂L/∂W = ∂L/∂v uᵀ' });
  });
});
