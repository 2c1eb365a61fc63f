import { describe } from 'vitest';
import { createReferenceKernel } from '../../src/kernel/reference.js';
import { kernelContract } from './contract.js';
import { agreesWithTorch } from './torch.js';

describe('the reference kernel in single precision', () => {
  kernelContract(async (shape) => createReferenceKernel(shape), 1e-4);
  agreesWithTorch(async (shape) => createReferenceKernel(shape));
});
