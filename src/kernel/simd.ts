import type { LabelledImages } from '../images.js';
import type { Floats } from '../layers/floats.js';
import { inputsOf, type NetworkShape, parameterCount, parametersOf } from '../network.js';
import {
  assertFits,
  type ImageSet,
  type Kernel,
  type Predictions,
  type Steps,
  type StepsResult,
} from './kernel.js';
import { type JobField, lines, SimdMemory } from './simd-memory.js';
import { MAX_THREADS, type SimdThreads, startSimdThreads, ThreadChoice } from './simd-threads.js';

// The same numbers as in assembly/: kinds of job, sizes, and the place of a table.
const KIND = { encode: 0, train: 1, evaluate: 2 } as const;
const POSITIONS = 2048;
/** Classes of a block of weights, and slots of its scores. */
const BLOCK = 10;
const SLOTS = 12;
/** Bands of an image, and pairs of which a band has whole groups. */
const BANDS = MAX_THREADS;
const GROUP = 8;
/** Floats of a pair's weights in a block. */
const PAIR = 2 * BLOCK;
/** Bytes of a pair in the set, and the widest gap between two. */
const ENTRY = 3;
const WIDEST = 240;
/** Images that a thread expands together. */
const TILE = 64;
/** Images side by side in softmax, and columns that it needs besides one a slot. */
const LANES = 4;
const MORE_COLUMNS = 5;

/** What a vectorised loop may read or write behind the end of its data, and a touch behind an image. */
const SLACK = 512;
/** Bytes of raw pixels handed over at a time when a set is encoded. */
const STAGE = 1024 * 1024;

/** Where a set lies in the kernel's memory, and the blocks to be freed with it. */
interface SimdSet extends ImageSet {
  readonly entriesAt: number;
  readonly startsAt: number;
  readonly labelsAt: number;
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
  readonly #memory: SimdMemory;
  readonly #choice: ThreadChoice;

  constructor(shape: NetworkShape, threads: SimdThreads) {
    this.shape = shape;
    this.#threads = threads;
    this.#memory = new SimdMemory(threads.memory);
    this.#choice = new ThreadChoice(threads);
    this.#writeTables();
    const D = inputsOf(shape);
    const blocks = Math.ceil(shape.classes / BLOCK);
    const bandPairs = Math.ceil(D / (2 * BANDS * GROUP)) * GROUP;
    const slots = blocks * SLOTS;
    const weightSize = blocks * BANDS * bandPairs * PAIR * 4;
    const biasSize = lines(slots * 4) * MAX_THREADS;
    this.#memory.set('inputs', D);
    this.#memory.set('classes', shape.classes);
    this.#memory.set('bandPairs', bandPairs);
    this.#memory.set('slots', slots);
    for (const field of ['weight', 'velocity', 'gradient'] as const) {
      this.#memory.set(field, this.#memory.allocate(weightSize));
    }
    for (const field of ['bias', 'biasVelocity'] as const)
      this.#memory.set(field, this.#memory.allocate(biasSize));
    this.setParameters(new Float32Array(parameterCount(shape)));
  }

  load(images: LabelledImages): SimdSet {
    assertFits(images, this.shape);
    const { count } = images;
    const D = inputsOf(this.shape);
    const labelsAt = this.#memory.allocate(count);
    this.#memory.bytes(labelsAt, count).set(images.labels);
    const startsAt = this.#memory.allocate((count * BANDS + 1) * 4);
    const chunk = Math.max(1, Math.floor(STAGE / D));
    const pixels = this.#memory.buffer('pixels', chunk * D + SLACK);
    // Behind all else, for how many entries there are shows only in the end.
    const entriesAt = this.#memory.top;
    this.#memory.set('entries', entriesAt);
    this.#memory.set('end', 0);
    for (let first = 0; first < count; first += chunk) {
      const n = Math.min(chunk, count - first);
      this.#memory.bytes(pixels, n * D).set(images.pixels.subarray(first * D, (first + n) * D));
      // At worst every pair is an entry; what is not used is given back below.
      const used = ENTRY * this.#memory.get('end');
      this.#memory.ensure(entriesAt + used + (n * ENTRY + 2) * this.#mostEntries() + SLACK);
      this.#memory.set('starts', startsAt + first * BANDS * 4);
      this.#memory.set('count', n);
      this.#run('encode', 1);
    }
    this.#memory.allocateAtTop(ENTRY * this.#memory.get('end') + SLACK);
    return { count, labels: images.labels, entriesAt, startsAt, labelsAt };
  }

