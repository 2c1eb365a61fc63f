import { afterAll, describe, expect, it } from 'vitest';
import { createSimdKernel } from '../../src/kernel/simd.js';
import { startSimdThreads } from '../../src/kernel/simd-threads.js';
import type { NetworkShape } from '../../src/network.js';
import { mnist } from '../mnist.js';
import { hash, kernelContract, parameters, pictures, shuffled, steps } from './contract.js';
import { agreesWithTorch } from './torch.js';

describe.each([1, 2, 'auto'] as const)('the fast kernel with %s thread(s)', (threads) => {
  kernelContract((shape) => createSimdKernel(shape, threads), 1e-4);
  agreesWithTorch((shape) => createSimdKernel(shape, threads));
});

describe.each([
  { hidden: undefined, batchSize: 7 },
  { hidden: [40, 18], batchSize: 7 },
  { hidden: [20], batchSize: 70 },
])('the number of threads, hidden layers $hidden', async ({ hidden, batchSize }) => {
  const images = mnist?.train ?? pictures(2000, { rows: 9, columns: 11, classes: 5 });
  const shape: NetworkShape = { ...images, hidden };
  const two = await startSimdThreads(2);
  // One thread, then two, then one …: what `auto` does, without asking a clock.
  const alternating = { ...two, wanted: 1 };
  const kernels = [await createSimdKernel(shape, 1), await createSimdKernel(shape, 2)];
  const changing = await createSimdKernel(shape, alternating);
  afterAll(() => Promise.all([...kernels, changing].map((kernel) => kernel.close())));

  it.each([
    ['plain', {}],
    ['momentum and weight decay', { momentum: 0.9, weightDecay: 0.001 }],
  ])('changes no bit of the result, also when it changes on the way: %s', (_, more) => {
    const [one, ...others] = [...kernels, changing].map((kernel) => {
      const set = kernel.load(images);
      kernel.setParameters(parameters(shape, 0.1));
      kernel.setVelocity(new Float32Array(kernel.getParameters().length));
      const order = shuffled(2000);
      const losses = [];
      for (let part = 0; part < 2000; part += 100) {
        alternating.wanted = 3 - alternating.wanted;
        const work = steps(order.subarray(part, part + 100), batchSize, more);
        losses.push(...kernel.train(set, work).losses);
      }
      const { predicted, probability, logLikelihood } = kernel.evaluate(set);
      const trained = [Float64Array.from(losses), kernel.getParameters(), kernel.getVelocity()];
      return [...trained, predicted, probability, logLikelihood].map(hash);
    });
    for (const other of others) expect(other).toEqual(one);
  });
});

it('needs no more memory for 2,000 sets in turn than for two', async () => {
  const shape = { rows: 28, columns: 28, classes: 10 };
  const images = pictures(50, shape);
  const threads = await startSimdThreads(1);
  const kernel = await createSimdKernel(shape, threads);
  const evaluateOnce = () => {
    const set = kernel.load(images);
    kernel.evaluate(set);
    kernel.unload(set);
  };
  for (let turn = 0; turn < 2; turn++) evaluateOnce();
  const bytes = threads.memory.buffer.byteLength;
  for (let turn = 0; turn < 2000; turn++) evaluateOnce();
  expect(threads.memory.buffer.byteLength).toBe(bytes);
  await kernel.close();
});
