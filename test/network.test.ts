import { describe, expect, it } from 'vitest';
import { createNetwork, inputsOf, layersOf, parameterCount, parametersOf } from '../src/network.js';

describe('the chain', () => {
  const shape = { rows: 2, columns: 3, classes: 4 };

  it('is Reshape, Linear, Softmax, each taking what the one before gives', () => {
    const layers = layersOf(shape);
    expect(layers.map(({ type }) => type)).toEqual(['reshape', 'linear', 'softmax']);
    let numbers = inputsOf(shape);
    for (const { inputs, outputs } of layers) {
      expect(inputs).toBe(numbers);
      numbers = outputs;
    }
    expect(numbers).toBe(shape.classes);
  });

  it('has K·D + K parameters, all 0 in a new network', () => {
    expect(parameterCount(shape)).toBe(4 * 6 + 4);
    const { theta, dtheta } = createNetwork(shape, Float32Array);
    expect([...theta.all, ...dtheta.all]).toEqual(Array(2 * 28).fill(0));
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
