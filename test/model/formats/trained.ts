/** Models to be taken elsewhere, pictures to ask them about, and the right answers. */
import { loadDataset } from '../../../src/dataset/load.js';
import { firstImages, type LabelledImages, pixelsAt, scalePixels } from '../../../src/images.js';
import { createReferenceKernel } from '../../../src/kernel/reference.js';
import type { Model } from '../../../src/model/model.js';
import { createNetwork, forward, probabilitiesOf } from '../../../src/network.js';
import { DEFAULTS, defaultInit, initialParameters } from '../../../src/sgd.js';
import { train } from '../../../src/train.js';
import { mnist } from '../../mnist.js';
import { training } from '../../training.js';

const data = mnist ?? (await loadDataset({ name: 'mnist-mini' }));

/** Up to 1,000 test images. */
export const images: LabelledImages = firstImages(data.test, Math.min(1000, data.test.count));

/** Pixels from 0 to 1, one image after the other. */
export const pixels: Float32Array = Float32Array.from(images.pixels, (byte) => byte / 255);

/** A network of these hidden layers after an epoch on 1,000 images. */
export function trained(hidden: readonly number[]): Model {
  const trainingImages = firstImages(data.train, Math.min(1000, data.train.count));
  const { rows, columns, classes } = trainingImages;
  const shape = { rows, columns, classes, hidden };
  const hyperparameters = {
    ...DEFAULTS,
    hidden,
    init: defaultInit(hidden),
    epochs: 1,
    learningRate: 0.1,
  };
  const kernel = createReferenceKernel(shape);
  kernel.setParameters(initialParameters(shape, hyperparameters));
  for (const _ of train(kernel, kernel.load(trainingImages), hyperparameters));
  const score = { loss: 0.25, accuracy: 0.93 };
  return {
    ...shape,
    parameters: Float32Array.from(kernel.getParameters()),
    training: { ...training, ...hyperparameters },
    metrics: { epoch: 1, train: score, validation: null, test: score },
  };
}

/** y of each of `images`, in double precision. */
export function probabilities(model: Model): number[][] {
  const network = createNetwork(model, Float64Array);
  network.theta.all.set(model.parameters);
  return Array.from({ length: images.count }, (_, index) => {
    scalePixels(network.x, pixelsAt(images, index));
    forward(network, new Float64Array(model.classes));
    return [...probabilitiesOf(network)];
  });
}

/** The largest distance of two answers for the same images. */
export function difference(
  expected: readonly (readonly number[])[],
  got: readonly ArrayLike<number>[],
): number {
  let largest = got.length === expected.length ? 0 : Number.NaN;
  for (const [n, y] of expected.entries()) {
    for (const [k, value] of y.entries()) {
      largest = Math.max(largest, Math.abs(value - got[n]![k]!));
    }
  }
  return largest;
}
