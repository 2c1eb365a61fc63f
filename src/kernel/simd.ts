import type { LabelledImages } from '../dataset/labelled-images.js';
import type { Floats } from '../layers/floats.js';
import { inputsOf, type NetworkShape, parameterCount, parametersOf } from '../network.js';
import type { ImageSet, Kernel, Predictions, Steps, StepsResult } from './kernel.js';
import { assertFits } from './reference.js';
import {
  MAX_PAGES,
  MAX_THREADS,
  type SimdThreads,
  startSimdThreads,
  ThreadChoice,
} from './simd-threads.js';

/** The words of `assembly/job.ts`, in its order. */
const JOB_FIELDS = [
  'kind',
  'threads',
  'inputs',
  'classes',
  'paddedClasses',
  'weight',
  'bias',
  'velocity',
  'biasVelocity',
  'gradient',
  'entries',
  'starts',
  'labels',
  'order',
  'count',
  'batchSize',
  'momentum',
  'weightDecay',
  'learningRates',
  'losses',
  'correct',
  'scores',
  'deltas',
  'steps',
  'stepsSize',
  'bounds',
  'predicted',
  'probability',
  'logLikelihood',
  'pixels',
  'end',
] as const;
type JobField = (typeof JOB_FIELDS)[number];

// The same numbers as in assembly/: kinds of job, sizes and fixed addresses.
const KIND = { encode: 0, train: 1, evaluate: 2 } as const;
const JOB = 1024;
const LANES = 2048;
const SCALED = 4096;
const FIRST_FREE = 8192;
const BLOCK = 12;

const PAGE = 65_536;
/** Images that a thread expands together (`assembly/index.ts`). */
const TILE = 64;
/** What a vectorised loop may read or write behind the end of its data, and a touch behind an image. */
const SLACK = 512;
/** Bytes of raw pixels handed over at a time when a set is encoded. */
const STAGE = 1024 * 1024;

interface SimdSet extends ImageSet {
  readonly entries: number;
  readonly starts: number;
  readonly labels: number;
}

/**
 * The fast kernel: WebAssembly SIMD over the non-zero pixels, in one or two threads. The same bits for
 * any number of threads, on every processor and engine.
 *
 * @param threads a number, `auto`, or threads already started; closing the kernel closes them
 */
export async function createSimdKernel(
  shape: NetworkShape,
  threads: number | 'auto' | SimdThreads = 1,
): Promise<Kernel> {
  const started = typeof threads === 'object' ? threads : await startSimdThreads(threads);
  return new SimdKernel(shape, started);
}

class SimdKernel implements Kernel {
  readonly name = 'simd';
  readonly shape: NetworkShape;
  readonly #threads: SimdThreads;
  readonly #memory: WebAssembly.Memory;
  readonly #choice: ThreadChoice;
  /** First byte that nothing uses yet. */
  #top = FIRST_FREE;
  readonly #rooms = new Map<string, { address: number; size: number }>();

  constructor(shape: NetworkShape, threads: SimdThreads) {
    this.shape = shape;
    this.#threads = threads;
    this.#memory = threads.memory;
    this.#choice = new ThreadChoice(threads);
    this.#writeTables();
    const D = inputsOf(shape);
    const padded = Math.ceil(shape.classes / BLOCK) * BLOCK;
    const weightSize = padded * D * 4;
    const biasSize = lines(padded * 4) * MAX_THREADS;
    this.#set('inputs', D);
    this.#set('classes', shape.classes);
    this.#set('paddedClasses', padded);
    for (const field of ['weight', 'velocity', 'gradient'] as const) {
      this.#set(field, this.#allocate(weightSize));
    }
    for (const field of ['bias', 'biasVelocity'] as const)
      this.#set(field, this.#allocate(biasSize));
    this.setParameters(new Float32Array(parameterCount(shape)));
  }

  load(images: LabelledImages): SimdSet {
    assertFits(images, this.shape);
    const { count } = images;
    const D = inputsOf(this.shape);
    const labels = this.#allocate(count);
    this.#bytes(labels, count).set(images.labels);
    const starts = this.#allocate((count * MAX_THREADS + 1) * 4);
    const chunk = Math.max(1, Math.floor(STAGE / D));
    const pixels = this.#room('pixels', chunk * D + 8);
    const entries = this.#allocate(0);
    this.#set('entries', entries);
    this.#set('end', entries);
    this.#set('pixels', pixels);
    for (let first = 0; first < count; first += chunk) {
      const n = Math.min(chunk, count - first);
      this.#bytes(pixels, n * D).set(images.pixels.subarray(first * D, (first + n) * D));
      // At worst every pixel is an entry; what is not used is given back below.
      this.#top = this.#get('end');
      this.#ensure(this.#top + n * (2 * D + 4 * MAX_THREADS) + 16);
      this.#set('starts', starts + first * MAX_THREADS * 4);
      this.#set('count', n);
      this.#run('encode', 1);
    }
    this.#top = this.#get('end');
    this.#allocate(SLACK);
    return { count, entries, starts, labels };
  }

