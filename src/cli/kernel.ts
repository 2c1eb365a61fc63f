import { Option } from '@commander-js/extra-typings';
import type { Kernel } from '../kernel/kernel.js';
import type { NetworkShape } from '../network.js';
import { type Parser, wholeNumber } from './options.js';

/** The flags that choose the kernel. */
export interface KernelOptions {
  readonly kernel: 'simd' | 'reference';
  readonly threads: number | 'auto';
}

/** Makes the kernel for a network, once its shape is known. */
export type KernelMaker = (shape: NetworkShape) => Promise<Kernel>;

/**
 * The one place that chooses the kernel. What does not depend on the network begins at once, so that it
 * goes on while data load: compiling the fast kernel and starting its threads.
 */
export function startKernel({ kernel, threads }: KernelOptions): KernelMaker {
  if (kernel === 'reference') {
    return async (shape) => (await import('../kernel/reference.js')).createReferenceKernel(shape);
  }
  const simd = import('../kernel/simd.js');
  const started = import('../kernel/simd-threads.js').then((m) => m.startSimdThreads(threads));
  // Whoever never gets to need the kernel has met an error that says more than this one would.
  started.catch(() => {});
  return async (shape) => (await simd).createSimdKernel(shape, await started);
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
