/** What the WebAssembly module offers; see `assembly/index.ts`. */
export interface SimdExports extends WebAssembly.Exports {
  run(): void;
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

/** What the module needs from every thread: the shared memory, and how to sleep on a word of it. */
export function threadImports(memory: WebAssembly.Memory): WebAssembly.Imports {
  // The first pages, which hold the words that threads sleep on; growing the memory leaves them there.
  const words = new Int32Array(memory.buffer);
  return {
    env: { memory },
    threads: {
      sleep: (address: number, seen: number) => void Atomics.wait(words, address >> 2, seen),
      wake: (address: number) => void Atomics.notify(words, address >> 2),
    },
  };
}
