import { MAX_PAGES } from './simd-threads.js';

/** The words of `assembly/job.ts`, in its order. */
const JOB_FIELDS = [
  'kind',
  'threads',
  'inputs',
  'classes',
  'bandPairs',
  'slots',
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
  'parts',
  'columns',
  'columnsSize',
  'tile',
  'tileSize',
  'tilePixels',
  'bounds',
  'predicted',
  'probability',
  'logLikelihood',
  'pixels',
  'end',
] as const;
export type JobField = (typeof JOB_FIELDS)[number];

/** Where the job lies (`assembly/job.ts`), and the first byte behind all that has a fixed place. */
const JOB = 1024;
const FIRST_FREE = 4096;
const PAGE = 65_536;

/** Whole cache lines for `size` bytes, as in `assembly/passes.ts`. */
export function lines(size: number): number {
  return Math.ceil(size / 64) * 64;
}

/** The fast kernel's memory: the words of its job, room for its data, and views of it. */
export class SimdMemory {
  readonly #memory: WebAssembly.Memory;
  /** First byte that nothing uses yet. */
  #top = FIRST_FREE;
  readonly #rooms = new Map<JobField, { address: number; size: number }>();

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  set(field: JobField, value: number): void {
    this.words(JOB, JOB_FIELDS.length)[JOB_FIELDS.indexOf(field)] = value;
  }

  setFloat(field: JobField, value: number): void {
    this.floats(JOB, JOB_FIELDS.length)[JOB_FIELDS.indexOf(field)] = value;
  }

  get(field: JobField): number {
    return this.words(JOB, JOB_FIELDS.length)[JOB_FIELDS.indexOf(field)]!;
  }

  /**
   * Points a field at room for `size` bytes, and returns its address. The room is kept from call to call and
   * replaced when it is too small.
   */
  room(field: JobField, size: number): number {
    let room = this.#rooms.get(field);
    if (!room || room.size < size) {
      room = { address: this.allocate(size), size };
      this.#rooms.set(field, room);
    }
    this.set(field, room.address);
    return room.address;
  }

  /** Takes `size` bytes, from a cache line of their own on. */
  allocate(size: number): number {
    const address = lines(this.#top);
    this.takeUpTo(address + size);
    return address;
  }

  /** Everything up to `end` is in use from now on, and nothing behind it. */
  takeUpTo(end: number): void {
    this.ensure(end);
    this.#top = end;
  }

  /** @throws RangeError if the memory cannot have this many bytes */
  ensure(bytes: number): void {
    const missing = Math.ceil(bytes / PAGE) - this.#memory.buffer.byteLength / PAGE;
    if (missing <= 0) return;
    if (bytes > MAX_PAGES * PAGE) {
      throw new RangeError('the images do not fit the fast kernel, which has 4 GiB: use --limit');
    }
    this.#memory.grow(missing);
  }

  bytes(address: number, count: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, count);
  }

  words(address: number, count: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, address, count);
  }

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, count);
  }

  doubles(address: number, count: number): Float64Array {
    return new Float64Array(this.#memory.buffer, address, count);
  }
}
