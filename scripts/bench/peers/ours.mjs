// This package's kernels, by the protocol of the peers: --kernel simd | reference.
// Steps are handed over in the portions of src/train.ts, as in the command.

import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import {
  accuracy,
  createReferenceKernel,
  createSimdKernel,
  loadDataset,
  meanNegativeLogLikelihood,
} from '../../../dist/src/index.js';
import { readOptions } from './protocol.mjs';

const {
  dataDir,
  batchSize,
  epochs,
  threads,
  learningRate,
  orders,
  own: kernelName,
} = readOptions('kernel', 'simd');

const { train: images, test } = await loadDataset({ dataDir });
const kernel =
  kernelName === 'reference'
    ? createReferenceKernel(images)
    : await createSimdKernel(images, threads);

const begin = performance.now();
const set = kernel.load(images);
const prepareMs = performance.now() - begin;

const perEpoch = orders ? orders.length / epochs : images.count;
const fileOrder = Uint32Array.from({ length: perEpoch }, (_, i) => i);
const rates = new Float64Array(Math.ceil(perEpoch / batchSize)).fill(learningRate);
const stepsPerCall = Math.max(1, Math.floor(4096 / batchSize));

/** @param {number} epoch */
function trainEpoch(epoch) {
  const order = orders?.subarray(epoch * perEpoch, (epoch + 1) * perEpoch) ?? fileOrder;
  for (let step = 0; step < rates.length; step += stepsPerCall) {
    const first = step * batchSize;
    kernel.train(set, {
      order: order.subarray(first, first + stepsPerCall * batchSize),
      batchSize,
      learningRates: rates.subarray(step, step + stepsPerCall),
      momentum: 0,
      weightDecay: 0,
    });
  }
}

const epochsMs = [];
for (let epoch = 0; epoch < epochs; epoch++) {
  const start = performance.now();
  trainEpoch(epoch);
  epochsMs.push(performance.now() - start);
}

// Judged in float64 as the peers are, and by the kernel itself, whose answer must be the same.
const parameters = kernel.getParameters();
const judge = createReferenceKernel(test, Float64Array);
judge.setParameters(parameters);
const { predicted, logLikelihood } = judge.evaluate(judge.load(test));
const testLoss = meanNegativeLogLikelihood(logLikelihood);
const own = meanNegativeLogLikelihood(kernel.evaluate(kernel.load(test)).logLikelihood);
if (!(Math.abs(own - testLoss) <= 1e-5 * testLoss)) {
  throw new Error(`the kernel's own test loss is ${own}, in float64 it is ${testLoss}`);
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
    testLoss,
    testAccuracy: accuracy(predicted, test.labels),
    parametersSha256: createHash('sha256').update(new Uint8Array(parameters.buffer)).digest('hex'),
  }),
);
