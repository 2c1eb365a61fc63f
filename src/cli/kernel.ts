import { Option } from '@commander-js/extra-typings';
import { DataError, UsageError } from '../errors.js';
import type { LabelledImages } from '../images.js';
import type { ImageSet, Kernel, KernelName } from '../kernel/kernel.js';
import type { NetworkShape } from '../network.js';
import { grouped } from '../text/numbers.js';
import { type Parser, wholeNumber } from './options.js';

/** The flags that choose the kernel. */
export interface KernelOptions {
  readonly kernel: KernelName;
  readonly threads: number | 'auto';
}

/** What is done where the fast kernel cannot run. */
interface Otherwise {
  /** No other kernel will do: the user or a checkpoint names this one. */
  readonly required: boolean;
  /** Told that the reference kernel takes its place. */
  readonly warn: (text: string) => void;
}

/** Makes the kernel for a network, once its shape is known. */
export type KernelMaker = (shape: NetworkShape) => Promise<Kernel>;

/**
 * The one place that chooses the kernel. What does not depend on the network begins at once, so that it
 * goes on while data load: compiling the fast kernel and starting its threads. Where it cannot run
 * (no WebAssembly, too little memory), the reference kernel does the work.
 * @throws UsageError, when the kernel is made, if no other will do
 */
export function startKernel(
  { kernel, threads }: KernelOptions,
  { required, warn }: Otherwise,
): KernelMaker {
  if (kernel === 'reference') return makeReference;
  const simd = import('../kernel/simd.js');
  const started = import('../kernel/simd-threads.js').then((m) => m.startSimdThreads(threads));
  // Whoever never gets to need the kernel has met an error that says more than this one would.
  started.catch(() => {});
  return async (shape) => {
    try {
      return await (await simd).createSimdKernel(shape, await started);
    } catch (error) {
      await started.then((threads) => threads.close()).catch(() => {});
      if (required || !(error instanceof UsageError)) throw error;
      warn(`${error.message}: the reference kernel does the work, slower`);
      return makeReference(shape);
    }
  };
}

async function makeReference(shape: NetworkShape): Promise<Kernel> {
  return (await import('../kernel/reference.js')).createReferenceKernel(shape);
}

/**
 * Loads images that fit the kernel's network.
 * @throws DataError if its memory cannot take them
 */
export function loadImages(kernel: Kernel, images: LabelledImages): ImageSet {
  try {
    return kernel.load(images);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const { count, rows, columns } = images;
    throw new DataError(`${grouped(count)} images of ${rows}×${columns}: ${error.message}`, {
      hint: 'take fewer images, or --kernel reference',
      cause: error,
    });
  }
}

const threadCount = wholeNumber(1, 1024);

const threads: Parser<number | 'auto'> = (text) => (text === 'auto' ? text : threadCount(text));

export function kernelOption(): Option<
  '--kernel <name>',
  undefined,
  'simd',
  undefined,
  false,
  'simd' | 'reference'
> {
  return new Option('--kernel <name>', 'fast, or image by image as in the derivation')
    .choices(['simd', 'reference'] as const)
    .default('simd' as const);
}

export function threadsOption(): Option<
  '--threads <n>',
  undefined,
  'auto',
  number | 'auto',
  false,
  number | 'auto'
> {
  return new Option('--threads <n>', 'for simd: 1, 2 or auto, whatever is faster; same result')
    .argParser(threads)
    .default('auto' as const);
}
