import type { LabelledImages } from '../images.js';
import { assertLength, type Floats } from '../layers/floats.js';
import type { NetworkShape } from '../network.js';
import type { Hyperparameters } from '../sgd.js';

export type KernelName = 'simd' | 'reference';
export const KERNEL_NAMES: readonly KernelName[] = ['simd', 'reference'];

/** What one run of SGD steps does. */
export interface Steps extends Pick<Hyperparameters, 'batchSize' | 'momentum' | 'weightDecay'> {
  /** Indices of images, in the order in which they are visited; the last step takes what is left. */
  readonly order: Uint32Array;
  /** One learning rate for each step: ceil(order.length / batchSize) of them. */
  readonly learningRates: Float64Array;
}

export interface StepsResult {
  /** Mean −L of each step's images, in nats, before the step changed the parameters. */
  readonly losses: Float64Array;
  /** How many of the images were classified correctly, before the step that they were part of. */
  readonly correct: number;
}

/** The network's answers for images, in the order in which they were asked for. */
export interface Predictions {
  /** The class with the largest score; the lowest of those if several share it. */
  readonly predicted: Uint8Array;
  /** y of that class. */
  readonly probability: Float32Array;
  /** L of the image's own label, in nats. */
  readonly logLikelihood: Float32Array | Float64Array;
}

/**
 * The training step, behind one interface. A kernel promises that:
 *
 * - one step over N images is θ ← θ − lr · g with g the mean of ∂(−L)/∂θ over these N images (the last,
 *   short batch included), decay and momentum as PyTorch's SGD defines them;
 * - steps come in the given order, and any batch size from 1 to all images works, so do any number of
 *   inputs and from 1 to 256 classes;
 * - parameters go in and come out as one flat array, W row-major and then b, whatever is inside;
 * - the same calls give the same bits, on every machine. The fast kernel keeps this across processors
 *   and engines; the reference kernel keeps it as far as Math.exp and Math.log do;
 * - all agree with the reference kernel within the tolerance that the shared contract test states.
 *
 * A loss that is not finite is reported as such in `losses`, not thrown: that is the trainer's.
 */
export interface Kernel {
  readonly name: KernelName;
  readonly shape: NetworkShape;
  /** Prepares a set of images for `train` and `evaluate`. @throws RangeError if it has other sides or more classes. */
  load(images: LabelledImages): ImageSet;
  /** Frees the memory of a set, which must not be used any more. */
  unload(set: ImageSet): void;
  /** Runs the steps, one after the other. */
  train(set: ImageSet, steps: Steps): StepsResult;
  /** Classifies the images at these indices, or all of them. */
  evaluate(set: ImageSet, indices?: Uint32Array): Predictions;
  /** K·D + K numbers, a copy. */
  getParameters(): Floats;
  setParameters(all: Floats): void;
  /** Momentum's velocity, of the parameters' shape, a copy. Zero until a step with momentum. */
  getVelocity(): Floats;
  setVelocity(all: Floats): void;
  /** Ends the threads and frees the memory. */
  close(): Promise<void>;
}

/** A kernel's own form of a set of images. */
export interface ImageSet {
  readonly count: number;
  readonly labels: Uint8Array;
}

/**
 * @throws RangeError unless the images have the network's sides and no more classes than it, and as many
 *   pixels and labels as they say
 */
export function assertFits(images: LabelledImages, shape: NetworkShape): void {
  const { rows, columns, classes } = shape;
  if (images.rows !== rows || images.columns !== columns || images.classes > classes) {
    throw new RangeError(
      `images are ${images.rows}×${images.columns} with ${images.classes} classes; ` +
        `the network takes ${rows}×${columns} with ${classes}`,
    );
  }
  const { count, pixels, labels } = images;
  assertLength('pixels', pixels, count * rows * columns);
  assertLength('labels', labels, count);
  assertBelow('label', labels, classes);
}

/** @throws RangeError unless there is a learning rate for each step, and every image is one of the set's `count` */
export function assertSteps({ order, batchSize, learningRates }: Steps, count: number): void {
  assertLength('learningRates', learningRates, Math.ceil(order.length / batchSize));
  assertBelow('order', order, count);
}

/** One comparison a number: a part in a thousand of what the fast kernel then does with an image. */
export function assertBelow(name: string, values: Uint8Array | Uint32Array, end: number): void {
  for (let n = 0; n < values.length; n++) {
    if (values[n]! >= end) {
      throw new RangeError(`${name} ${n}: expected 0 to ${end - 1}, got ${values[n]}`);
    }
  }
}
