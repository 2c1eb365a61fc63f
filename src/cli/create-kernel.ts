import type { Kernel } from '../kernel/kernel.js';
import { createReferenceKernel } from '../kernel/reference.js';
import type { NetworkShape } from '../network.js';

/** The kernel that the commands train and evaluate with: the one place that chooses it. */
export async function createKernel(shape: NetworkShape): Promise<Kernel> {
  return createReferenceKernel(shape);
}