  train(set: ImageSet, steps: Steps): StepsResult {
    const { order, batchSize, learningRates, momentum, weightDecay } = steps;
    this.#use(set as SimdSet, order);
    const batch = Math.min(batchSize, order.length);
    const size = this.#get('paddedClasses') * 4;
    const stepCount = learningRates.length;
    this.#set('batchSize', batchSize);
    this.#setFloat('momentum', momentum);
    this.#setFloat('weightDecay', weightDecay);
    this.#set('learningRates', this.#room('learningRates', stepCount * 8));
    this.#set('losses', this.#room('losses', stepCount * 8));
    this.#set('correct', 0);
    this.#set('scores', this.#room('scores', 2 * MAX_THREADS * lines(batch * size)));
    this.#set('deltas', this.#room('deltas', MAX_THREADS * lines(batch * size)));
    const [rates, losses] = [this.#get('learningRates'), this.#get('losses')];
    const all = this.#get('order');
    this.#doubles(rates, stepCount).set(learningRates);
    for (let step = 0; step < stepCount; ) {
      const { threads, images } = this.#choice.next();
      const some = Math.min(Math.ceil(images / batchSize), stepCount - step);
      const first = step * batchSize;
      const count = Math.min(some * batchSize, order.length - first);
      this.#set('order', all + first * 4);
      this.#set('count', count);
      this.#set('learningRates', rates + step * 8);
      this.#set('losses', losses + step * 8);
      const before = performance.now();
      this.#run('train', threads);
      this.#choice.took(count, performance.now() - before);
      step += some;
    }
    return {
      losses: this.#doubles(losses, stepCount).slice(),
      correct: this.#get('correct'),
    };
  }

  evaluate(set: ImageSet, indices?: Uint32Array): Predictions {
    const order = indices ?? inOrder(set.count);
    const count = order.length;
    this.#use(set as SimdSet, order);
    const size = this.#get('paddedClasses') * 4;
    this.#set('scores', this.#room('scores', 2 * MAX_THREADS * lines(TILE * size)));
    this.#set('deltas', this.#room('deltas', MAX_THREADS * lines(size)));
    const predicted = this.#room('predicted', count);
    const probability = this.#room('probability', count * 4);
    const logLikelihood = this.#room('logLikelihood', count * 4);
    this.#set('predicted', predicted);
    this.#set('probability', probability);
    this.#set('logLikelihood', logLikelihood);
    this.#run('evaluate', Math.min(this.#choice.next().threads, this.#threads.ready()));
    return {
      predicted: this.#bytes(predicted, count).slice(),
      probability: this.#floats(probability, count).slice(),
      logLikelihood: this.#floats(logLikelihood, count).slice(),
    };
  }

  getParameters(): Float32Array {
    return this.#read('weight', 'bias');
  }

  setParameters(all: Floats): void {
    // The classes behind K have a score of −∞, and so a probability of 0.
    this.#write('weight', 'bias', all, Number.NEGATIVE_INFINITY);
  }

  getVelocity(): Float32Array {
    return this.#read('velocity', 'biasVelocity');
  }

  setVelocity(all: Floats): void {
    this.#write('velocity', 'biasVelocity', all, 0);
  }

  async close(): Promise<void> {
    await this.#threads.close();
  }

  /** From the kernel's layout (see `assembly/scores.ts`) to W row-major and b. */
  #read(weights: JobField, biases: JobField): Float32Array {
    const { classes } = this.shape;
    const D = inputsOf(this.shape);
    const all = new Float32Array(parameterCount(this.shape));
    const { weight, bias } = parametersOf(all, this.shape);
    const inside = this.#floats(this.#get(weights), this.#get('paddedClasses') * D);
    for (let i = 0; i < classes; i++) {
      const first = Math.floor(i / BLOCK) * D * BLOCK + (i % BLOCK);
      for (let j = 0; j < D; j++) weight[i * D + j] = inside[first + j * BLOCK]!;
    }
    bias.set(this.#floats(this.#get(biases), classes));
    return all;
  }

  #write(weights: JobField, biases: JobField, all: Floats, padding: number): void {
    const { classes } = this.shape;
    const D = inputsOf(this.shape);
    const { weight, bias } = parametersOf(all, this.shape);
    const padded = this.#get('paddedClasses');
    const inside = this.#floats(this.#get(weights), padded * D).fill(0);
    for (let i = 0; i < classes; i++) {
      const first = Math.floor(i / BLOCK) * D * BLOCK + (i % BLOCK);
      for (let j = 0; j < D; j++) inside[first + j * BLOCK] = weight[i * D + j]!;
    }
    for (let thread = 0; thread < MAX_THREADS; thread++) {
      const copy = this.#floats(this.#get(biases) + thread * lines(padded * 4), padded);
      copy.fill(padding);
      copy.set(bias);
    }
  }

