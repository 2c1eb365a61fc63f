import type { LabelledImages } from '../images.js';
import type { Floats, FloatsConstructor } from '../layers/floats.js';
import {
  type Activations,
  backward,
  createActivationGradients,
  createActivations,
  forward,
  inputsOf,
  type NetworkShape,
  oneHot,
  type Parameters,
  parameterCount,
  parametersOf,
} from '../network.js';
import type { ImageSet, Kernel, Predictions, Steps, StepsResult } from './kernel.js';

/**
 * One step of stochastic gradient descent on the mean negative log-likelihood, as PyTorch's `SGD`
 * defines it:
 *
 *   g ← −(1/N) Σ_n ∂L_n/∂θ + λ θ      (the sign: L is raised, so −L descends)
 *   velocity ← μ velocity + g
 *   θ ← θ − lr velocity
 *
 * @param parameters θ, changed in place
 * @param gradient Σ_n ∂L_n/∂θ over the batch
 * @param velocity changed in place; plays no part while μ is 0
 * @param N images in the batch
 */
export function sgdStep(
  parameters: Floats,
  gradient: Floats,
  velocity: Floats,
  N: number,
  { lr, momentum, weightDecay }: { lr: number; momentum: number; weightDecay: number },
): void {
  for (let p = 0; p < parameters.length; p++) {
    let g = -gradient[p]! / N + weightDecay * parameters[p]!;
    if (momentum !== 0) {
      g += momentum * velocity[p]!;
      velocity[p] = g;
    }
    parameters[p]! -= lr * g;
  }
}

interface ReferenceSet extends ImageSet {
  readonly images: LabelledImages;
}

/**
 * The derivation run image by image through `network.ts`: the kernel that is obviously right, against
 * which the fast one is judged.
 *
 * @param FloatArray Float32Array to train as the fast kernel does, Float64Array to compare with
 *   references in double precision.
 */
export function createReferenceKernel(
  shape: NetworkShape,
  FloatArray: FloatsConstructor = Float32Array,
): Kernel {
  return new ReferenceKernel(shape, FloatArray);
}

class ReferenceKernel implements Kernel {
  readonly name = 'reference';
  readonly shape: NetworkShape;
  readonly #parameters: Parameters;
  readonly #gradient: Parameters;
  readonly #velocity: Floats;
  readonly #activations: Activations;
  readonly #d: { readonly dv: Floats };
  readonly #x: Floats;
  readonly #labels: Floats;

  constructor(shape: NetworkShape, FloatArray: FloatsConstructor) {
    const count = parameterCount(shape);
    this.shape = shape;
    this.#parameters = parametersOf(new FloatArray(count), shape);
    this.#gradient = parametersOf(new FloatArray(count), shape);
    this.#velocity = new FloatArray(count);
    this.#activations = createActivations(shape, FloatArray);
    this.#d = createActivationGradients(shape, FloatArray);
    this.#x = new FloatArray(inputsOf(shape));
    this.#labels = new FloatArray(shape.classes);
  }

  load(images: LabelledImages): ReferenceSet {
    assertFits(images, this.shape);
    return { count: images.count, images };
  }

  train(set: ImageSet, steps: Steps): StepsResult {
    const { order, batchSize, learningRates, momentum, weightDecay } = steps;
    const { images } = set as ReferenceSet;
    const losses = new Float64Array(learningRates.length);
    let correct = 0;
    for (let step = 0; step < losses.length; step++) {
      const batch = order.subarray(step * batchSize, (step + 1) * batchSize);
      this.#gradient.all.fill(0);
      let L = 0;
      for (const index of batch) {
        L += this.#forward(images, index);
        backward(this.#gradient, this.#activations, this.#labels, this.#d);
        if (largest(this.#activations.v) === images.labels[index]) correct++;
      }
      const lr = learningRates[step]!;
      sgdStep(this.#parameters.all, this.#gradient.all, this.#velocity, batch.length, {
        lr,
        momentum,
        weightDecay,
      });
      losses[step] = -L / batch.length;
    }
    return { losses, correct };
  }

  evaluate(set: ImageSet, indices?: Uint32Array): Predictions {
    const { images } = set as ReferenceSet;
    const count = indices ? indices.length : images.count;
    const predicted = new Uint8Array(count);
    const probability = new Float32Array(count);
    const logLikelihood = new Float64Array(count);
    for (let n = 0; n < count; n++) {
      logLikelihood[n] = this.#forward(images, indices ? indices[n]! : n);
      const answer = largest(this.#activations.v);
      predicted[n] = answer;
      probability[n] = this.#activations.y[answer]!;
    }
    return { predicted, probability, logLikelihood };
  }

  /** Runs one image forward; `#labels` and `#activations` are those of this image afterwards. */
  #forward(images: LabelledImages, index: number): number {
    const { rows, columns } = this.shape;
    const first = index * rows * columns;
    scalePixels(this.#x, images.pixels.subarray(first, first + rows * columns));
    oneHot(this.#labels, images.labels[index]!);
    const x = { rows, columns, values: this.#x };
    return forward(this.#parameters, x, this.#labels, this.#activations);
  }

  getParameters(): Floats {
    return this.#parameters.all.slice();
  }

  setParameters(all: Floats): void {
    this.#parameters.all.set(all);
  }

  getVelocity(): Floats {
    return this.#velocity.slice();
  }

  setVelocity(all: Floats): void {
    this.#velocity.set(all);
  }

  async close(): Promise<void> {}
}

/** x = pixels / 255: bytes 0 to 255 become numbers from 0 to 1. */
export function scalePixels(x: Floats, pixels: Uint8Array): void {
  for (let j = 0; j < pixels.length; j++) x[j] = pixels[j]! / 255;
}

/** @throws RangeError unless the images have the network's sides and no more classes than it. */
export function assertFits(images: LabelledImages, shape: NetworkShape): void {
  const { rows, columns, classes } = shape;
  if (images.rows !== rows || images.columns !== columns || images.classes > classes) {
    throw new RangeError(
      `images are ${images.rows}×${images.columns} with ${images.classes} classes; ` +
        `the network takes ${rows}×${columns} with ${classes}`,
    );
  }
}

/** argmax_i v_i, the lowest i if several share the maximum. */
function largest(v: Floats): number {
  let best = 0;
  for (let i = 1; i < v.length; i++) if (v[i]! > v[best]!) best = i;
  return best;
}
