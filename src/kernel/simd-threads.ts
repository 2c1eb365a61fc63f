import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { UsageError } from '../errors.js';
import { COMPLAINTS, MAX_PAGES, type SimdExports, type SimdThreads } from './simd-module.js';

/** What a worker is given. */
export interface ThreadData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
}

/** Bands of an image (`assembly/encode.ts`), and so the most threads that can share the work. */
export const MAX_THREADS = 2;

/** What the module needs from every thread: the shared memory, and how to sleep on a word of it. */
export function imports(memory: WebAssembly.Memory): WebAssembly.Imports {
  // The first pages, which hold the words that threads sleep on; growing the memory leaves them there.
  const words = new Int32Array(memory.buffer);
  return {
    env: { memory },
    memory: COMPLAINTS,
    barrier: {
      sleep: (address: number, seen: number) => void Atomics.wait(words, address >> 2, seen),
      wake: (address: number) => void Atomics.notify(words, address >> 2),
    },
  };
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
 * @throws UsageError where that many cannot be had, as under `ulimit -v` with Node 20; Node 24 then checks
 *   bounds instead
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
