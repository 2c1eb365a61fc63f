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

/** What a WebAssembly memory of 32-bit addresses can hold, in pages of 64 KiB. */
export const MAX_PAGES = 65_536;

/** What the module needs besides its memory. */
export const COMPLAINTS: WebAssembly.ModuleImports = {
  outOfMemory: () => {
    throw new RangeError(
      'network and images do not fit into the 4 GiB of the fast kernel: load fewer images at a time',
    );
  },
};

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