  unload(set: ImageSet): void {
    const { entriesAt, startsAt, labelsAt } = set as SimdSet;
    for (const address of [entriesAt, startsAt, labelsAt]) this.#memory.free(address);
  }

  train(set: ImageSet, steps: Steps): StepsResult {
    const { order, batchSize, learningRates, momentum, weightDecay } = steps;
    this.#use(set as SimdSet, order);
    const batch = Math.min(batchSize, order.length);
    const size = this.#memory.get('slots') * 4;
    const stepCount = learningRates.length;
    this.#memory.set('batchSize', batchSize);
    this.#memory.setFloat('momentum', momentum);
    this.#memory.setFloat('weightDecay', weightDecay);
    const rates = this.#memory.buffer('learningRates', stepCount * 8);
    const losses = this.#memory.buffer('losses', stepCount * 8);
    this.#memory.set('correct', 0);
    const rows = lines((batch + LANES) * size);
    this.#memory.buffer('scores', BANDS * rows);
    this.#memory.buffer('deltas', rows);
    this.#memory.buffer('parts', BANDS * lines(1));
    const all = this.#memory.get('order');
    this.#memory.doubles(rates, stepCount).set(learningRates);
    for (let step = 0; step < stepCount; ) {
      const { threads, images } = this.#choice.next();
      const some = Math.min(Math.ceil(images / batchSize), stepCount - step);
      const first = step * batchSize;
      const count = Math.min(some * batchSize, order.length - first);
      this.#memory.set('order', all + first * 4);
      this.#memory.set('count', count);
      this.#memory.set('learningRates', rates + step * 8);
      this.#memory.set('losses', losses + step * 8);
      const before = performance.now();
      this.#run('train', threads);
      this.#choice.took(count, performance.now() - before);
      step += some;
    }
    return {
      losses: this.#memory.doubles(losses, stepCount).slice(),
      correct: this.#memory.get('correct'),
    };
  }

