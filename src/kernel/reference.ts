import { type LabelledImages, pixelsAt, scalePixels } from '../images.js';
import { argmax, assertLength, type Floats, type FloatsConstructor } from '../layers/floats.js';
import { FORMULAS, type Formulas } from '../layers/index.js';
import { oneHot } from '../layers/log-likelihood.js';
import {
  backward,
  createNetwork,
  forward,
  type Network,
  type NetworkShape,
  probabilitiesOf,
  scoresOf,
} from '../network.js';
import { sgdStep } from '../sgd.js';
import {
  assertBelow,
  assertFits,
  assertSteps,
  type ImageSet,
  type Kernel,
  type Predictions,
  type Steps,
  type StepsResult,
} from './kernel.js';

/** What training is made of. With one function replaced it is code with a mistake in it. */
export interface Code {
  readonly formulas: Formulas;
  readonly scalePixels: typeof scalePixels;
  readonly sgdStep: typeof sgdStep;
}

/** The program's own code. */
export const CODE: Code = { formulas: FORMULAS, scalePixels, sgdStep };

interface ReferenceSet extends ImageSet {
  readonly images: LabelledImages;
}

/**
 * The derivation run image by image through `network.ts`: the kernel that is obviously right, against
 * which the fast one is tested.
 *
 * @param FloatArray Float32Array to train as the fast kernel does, Float64Array to compare with
 *   references in double precision.
 * @param code with a mistake in it, to study what training makes of it
 */
export function createReferenceKernel(
  shape: NetworkShape,
  FloatArray: FloatsConstructor = Float32Array,
  code: Code = CODE,
): Kernel {
  return new ReferenceKernel(shape, FloatArray, code);
}

class ReferenceKernel implements Kernel {
  readonly name = 'reference';
  readonly shape: NetworkShape;
  readonly #code: Code;
  readonly #network: Network;
  readonly #velocity: Floats;
  readonly #labels: Floats;

  constructor(shape: NetworkShape, FloatArray: FloatsConstructor, code: Code) {
    this.shape = shape;
    this.#code = code;
    this.#network = createNetwork(shape, FloatArray, code.formulas);
    this.#velocity = new FloatArray(this.#network.theta.all.length);
    this.#labels = new FloatArray(shape.classes);
  }

  load(images: LabelledImages): ReferenceSet {
    assertFits(images, this.shape);
    return { count: images.count, labels: images.labels, images };
  }

  unload(): void {}

  train(set: ImageSet, steps: Steps): StepsResult {
    const { order, batchSize, learningRates, momentum, weightDecay } = steps;
    assertSteps(steps, set.count);
    const { images } = set as ReferenceSet;
    const { theta, dtheta } = this.#network;
    const losses = new Float64Array(learningRates.length);
    let correct = 0;
    for (const [step, learningRate] of learningRates.entries()) {
      const batch = order.subarray(step * batchSize, (step + 1) * batchSize);
      dtheta.all.fill(0);
      let L = 0;
      for (const index of batch) {
        L += this.#forward(images, index);
        backward(this.#network, this.#labels);
        if (argmax(scoresOf(this.#network)) === images.labels[index]) correct++;
      }
      const rule = { learningRate, momentum, weightDecay };
      this.#code.sgdStep(theta.all, dtheta.all, this.#velocity, batch.length, rule);
      losses[step] = -L / batch.length;
    }
    return { losses, correct };
  }

  evaluate(set: ImageSet, indices?: Uint32Array): Predictions {
    const { images } = set as ReferenceSet;
    if (indices) assertBelow('index', indices, images.count);
    const count = indices ? indices.length : images.count;
    const predicted = new Uint8Array(count);
    const probability = new Float32Array(count);
    const logLikelihood = new Float64Array(count);
    for (let n = 0; n < count; n++) {
      logLikelihood[n] = this.#forward(images, indices ? indices[n]! : n);
      const answer = argmax(scoresOf(this.#network));
      predicted[n] = answer;
      probability[n] = probabilitiesOf(this.#network)[answer]!;
    }
    return { predicted, probability, logLikelihood };
  }

  /** Runs one image forward; `#labels` and the network's outputs are this image's afterwards. */
  #forward(images: LabelledImages, index: number): number {
    this.#code.scalePixels(this.#network.x, pixelsAt(images, index));
    oneHot(this.#labels, images.labels[index]!);
    return forward(this.#network, this.#labels);
  }

  getParameters(): Floats {
    return this.#network.theta.all.slice();
  }

  setParameters(all: Floats): void {
    assertLength('parameters', all, this.#network.theta.all.length);
    this.#network.theta.all.set(all);
  }

  getVelocity(): Floats {
    return this.#velocity.slice();
  }

  setVelocity(all: Floats): void {
    assertLength('velocity', all, this.#velocity.length);
    this.#velocity.set(all);
  }

  async close(): Promise<void> {}
}
