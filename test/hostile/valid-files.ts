/** The valid files that hostile ones are made from. Free of vitest: scripts/fuzz.mjs uses them too. */
import { type Checkpoint, formatCheckpoint } from '../../src/model/checkpoint.js';
import { type ForeignModel, formatModel, type Model } from '../../src/model/model.js';
import { training } from '../training.js';

function idxFile(sizes: readonly number[], content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4 * sizes.length + 4);
  header.writeUInt32BE(0x800 + sizes.length, 0);
  for (const [at, size] of sizes.entries()) header.writeUInt32BE(size, 4 * at + 4);
  return Buffer.concat([header, content]);
}

export function imagesFile(count: number, rows: number, columns: number): Uint8Array {
  const pixels = Uint8Array.from({ length: count * rows * columns }, (_, i) => 7 * i);
  return idxFile([count, rows, columns], pixels);
}

export function labelsFile(labels: readonly number[]): Uint8Array {
  return idxFile([labels.length], Uint8Array.from(labels));
}

const score = { loss: 0.25, accuracy: 0.93 };

/** 2×3 pixels in 2 classes. */
const model: Model = {
  rows: 2,
  columns: 3,
  classes: 2,
  hidden: [],
  parameters: Float32Array.from({ length: 14 }, (_, i) => (i - 7) / 8),
  training,
  metrics: { epoch: 4, train: score, validation: score, test: score },
};

/** The same with 3 and 2 hidden units. */
const hidden = [3, 2];
const deep: Model = {
  ...model,
  hidden,
  parameters: Float32Array.from({ length: 35 }, (_, i) => (i - 17) / 8),
  training: { ...training, hidden, init: 'he' },
};
export const modelTexts: readonly string[] = [model, deep].map(formatModel);

/** With a record, and without one. */
const { training: _training, metrics: _metrics, ...foreign } = deep;
export const tensorModels: readonly (Model | ForeignModel)[] = [model, deep, foreign];

const [first, second] = [1, 2].map((epoch) => ({
  ...{ type: 'epoch' as const, epoch, learningRate: 0.1, train: score, best: true },
  validation: { loss: 0.5 / epoch, accuracy: 0.9 },
})) as [Checkpoint['epochs'][number], Checkpoint['epochs'][number]];

function checkpointOf({ parameters, training, hidden }: Model): Checkpoint {
  return {
    ...{ rows: 2, columns: 3, classes: 2, hidden, training, epochs: [first, second] },
    state: {
      ...{ epoch: 3, step: 1, random: [1, 2, 3, 4], lossSum: 12.5, correct: 30 },
      parameters,
      velocity: parameters.map((value) => value / 16),
      kept: { parameters, epoch: 2, train: score, validation: second.validation, epochsRun: 2 },
      epochsSinceBest: 0,
    },
  };
}
export const checkpointTexts: readonly string[] = [model, deep].map((one) =>
  formatCheckpoint(checkpointOf(one)),
);