  evaluate(set: ImageSet, indices?: Uint32Array): Predictions {
    const order = indices ?? inOrder(set.count);
    const count = order.length;
    this.#use(set as SimdSet, order);
    const size = this.#memory.get('slots') * 4;
    this.#memory.buffer('scores', MAX_THREADS * BANDS * lines((TILE + LANES) * size));
    const predicted = this.#memory.buffer('predicted', count);
    const probability = this.#memory.buffer('probability', count * 4);
    const logLikelihood = this.#memory.buffer('logLikelihood', count * 4);
    this.#run('evaluate', Math.min(this.#choice.next().threads, this.#threads.ready()));
    return {
      predicted: this.#memory.bytes(predicted, count).slice(),
      probability: this.#memory.floats(probability, count).slice(),
      logLikelihood: this.#memory.floats(logLikelihood, count).slice(),
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

  /** From the kernel's layout to W row-major and b. */
  #read(weights: JobField, biases: JobField): Float32Array {
    const all = new Float32Array(parameterCount(this.shape));
    const { weight, bias } = parametersOf(all, this.shape);
    const inside = this.#weights(weights);
    this.#eachWeight((at, from) => {
      weight[at] = inside[from]!;
    });
    const slots = this.#memory.floats(this.#memory.get(biases), this.#memory.get('slots'));
    for (let i = 0; i < bias.length; i++) bias[i] = slots[slotOf(i)]!;
    return all;
  }

  #write(weights: JobField, biases: JobField, all: Floats, padding: number): void {
    const { weight, bias } = parametersOf(all, this.shape);
    const inside = this.#weights(weights).fill(0);
    this.#eachWeight((at, to) => {
      inside[to] = weight[at]!;
    });
    const slots = this.#memory.get('slots');
    for (let thread = 0; thread < MAX_THREADS; thread++) {
      const copy = this.#memory
        .floats(this.#memory.get(biases) + thread * lines(slots * 4), slots)
        .fill(padding);
      for (let i = 0; i < bias.length; i++) copy[slotOf(i)] = bias[i]!;
    }
  }

  #weights(field: JobField): Float32Array {
    const bands = (this.#memory.get('slots') / SLOTS) * BANDS;
    const count = bands * this.#memory.get('bandPairs') * PAIR;
    return this.#memory.floats(this.#memory.get(field), count);
  }

  /** For every w_ij where it is in W row-major, and where inside (`assembly/scores.ts`). */
  #eachWeight(visit: (rowMajor: number, inside: number) => void): void {
    const { classes } = this.shape;
    const D = inputsOf(this.shape);
    const bandPairs = this.#memory.get('bandPairs');
    for (let i = 0; i < classes; i++) {
      const c = i % BLOCK;
      const block = Math.floor(i / BLOCK) * BANDS;
      // Classes 0 to 7 of one pixel, then of the other; then classes 8 and 9 of both.
      const [first, step] = c < 8 ? [c, 8] : [8 + c, 2];
      for (let j = 0; j < D; j++) {
        const pair = j >> 1;
        const inBand = (block + (pair % BANDS)) * bandPairs + Math.floor(pair / BANDS);
        visit(i * D + j, inBand * PAIR + first + (j & 1) * step);
      }
    }
  }

  #writeTables(): void {
    const positions = this.#memory.bytes(POSITIONS, 256 * 8);
    for (let byte = 0; byte < 256; byte++) {
      let present = 0;
      for (let bit = 0; bit < 8; bit++)
        if ((byte >> bit) & 1) positions[byte * 8 + present++] = bit;
    }
  }

  /** Points the job at a set and the order of its images. */
  #use(set: SimdSet, order: Uint32Array): void {
    this.#memory.set('entries', set.entriesAt);
    this.#memory.set('starts', set.startsAt);
    this.#memory.set('labels', set.labelsAt);
    const tilePairs = TILE * this.#mostEntries() + SLACK;
    this.#memory.set('tilePixels', lines(tilePairs * 2));
    const tileSize = lines(tilePairs * 2) + lines(tilePairs * 8);
    this.#memory.set('tileSize', tileSize);
    this.#memory.buffer('tile', MAX_THREADS * tileSize);
    this.#memory.buffer('bounds', MAX_THREADS * BANDS * (TILE + 1) * 4);
    const columnsSize = lines((this.#memory.get('slots') + MORE_COLUMNS) * LANES * 4);
    this.#memory.set('columnsSize', columnsSize);
    this.#memory.buffer('columns', MAX_THREADS * columnsSize);
    this.#memory.set('count', order.length);
    const address = this.#memory.buffer('order', order.byteLength);
    this.#memory.words(address, order.length).set(order);
  }

  /** Entries that an image can have: all its pairs, and those that fill too wide gaps. */
  #mostEntries(): number {
    const bandPairs = this.#memory.get('bandPairs');
    return BANDS * (bandPairs + Math.ceil(bandPairs / WIDEST));
  }

  #run(kind: keyof typeof KIND, threads: number): void {
    this.#memory.set('kind', KIND[kind]);
    this.#memory.set('threads', threads);
    this.#threads.exports.run();
  }
}

/** Where a class lies among the slots of an image's scores, as in `assembly/scores.ts`. */
function slotOf(i: number): number {
  return i + (SLOTS - BLOCK) * Math.floor(i / BLOCK);
}

/** 0, 1, 2, … */
function inOrder(count: number): Uint32Array {
  const order = new Uint32Array(count);
  for (let n = 0; n < count; n++) order[n] = n;
  return order;
}
