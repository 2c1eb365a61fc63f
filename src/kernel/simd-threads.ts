import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/** What the WebAssembly module offers; see `assembly/index.ts`. */
export interface SimdExports extends WebAssembly.Exports {
  createNetwork(inputs: number, depth: number): void;
  addLinear(l: number, units: number): void;
  loadParameters(from: number): void;
  storeParameters(to: number): void;
  loadVelocity(from: number): void;
  storeVelocity(to: number): void;
  createSet(count: number): number;
  labels(set: number): number;
  imagesAtOnce(): number;
  pixels(): number;
  encode(count: number): void;
  freeSet(set: number): void;
  prepareTraining(
    set: number,
    count: number,
    batchSize: number,
    momentum: number,
    weightDecay: number,
  ): void;
  order(): number;
  learningRates(): number;
  train(threads: number): void;
  losses(): number;
  correct(): number;
  prepareEvaluation(set: number, count: number): void;
  evaluate(threads: number): void;
  predicted(): number;
  probability(): number;
  logLikelihood(): number;
  allocate(bytes: number): number;
  free(address: number): void;
  damagedBlock(): number;
  wasLeftAlone(): number;
  stop(): void;
  serve(thread: number): void;
  readyThreads(): number;
}

/** What a worker is given. */
export interface ThreadData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
}

/** Bands of an image (`assembly/encode.ts`), and so the most threads that can share the work. */
export const MAX_THREADS = 2;
/** What a WebAssembly memory of 32-bit addresses can hold, in pages of 64 KiB. */
export const MAX_PAGES = 65_536;

/** What the module needs from every thread: the shared memory, and how to sleep on a word of it. */
export function imports(memory: WebAssembly.Memory): WebAssembly.Imports {
  // The first pages, which hold the words that threads sleep on; growing the memory leaves them there.
  const words = new Int32Array(memory.buffer);
  return {
    env: { memory },
    memory: {
      outOfMemory: () => {
        throw new RangeError(
          'the images do not fit into the memory of the fast kernel: load fewer at a time',
        );
      },
    },
    barrier: {
      sleep: (address: number, seen: number) => void Atomics.wait(words, address >> 2, seen),
      wake: (address: number) => void Atomics.notify(words, address >> 2),
    },
  };
}

/** The compiled module, its memory, and the threads that work on it besides the host's own. */
export interface SimdThreads {
  readonly memory: WebAssembly.Memory;
  readonly exports: SimdExports;
  /** How many threads to use; `auto` leaves it to measurement. */
  readonly wanted: number | 'auto';
  /** How many could be used now. */
  ready(): number;
  /** Starts the further threads, once; they are ready some time later. */
  start(): void;
  close(): Promise<void>;
}

/**
 * Compiles the fast kernel. It needs no data yet, so it can run while they load.
 *
 * @param wanted 1 or 2 (more count as 2): starts them and waits until they are there. `auto`: as many as
 *   prove faster, see `ThreadChoice`.
 */
export async function startSimdThreads(wanted: number | 'auto'): Promise<SimdThreads> {
  const { resolve } = createRequire(import.meta.url);
  const module = await WebAssembly.compile(await readFile(resolve('#simd.wasm')));
  const memory = new WebAssembly.Memory({ initial: 2, maximum: MAX_PAGES, shared: true });
  const instance = new WebAssembly.Instance(module, imports(memory));
  const exports = instance.exports as SimdExports;
  const ready = (): number => 1 + exports.readyThreads();
  const count = wanted === 'auto' ? MAX_THREADS : Math.min(wanted, MAX_THREADS);
  const workers: Worker[] = [];
  let failure: unknown;
  const start = (): void => {
    for (let thread = 1 + workers.length; thread < count; thread++) {
      const workerData: ThreadData = { module, memory, thread };
      const worker = new Worker(resolve('#simd-worker'), { workerData });
      // An idle or sleeping thread must not keep the process alive.
      worker.unref();
      // Without it there is one thread less, which only a caller who insists on it has to know.
      worker.on('error', (error) => {
        failure = error;
      });
      workers.push(worker);
    }
  };
  if (wanted !== 'auto') {
    start();
    while (ready() < count) {
      if (failure) throw new Error(`thread ${ready()} cannot start`, { cause: failure });
      await new Promise((later) => setTimeout(later, 1));
    }
  }
  const close = async (): Promise<void> => {
    if (workers.length > 0) exports.stop();
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
  return { memory, exports, wanted: wanted === 'auto' ? wanted : count, ready, start, close };
}

/** Milliseconds of training after which `auto` starts threads: what starting one takes, several times. */
const WORTH_STARTING = 250;

/** Images to measure by: some tenths of a millisecond's work. */
const TRIAL = 1024;

/**
 * How many threads the next images get. A second thread helps only if there is work enough to make up
 * for its start and a second processor is free, and nobody but the clock can tell. So `auto` starts with
 * one; later both ways are tried on a few steps, and the faster one is used for a while, the longer, the
 * more often it has won. The choice never changes a result.
 */
export class ThreadChoice {
  readonly #threads: SimdThreads;
  #best = 1;
  #milliseconds = 0;
  /** Milliseconds an image with one thread, while two are still to be tried. */
  #alone: number | undefined;
  /** Images between two trials, and those left before the next one. */
  #interval = 4 * TRIAL;
  #left = 0;

  constructor(threads: SimdThreads) {
    this.#threads = threads;
  }

  /** How many threads, and for how many images at most. */
  next(): { threads: number; images: number } {
    const { wanted } = this.#threads;
    if (wanted !== 'auto') return { threads: wanted, images: Number.POSITIVE_INFINITY };
    if (this.#threads.ready() === 1) return { threads: 1, images: 4 * TRIAL };
    if (this.#left > 0) return { threads: this.#best, images: this.#left };
    return { threads: this.#alone === undefined ? 1 : MAX_THREADS, images: TRIAL };
  }

  /** What the last choice took. */
  took(images: number, milliseconds: number): void {
    if (this.#threads.wanted !== 'auto') return;
    this.#milliseconds += milliseconds;
    if (this.#milliseconds > WORTH_STARTING) this.#threads.start();
    if (this.#threads.ready() === 1) return;
    if (this.#left > 0) {
      this.#left -= Math.min(images, this.#left);
    } else if (this.#alone === undefined) {
      this.#alone = milliseconds / images;
    } else {
      const best = milliseconds / images < this.#alone ? MAX_THREADS : 1;
      this.#interval = best === this.#best ? Math.min(2 * this.#interval, 64 * TRIAL) : 4 * TRIAL;
      this.#best = best;
      this.#left = this.#interval;
      this.#alone = undefined;
    }
  }
}
