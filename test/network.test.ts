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

  it('has Linear and ReLU for each hidden layer', () => {
    const layers = layersOf({ ...shape, hidden: [5, 2] });
    expect(layers.map(({ type, inputs, outputs }) => `${type} ${inputs} ${outputs}`)).toEqual([
      'reshape 6 6',
      ...['linear 6 5', 'relu 5 5', 'linear 5 2', 'relu 2 2'],
      ...['linear 2 4', 'softmax 4 4'],
    ]);
    expect(parameterCount({ ...shape, hidden: [5, 2] })).toBe(5 * 6 + 5 + 2 * 5 + 2 + 4 * 2 + 4);
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
    const { linear } = parametersOf(all, { rows: 1, columns: 3, classes: 2 });
    const { weight, bias } = linear[0]!;
    expect(linear).toHaveLength(1);
    expect([...weight]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...bias]).toEqual([7, 8]);
    expect(weight.buffer).toBe(all.buffer);
  });

  it('views W¹, b¹, W², b² one behind the other', () => {
    const all = Float32Array.from({ length: 13 }, (_, p) => p);
    const shape = { rows: 1, columns: 2, classes: 3, hidden: [2] };
    expect(() => parametersOf(all, shape)).toThrow('expected 15 numbers, got 13');
    const { linear } = parametersOf(Float32Array.of(...all, 13, 14), shape);
    expect(linear.map(({ weight, bias }) => [[...weight], [...bias]])).toEqual([
      [
        [0, 1, 2, 3],
        [4, 5],
      ],
      [
        [6, 7, 8, 9, 10, 11],
        [12, 13, 14],
      ],
    ]);
  });

  it('rejects an array of the wrong length, saying both', () => {
    expect(() => parametersOf(new Float32Array(7), { rows: 1, columns: 3, classes: 2 })).toThrow(
      'expected 8 numbers, got 7',
    );
  });
});
