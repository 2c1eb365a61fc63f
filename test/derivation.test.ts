import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { derive } from '../src/derivation.js';
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
import { QUANTITIES, quantitiesOf, quantityOf } from '../src/quantities.js';
import { distance, randomCase } from './explain/cases.js';

/** Largest |a − b|, relative to the largest |b|. */
function relativeDistance(actual: Float64Array, expected: readonly number[]): number {
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-12);
  return distance(actual, expected) / scale;
}

/** W_ij = sin(0.37 i + 0.11 j) / 10 and b_i = cos(0.37 i) / 10, as `scripts/golden.py` has them. */
function goldenParameters(shape: NetworkShape) {
  const theta = parametersOf(new Float64Array(parameterCount(shape)), shape);
  const { weight, bias } = theta.linear[0]!;
  for (let i = 0; i < 10; i++) {
    bias[i] = 0.1 * Math.cos(0.37 * i);
    for (let j = 0; j < 784; j++) weight[i * 784 + j] = 0.1 * Math.sin(0.37 * i + 0.11 * j);
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
    QUANTITIES.map((quantity) => [quantity.key, sample.index, sample, quantity] as const),
  );

  it.each(cases)(
    'agrees in %s on training image %i with PyTorch within 1e-10',
    (key, _, sample, quantity) => {
      const { x, labels } = sampleOf(Uint8Array.from(sample.pixels), sample.label, shape);
      const found = quantity.values(derive(goldenParameters(shape), x, labels));
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
  function both(scale: number, hidden: readonly number[] = []) {
    const classes = 4;
    const shape = { rows: 2, columns: 3, classes, hidden };
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
    expect(network.dtheta.linear).toEqual([{ weight: derivation.dL_dW, bias: derivation.dL_db }]);
    expect(network.dx).toEqual(derivation.dL_dx.values);
    expect(network.doutputs.slice(0, 2)).toEqual([derivation.dL_du, derivation.dL_dv]);
  });

  it.each([[[5]], [[5, 3]], [[1, 7, 2, 4]]])(
    'agree in every bit with hidden layers %j',
    (hidden) => {
      const { derivation, network, L, labels } = both(1, hidden);
      expect(L).toBe(derivation.L);
      expect(scoresOf(network)).toEqual(derivation.v);
      expect(probabilitiesOf(network)).toEqual(derivation.y);
      const { u, v, y } = derivation;
      const outputs = [u, ...derivation.hidden.flatMap(({ v, h }) => [v, h]), v, y];
      expect(network.outputs).toEqual(outputs);
      backwardToInput(network, labels);
      const layers = [...derivation.hidden, derivation];
      const gradients = layers.map(({ dL_dW, dL_db }) => ({ weight: dL_dW, bias: dL_db }));
      expect(network.dtheta.linear).toEqual(gradients);
      const byOutput = derivation.hidden.flatMap(({ dL_dv, dL_dh }) => [dL_dv, dL_dh]);
      const { dL_du, dL_dv, dL_dx } = derivation;
      expect(network.doutputs.slice(0, -1)).toEqual([dL_du, ...byOutput, dL_dv]);
      expect(network.dx).toEqual(dL_dx.values);
    },
  );

  it('training adds one picture to the next, and leaves ∂L/∂u alone, which nobody needs', () => {
    const { derivation, network, labels } = both(1);
    backward(network, labels);
    backward(network, labels);
    const { weight, bias } = network.dtheta.linear[0]!;
    expect(weight).toEqual(derivation.dL_dW.map((value) => 2 * value));
    expect(bias).toEqual(derivation.dL_db.map((value) => 2 * value));
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
  const picture = { rows: 2, columns: 3, classes: 4 };

  it('has a row for every quantity but the picture itself, each of the shape that it says', () => {
    const { parameters, subject } = randomCase(picture, 1);
    const labels = Float64Array.of(0, 0, 1, 0);
    const derivation = derive(parametersOf(parameters, picture), subject.x, labels);
    const keys = Object.keys(derivation).filter((key) => key !== 'x' && key !== 'hidden');
    expect(QUANTITIES.map(({ key }) => key).sort()).toEqual(keys.sort());
    for (const { key, shape: sides, values } of QUANTITIES) {
      const size = sides(picture).reduce((product, side) => product * side, 1);
      expect(values(derivation), key).toHaveLength(size);
    }
  });

  it('with hidden layers has a row for each array of the derivation, and numbers on the letters', () => {
    const shape = { ...picture, hidden: [5, 3] };
    const { parameters, subject } = randomCase(shape, 1);
    const labels = Float64Array.of(0, 0, 1, 0);
    const derivation = derive(parametersOf(parameters, shape), subject.x, labels);
    const rows = quantitiesOf(2);
    const found = rows.map(({ values }) => values(derivation)).filter(({ length }) => length > 1);
    const { x, hidden, L, dL_dx, ...own } = derivation;
    const arrays = [dL_dx.values, ...Object.values(own), ...hidden.flatMap(Object.values)];
    // ∂L/∂x is ∂L/∂u in another shape, the very same array.
    expect(new Set(found)).toEqual(new Set(arrays));
    expect(found).toHaveLength(arrays.length);
    for (const { sign, shape: sides, values } of rows) {
      const size = sides(shape).reduce((product, side) => product * side, 1);
      expect(values(derivation), sign).toHaveLength(size);
    }
    expect(rows.map(({ formula }) => formula)).toEqual([
      'u = reshape(x)',
      'v¹ = W¹ u + b¹',
      'h¹ = ReLU(v¹) = max(0, v¹)',
      'v² = W² h¹ + b²',
      'h² = ReLU(v²) = max(0, v²)',
      'v³ = W³ h² + b³',
      'y = softmax(v³)',
      'L = Σ labels_i log y_i',
      '∂L/∂y = labels / y',
      '∂y_i/∂v³_j = y_i (1[i = j] − y_j)',
      '∂L/∂v³ = (∂y/∂v³)ᵀ ∂L/∂y',
      '∂L/∂v³ = labels − y',
      '∂L/∂h² = W³ᵀ ∂L/∂v³',
      '∂L/∂b³ = ∂L/∂v³',
      '∂L/∂W³ = ∂L/∂v³ h²ᵀ',
      '∂L/∂v² = ∂L/∂h² ⊙ 1[v² > 0]',
      '∂L/∂h¹ = W²ᵀ ∂L/∂v²',
      '∂L/∂b² = ∂L/∂v²',
      '∂L/∂W² = ∂L/∂v² h¹ᵀ',
      '∂L/∂v¹ = ∂L/∂h¹ ⊙ 1[v¹ > 0]',
      '∂L/∂u = W¹ᵀ ∂L/∂v¹',
      '∂L/∂b¹ = ∂L/∂v¹',
      '∂L/∂W¹ = ∂L/∂v¹ uᵀ',
      '∂L/∂x = reshape⁻¹(∂L/∂u)',
    ]);
  });

  it('finds a row by its key', () => {
    expect(quantityOf('dL_dW')).toMatchObject({ sign: '∂L/∂W', formula: '∂L/∂W = ∂L/∂v uᵀ' });
  });
});
