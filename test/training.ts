import type { Training } from '../src/model/model.js';

/** How a model may have been made: every field has a value. */
export const training: Training = {
  epochs: 5,
  batchSize: 100,
  learningRate: 0.1,
  learningRateSchedule: 'cosine',
  momentum: 0.9,
  weightDecay: 0,
  seed: 1,
  shuffle: true,
  hidden: [],
  init: 'zeros',
  limit: null,
  validation: 0.1,
  earlyStop: 3,
  kernel: 'reference',
  resumedFrom: null,
  dataset: { name: 'mnist', sha256: 'ab'.repeat(32) },
};
