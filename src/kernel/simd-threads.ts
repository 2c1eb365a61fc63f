import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { UsageError } from '../errors.js';
import type { Steps } from './kernel.js';

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
const MAX_PAGES = 65_536;

/** What the module needs from every thread: the shared memory, and how to sleep on a word of it. */
export function imports(memory: WebAssembly.Memory): WebAssembly.Imports {
  // The first pages, which hold the words that threads sleep on; growing the memory leaves them there.
  const words = new Int32Array(memory.buffer);
  return {
    env: { memory },
    memory: {
      outOfMemory: () => {
        throw new RangeError(
          'network and images do not fit into the 4 GiB of the fast kernel: load fewer images at a time',
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

/** Compiles the module. @throws UsageError where there is no WebAssembly */
async function compile(file: string): Promise<WebAssembly.Module> {
  if (typeof WebAssembly === 'undefined') {
    throw new UsageError('the fast kernel needs WebAssembly, which is switched off here', {
      hint: 'Run without --jitless, or choose --kernel reference.',
    });
  }
  return WebAssembly.compile(await readFile(file));
}

/**
 * A memory that may grow as far as 32-bit addresses reach. A smaller maximum would save nothing: V8 sets
 * 10 GiB of addresses aside for any memory, so that a trap replaces every check of a bound.
 *
 * @throws UsageError where that many cannot be had, as under `ulimit -v`
 */
function createMemory(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: 2, maximum: MAX_PAGES, shared: true });
  } catch (cause) {
    throw new UsageError('the fast kernel cannot set aside the addresses for its memory', {
      hint:
        'Raise `ulimit -v` above 16 GB, set NODE_OPTIONS=--disable-wasm-trap-handler, ' +
        'or choose --kernel reference.',
      cause,
    });
  }
}

/**
 * Compiles the fast kernel. It needs no data yet, so it can run while they load.
 *
 * @param wanted 1 or 2 (more count as 2): starts them and waits until they are there. `auto`: two as soon
 *   as they pay, see `ThreadChoice`.
 */
export async function startSimdThreads(wanted: number | 'auto'): Promise<SimdThreads> {
  const { resolve } = createRequire(import.meta.url);
  const module = await compile(resolve('#simd.wasm'));
  const memory = createMemory();
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
const WORTH_STARTING = 150;

/**
 * Numbers in a step's work, images × parameters, for which `auto` shares it: less is done before two
 * threads have met twice.
 */
const WORTH_SHARING = 80_000;

/** A pause from sharing lasts so many times as long as the call that was the reason for it. */
const PAUSE = 20;

/** Steps of one kind: what one thread has taken for an image says what two should take. */
type Kind = Pick<Steps, 'batchSize' | 'momentum' | 'weightDecay'>;

/**
 * How many threads the next steps get; it never changes a result. As many as wanted, and with `auto` two,
 * once training has taken long enough to make up for starting the second, if a step is worth sharing.
 *
 * Only the clock can tell what a second thread is worth: without a processor of its own it makes the
 * first wait, milliseconds each time; and two processors may share more than they seem to. A call in which
 * a thread had to wait (`assembly/barrier.ts`), or that took longer than the best one of a single thread,
 * is followed by a pause 20 times as long, in which one thread works: so it costs a twentieth at most. The
 * next pause is twice as long if it comes before sharing has gone well for as long as the last one.
 */
export class ThreadChoice {
  readonly #threads: SimdThreads;
  readonly #parameterCount: number;
  #kind: Kind = { batchSize: 0, momentum: 0, weightDecay: 0 };
  /** The fewest milliseconds an image that a call with one thread took. */
  #alone = Number.POSITIVE_INFINITY;
  #milliseconds = 0;
  /** The last pause's length, and when it ends. */
  #pause = 0;
  #end = 0;

  constructor(threads: SimdThreads, parameterCount: number) {
    this.#threads = threads;
    this.#parameterCount = parameterCount;
  }

  /** How many threads take part in the next steps, of `images` each. */
  next(images: number): number {
    const { wanted } = this.#threads;
    if (wanted === 1 || performance.now() < this.#end) return 1;
    if (wanted !== 'auto') return wanted;
    return images * this.#parameterCount < WORTH_SHARING ? 1 : this.#threads.ready();
  }

  /** What the last steps took, and whether one of their threads had to wait for a processor. */
  took(threads: number, steps: Steps, milliseconds: number, hasWaited: boolean): void {
    this.#milliseconds += milliseconds;
    if (this.#milliseconds > WORTH_STARTING && this.#threads.wanted === 'auto')
      this.#threads.start();
    const { batchSize, momentum, weightDecay } = this.#kind;
    if (
      steps.batchSize !== batchSize ||
      steps.momentum !== momentum ||
      steps.weightDecay !== weightDecay
    ) {
      // Not `steps` itself, which holds on to arrays.
      this.#kind = {
        batchSize: steps.batchSize,
        momentum: steps.momentum,
        weightDecay: steps.weightDecay,
      };
      this.#alone = Number.POSITIVE_INFINITY;
    }
    const each = milliseconds / steps.order.length;
    if (threads === 1) {
      this.#alone = Math.min(this.#alone, each);
    } else if (hasWaited || each > this.#alone) {
      const now = performance.now();
      const wentWell = now - this.#end > this.#pause;
      this.#pause = Math.max(PAUSE * milliseconds, wentWell ? 0 : 2 * this.#pause);
      this.#end = now + this.#pause;
    }
  }
}
