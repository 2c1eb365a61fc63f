// TensorFlow.js with its own ops: --backend wasm | cpu.
// The packages are not the main package's: npm ci --prefix scripts/bench/peers

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import {
  evaluate,
  linearLayers,
  ratesOf,
  readData,
  readOptions,
  scaled,
  transposed,
} from './protocol.mjs';

const options = readOptions('backend', 'wasm');
const { dataDir, batchSize, epochs, threads, hidden, initial, orders, own: backend } = options;
const inputs = 784;

const require = createRequire(import.meta.url);
// A variable, so that neither tsc nor knip asks the main package for these.
const names = ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'];
const tf = require(names[0]);
if (backend === 'wasm') {
  const wasm = require(names[1]);
  wasm.setWasmPaths(`${dirname(require.resolve(names[1]))}/`);
  wasm.setThreadsCount(threads);
}
if (!(await tf.setBackend(backend))) throw new Error(`no backend ${backend}`);
await tf.ready();

const { images, labels } = readData(dataDir);
const begin = performance.now();
const x = tf.tensor2d(scaled(images), [labels.length, inputs]);
const y = tf.tidy(() =>
  tf.cast(tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), 10), 'float32'),
);
y.dataSync();
const prepareMs = performance.now() - begin;

const order = orders && Int32Array.from(orders);
const perEpoch = order ? order.length / epochs : labels.length;

const linear = linearLayers(hidden, initial).map((layer) => ({
  ...layer,
  w: tf.variable(
    tf.tensor2d(transposed(layer.weight, layer.outputs, layer.inputs), [
      layer.inputs,
      layer.outputs,
    ]),
  ),
  b: tf.variable(tf.tensor1d(layer.bias)),
}));
const optimizer = tf.train.sgd(options.learningRate);

/** @param {unknown} u */
const forward = (u) =>
  linear.reduce((h, { w, b }, l) => tf.add(tf.matMul(l > 0 ? tf.relu(h) : h, w), b), u);

/** @param {number} epoch */
function trainEpoch(epoch) {
  const rates = ratesOf(options, epoch, Math.ceil(perEpoch / batchSize));
  for (let start = 0; start < perEpoch; start += batchSize) {
    const size = Math.min(batchSize, perEpoch - start);
    optimizer.setLearningRate(rates[start / batchSize]);
    tf.tidy(() => {
      let u;
      let target;
      if (order) {
        const from = epoch * perEpoch + start;
        const index = tf.tensor1d(order.subarray(from, from + size), 'int32');
        u = tf.gather(x, index);
        target = tf.gather(y, index);
      } else {
        u = tf.slice(x, [start, 0], [size, inputs]);
        target = tf.slice(y, [start, 0], [size, 10]);
      }
      optimizer.minimize(() => tf.losses.softmaxCrossEntropy(target, forward(u)));
    });
  }
  linear[0].b.dataSync(); // everything queued is done
}

const epochsMs = [];
for (let epoch = 0; epoch < epochs; epoch++) {
  const start = performance.now();
  trainEpoch(epoch);
  epochsMs.push(performance.now() - start);
}

const trained = linear.map(({ inputs, outputs, w, b }) => ({
  inputs,
  outputs,
  weight: transposed(w.dataSync(), inputs, outputs),
  bias: b.dataSync(),
}));
console.log(
  JSON.stringify({
    peer: `tfjs-${backend}`,
    version: tf.version.tfjs,
    threads: backend === 'cpu' ? 1 : threads,
    batchSize,
    epochsMs,
    prepareMs,
    ...evaluate(dataDir, trained),
  }),
);
process.exit(0); // the wasm backend's threads would keep it alive
