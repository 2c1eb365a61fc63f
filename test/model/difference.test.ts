import { describe, expect, it } from 'vitest';
import { firstDifference } from '../../src/model/difference.js';

const model = { classes: 2, layers: [{ type: 'linear', weight: [1, 2] }], validation: null };

describe('firstDifference', () => {
  it('finds none between equal values, whatever the order of their fields', () => {
    expect(firstDifference({ a: 1, b: [0, {}] }, { b: [0, {}], a: 1 })).toBeUndefined();
  });

  it.each([
    ['classes', { ...model, classes: 3 }, 2, 3],
    ['layers[0].weight[1]', { ...model, layers: [{ type: 'linear', weight: [1, 5] }] }, 2, 5],
    [
      'layers[0].weight[2]',
      { ...model, layers: [{ type: 'linear', weight: [1, 2, 0] }] },
      undefined,
      0,
    ],
    ['layers[0].weight', { ...model, layers: [{ type: 'linear' }] }, [1, 2], undefined],
    ['layers[1]', { ...model, layers: [...model.layers, 7] }, undefined, 7],
    ['validation', { ...model, validation: { loss: 1 } }, null, { loss: 1 }],
    ['more', { ...model, more: true }, undefined, true],
  ])('names the first: %s', (field, after, ...[before, value]) => {
    expect(firstDifference(model, after)).toEqual({ field, before, after: value });
  });

  it('tells −0 from 0, which are other bytes', () => {
    expect(firstDifference([0], [-0])).toEqual({ field: '[0]', before: 0, after: -0 });
  });
});
