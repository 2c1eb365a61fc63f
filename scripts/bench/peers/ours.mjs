// This package's kernels, by the protocol of the peers: --kernel simd | reference.

import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import {
  createReferenceKernel,
  createSimdKernel,
  loadDataset,
  meanNegativeLogLikelihood,
} from '../../../dist/src/index.js';
import { evaluate, linearLayers, ratesOf, readOptions } from './protocol.mjs';

const options = readOptions('kernel', 'simd');
const { dataDir, batchSize, epochs, threads, hidden, initial, orders, own: kernelName } = options;

const { train: images, test } = await loadDataset({ dataDir });
const { rows, columns, classes } = images;
const shape = { rows, columns, classes, hidden: hidden > 0 ? [hidden] : [] };
const kernel =
  kernelName === 'reference'
    ? createReferenceKernel(shape)
    : await createSimdKernel(shape, threads);
if (initial) kernel.setParameters(initial);

const begin = performance.now();
const set = kernel.load(images);
const prepareMs = performance.now() - begin;

const perEpoch = orders ? orders.length / epochs : images.count;
const fileOrder = Uint32Array.from({ length: perEpoch }, (_, i) => i);
const steps = Math.ceil(perEpoch / batchSize);

const epochsMs = [];
for (let epoch = 0; epoch < epochs; epoch++) {
  const order = orders?.subarray(epoch * perEpoch, (epoch + 1) * perEpoch) ?? fileOrder;
  const learningRates = ratesOf(options, epoch, steps);
  const start = performance.now();
  kernel.train(set, { order, batchSize, learningRates, momentum: 0, weightDecay: 0 });
  epochsMs.push(performance.now() - start);
}

// Evaluated in float64 as the peers are, and by the kernel itself, whose answer must be the same.
const parameters = Float32Array.from(kernel.getParameters());
const score = evaluate(dataDir, linearLayers(hidden, parameters));
if (kernelName === 'simd') {
  const own = meanNegativeLogLikelihood(kernel.evaluate(kernel.load(test)).logLikelihood);
  if (!(Math.abs(own - score.testLoss) <= 1e-5 * score.testLoss)) {
    throw new Error(`the kernel's own test loss is ${own}, in float64 it is ${score.testLoss}`);
  }
}
await kernel.close();

const require = createRequire(import.meta.url);
console.log(
  JSON.stringify({
    peer: kernelName,
    version: require('../../../package.json').version,
    threads: kernelName === 'reference' ? 1 : threads,
    batchSize,
    epochsMs,
    prepareMs,
    ...score,
    parametersSha256: createHash('sha256').update(new Uint8Array(parameters.buffer)).digest('hex'),
  }),
);
