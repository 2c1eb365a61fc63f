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

/** The fast kernel's memory: the words of its job, buffers for its data, and views of them. */
export class SimdMemory {
  readonly #memory: WebAssembly.Memory;
  /** First byte behind all blocks in use. */
  #top = FIRST_FREE;
  /** Sizes of the blocks in use and of the holes between them, by address, in rising order. */
  readonly #blocks: { readonly address: number; readonly size: number; used: boolean }[] = [];
  readonly #buffers = new Map<JobField, { address: number; size: number }>();

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
   * Points a field at a buffer of `size` bytes, and returns its address. The buffer is kept from call to
   * call and replaced when it is too small.
   */
  buffer(field: JobField, size: number): number {
    let buffer = this.#buffers.get(field);
    if (!buffer || buffer.size < size) {
      if (buffer) this.free(buffer.address);
      buffer = { address: this.allocate(size), size };
      this.#buffers.set(field, buffer);
    }
    this.set(field, buffer.address);
    return buffer.address;
  }

  /** Where the next block behind all others begins, on a cache line of its own. */
  get top(): number {
    return this.#top;
  }

  /** Takes `size` bytes: the first hole that is large enough, or a block behind all others. */
  allocate(size: number): number {
    const hole = this.#blocks.find((block) => !block.used && block.size >= size);
    if (!hole) return this.allocateAtTop(size);
    hole.used = true;
    return hole.address;
  }

  allocateAtTop(size: number): number {
    const block = { address: this.#top, size: lines(size), used: true };
    this.ensure(block.address + block.size);
    this.#blocks.push(block);
    this.#top += block.size;
    return block.address;
  }

  /** Gives a block back. Those behind the last one in use are no more; the others become holes. */
  free(address: number): void {
    this.#blocks.find((block) => block.address === address)!.used = false;
    while (this.#blocks.length > 0 && !this.#blocks.at(-1)!.used) {
      this.#top = this.#blocks.pop()!.address;
    }
  }

  /** @throws RangeError if the memory cannot have this many bytes */
  ensure(bytes: number): void {
    const missing = Math.ceil(bytes / PAGE) - this.#memory.buffer.byteLength / PAGE;
    if (missing <= 0) return;
    if (bytes > MAX_PAGES * PAGE) {
      throw new RangeError(
        'the images do not fit into the 4 GiB of the fast kernel: load fewer at a time',
      );
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
