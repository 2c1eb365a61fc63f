import { formatModel, type Model } from '../../src/model/model.js';
import { training } from '../training.js';

/** 2×3 pixels, 2 classes: 12 weights and 2 biases. */
export function smallModel(changes: Partial<Model> = {}): Model {
  return {
    rows: 2,
    columns: 3,
    classes: 2,
    hidden: [],
    parameters: Float32Array.of(0, -0, 0.1, -0.25, 1e-45, 3.4028234e38, 1, 2, 3, 4, 5, 6, 0.5, -7),
    training,
    metrics: {
      epoch: 4,
      train: { loss: 0.25, accuracy: 0.93 },
      validation: { loss: 0.26, accuracy: 0.925 },
      test: { loss: 0.27, accuracy: 0.924 },
    },
    ...changes,
  };
}

/** 2×3 pixels, 3 and 2 units, 2 classes: 6·3 + 3, 3·2 + 2 and 2·2 + 2 numbers. */
export function deepModel(changes: Partial<Model> = {}): Model {
  const hidden = [3, 2];
  return smallModel({
    hidden,
    parameters: Float32Array.from({ length: 35 }, (_, p) => (p - 17) / 8),
    training: { ...training, hidden, init: 'he' },
    ...changes,
  });
}

export const goodText: string = formatModel(smallModel());
export const deepText: string = formatModel(deepModel());
