import type { Model } from '../../../src/model/model.js';
import { smallModel } from '../small-model.js';

/** 2×3 pixels, 4 and 3 hidden units, 2 classes. */
export function deepModel(): Model {
  const hidden = [4, 3];
  const { training } = smallModel();
  return smallModel({
    hidden,
    parameters: Float32Array.from({ length: 51 }, (_, i) => (i - 20) / 7),
    training: { ...training, hidden, init: 'he' },
  });
}