  #writeTables(): void {
    const lanes = this.#bytes(LANES, 256 * 8);
    const scaled = this.#floats(SCALED, 256);
    for (let byte = 0; byte < 256; byte++) {
      scaled[byte] = byte / 255;
      let present = 0;
      for (let bit = 0; bit < 8; bit++) if ((byte >> bit) & 1) lanes[byte * 8 + present++] = bit;
    }
  }

  /** Points the job at a set and the order of its images. */
  #use(set: SimdSet, order: Uint32Array): void {
    this.#set('entries', set.entries);
    this.#set('starts', set.starts);
    this.#set('labels', set.labels);
    // At worst every pixel is a step, and each band ends with one that is empty.
    const stepsSize = TILE * 4 * (inputsOf(this.shape) + 2 * MAX_THREADS) + SLACK;
    this.#set('stepsSize', stepsSize);
    this.#set('steps', this.#room('steps', MAX_THREADS * stepsSize));
    this.#set('bounds', this.#room('bounds', MAX_THREADS * TILE * MAX_THREADS * 4));
    this.#set('count', order.length);
    const address = this.#room('order', order.byteLength);
    this.#set('order', address);
    new Uint32Array(this.#memory.buffer, address, order.length).set(order);
  }

  #run(kind: keyof typeof KIND, threads: number): void {
    this.#set('kind', KIND[kind]);
    this.#set('threads', threads);
    this.#threads.exports.run();
  }

  #set(field: JobField, value: number): void {
    new Uint32Array(this.#memory.buffer, JOB, JOB_FIELDS.length)[JOB_FIELDS.indexOf(field)] = value;
  }

  #setFloat(field: JobField, value: number): void {
    this.#floats(JOB, JOB_FIELDS.length)[JOB_FIELDS.indexOf(field)] = value;
  }

  #get(field: JobField): number {
    return new Uint32Array(this.#memory.buffer, JOB)[JOB_FIELDS.indexOf(field)]!;
  }

  /** Room for a purpose, kept from call to call and replaced when it is too small. */
  #room(purpose: string, size: number): number {
    const room = this.#rooms.get(purpose);
    if (room && room.size >= size) return room.address;
    const address = this.#allocate(size);
    this.#rooms.set(purpose, { address, size });
    return address;
  }

  /** Takes `size` bytes, on a cache line of their own. */
  #allocate(size: number): number {
    const address = Math.ceil(this.#top / 64) * 64;
    this.#top = address + size;
    this.#ensure(this.#top);
    return address;
  }

  #ensure(bytes: number): void {
    const missing = Math.ceil(bytes / PAGE) - this.#memory.buffer.byteLength / PAGE;
    if (missing <= 0) return;
    if (bytes > MAX_PAGES * PAGE) {
      throw new RangeError('the images do not fit the fast kernel, which has 4 GiB: use --limit');
    }
    this.#memory.grow(missing);
  }

  #bytes(address: number, count: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, count);
  }

  #floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, count);
  }

  #doubles(address: number, count: number): Float64Array {
    return new Float64Array(this.#memory.buffer, address, count);
  }
}

/** Whole cache lines for `size` bytes, as in `assembly/index.ts`. */
function lines(size: number): number {
  return Math.ceil(size / 64) * 64;
}

/** 0, 1, 2, … */
function inOrder(count: number): Uint32Array {
  const order = new Uint32Array(count);
  for (let n = 0; n < count; n++) order[n] = n;
  return order;
}
