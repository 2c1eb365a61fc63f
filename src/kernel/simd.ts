import type { NetworkShape } from '../network.js';
import type { Kernel } from './kernel.js';
import { SimdKernel } from './simd-kernel.js';
import type { SimdThreads } from './simd-module.js';
import { startSimdThreads } from './simd-threads.js';

/**
 * The fast kernel in Node.
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
