import { describe } from 'vitest';
import { createSimdKernel } from '../../src/kernel/simd.js';
import { kernelContract } from './contract.js';
import { agreesWithTorch } from './torch.js';

describe.each([1, 2])('the fast kernel with %i thread(s)', (threads) => {
  kernelContract((shape) => createSimdKernel(shape, threads), 1e-4);
  agreesWithTorch((shape) => createSimdKernel(shape, threads));
});
