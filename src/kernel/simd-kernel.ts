import type { LabelledImages } from '../images.js';
import { assertLength, type Floats } from '../layers/floats.js';
import { assertShape, layersOf, type NetworkShape, parameterCount } from '../network.js';
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
import type { SimdExports, SimdThreads } from './simd-module.js';
import { ThreadChoice } from './thread-choice.js';

/** Images trained in one call: V8 replaces a function's first, slow code only from its next call on. */
const IMAGES_PER_CALL = 4096;

interface SimdSet extends ImageSet {
  /** The set in the module's memory. */
  readonly set: number;
}

/**
 * The fast kernel: WebAssembly SIMD over the non-zero pixels, in one or two threads. The same bits for
 * any number of threads, on every processor and engine. All that lies in its memory is placed by the
 * module (`assembly/index.ts`), which is asked for addresses here.
 */
export class SimdKernel implements Kernel {
  readonly name = 'simd';
  readonly shape: NetworkShape;
  readonly #threads: SimdThreads;
  readonly #module: SimdExports;
  readonly #choice: ThreadChoice;

  constructor(shape: NetworkShape, threads: SimdThreads) {
    assertShape(shape);
    this.shape = shape;
    this.#threads = threads;
    this.#module = threads.exports;
    this.#choice = new ThreadChoice(threads, parameterCount(shape));
    const linear = layersOf(shape).filter(({ type }) => type === 'linear');
    this.#module.createNetwork(linear[0]!.inputs, linear.length);
    for (const [l, { outputs }] of linear.entries()) this.#module.addLinear(l, outputs);
  }

  load(images: LabelledImages): SimdSet {
    assertFits(images, this.shape);
    const { count, pixels, labels } = images;
    const inputs = pixels.length / count;
    const set = this.#module.createSet(count);
    this.#bytes(this.#module.labels(set), count).set(labels);
    const some = this.#module.imagesAtOnce();
    for (let first = 0; first < count; first += some) {
      const part = pixels.subarray(first * inputs, (first + some) * inputs);
      this.#bytes(this.#module.pixels(), part.length).set(part);
      this.#module.encode(part.length / inputs);
    }
    return { count, labels, set };
  }

  unload(set: ImageSet): void {
    this.#module.freeSet((set as SimdSet).set);
  }

  train(set: ImageSet, steps: Steps): StepsResult {
    assertSteps(steps, set.count);
    const { batchSize, learningRates } = steps;
    const losses = new Float64Array(learningRates.length);
    let correct = 0;
    for (let step = 0; step < losses.length; ) {
      const some = Math.ceil(IMAGES_PER_CALL / batchSize);
      const rates = learningRates.subarray(step, step + some);
      const order = steps.order.subarray(step * batchSize, (step + some) * batchSize);
      correct += this.#train(set as SimdSet, { ...steps, order, learningRates: rates });
      losses.set(this.#doubles(this.#module.losses(), rates.length), step);
      step += rates.length;
    }
    return { losses, correct };
  }

  /** One call of the module. Returns how many images were classified correctly. */
  #train({ set, count }: SimdSet, steps: Steps): number {
    const { order, batchSize, learningRates, momentum, weightDecay } = steps;
    const module = this.#module;
    module.prepareTraining(set, order.length, batchSize, momentum, weightDecay);
    this.#words(module.order(), order.length).set(order);
    this.#doubles(module.learningRates(), learningRates.length).set(learningRates);
    const threads = this.#choice.next(batchSize);
    const before = performance.now();
    module.train(threads);
    this.#choice.took(threads, steps, performance.now() - before, count);
    return module.correct();
  }

  evaluate(set: ImageSet, indices: Uint32Array = inOrder(set.count)): Predictions {
    assertBelow('index', indices, set.count);
    const count = indices.length;
    const module = this.#module;
    module.prepareEvaluation((set as SimdSet).set, count);
    this.#words(module.order(), count).set(indices);
    module.evaluate(this.#choice.next(count));
    return {
      predicted: this.#bytes(module.predicted(), count).slice(),
      probability: this.#floats(module.probability(), count).slice(),
      logLikelihood: this.#floats(module.logLikelihood(), count).slice(),
    };
  }

  getParameters(): Float32Array {
    return this.#take((to) => this.#module.storeParameters(to));
  }

  setParameters(all: Floats): void {
    this.#give('parameters', all, (from) => this.#module.loadParameters(from));
  }

  getVelocity(): Float32Array {
    return this.#take((to) => this.#module.storeVelocity(to));
  }

  setVelocity(all: Floats): void {
    this.#give('velocity', all, (from) => this.#module.loadVelocity(from));
  }

  async close(): Promise<void> {
    await this.#threads.close();
  }

  /** One flat array that the module fills. */
  #take(fill: (address: number) => void): Float32Array {
    const count = parameterCount(this.shape);
    const address = this.#module.allocate(count * 4);
    fill(address);
    const all = this.#floats(address, count).slice();
    this.#module.free(address);
    return all;
  }

  /** One flat array that the module reads. */
  #give(name: string, all: Floats, read: (address: number) => void): void {
    assertLength(name, all, parameterCount(this.shape));
    const address = this.#module.allocate(all.length * 4);
    this.#floats(address, all.length).set(all);
    read(address);
    this.#module.free(address);
  }

  // Views last until the memory grows. An address above 2 GiB comes as a negative number.

  #bytes(address: number, count: number): Uint8Array {
    return new Uint8Array(this.#threads.memory.buffer, address >>> 0, count);
  }

  #words(address: number, count: number): Uint32Array {
    return new Uint32Array(this.#threads.memory.buffer, address >>> 0, count);
  }

  #floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#threads.memory.buffer, address >>> 0, count);
  }

  #doubles(address: number, count: number): Float64Array {
    return new Float64Array(this.#threads.memory.buffer, address >>> 0, count);
  }
}

/** 0, 1, 2, … */
function inOrder(count: number): Uint32Array {
  const order = new Uint32Array(count);
  for (let n = 0; n < count; n++) order[n] = n;
  return order;
}
