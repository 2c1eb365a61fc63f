// TensorFlow.js, softmax regression with its own ops and optimizer: --backend wasm | cpu.
// The packages are not the main package's: npm ci --prefix scripts/bench/peers

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readOptions } from './protocol.mjs';

const {
  dataDir,
  batchSize,
  epochs,
  threads,
  learningRate,
  orders,
  own: backend,
} = readOptions('backend', 'wasm');
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

/** @param {string} name @param {number} skip */
const read = (name, skip) => readFileSync(join(dataDir, name)).subarray(skip);
const images = read('train-images-idx3-ubyte', 16);
const labels = read('train-labels-idx1-ubyte', 8);
const testImages = read('t10k-images-idx3-ubyte', 16);
const testLabels = read('t10k-labels-idx1-ubyte', 8);

/** @param {Uint8Array} bytes */
function scaled(bytes) {
  const floats = new Float32Array(bytes); // from() with a function takes seconds
  for (let i = 0; i < floats.length; i++) floats[i] /= 255;
  return floats;
}
const begin = performance.now();
const x = tf.tensor2d(scaled(images), [labels.length, inputs]);
const y = tf.tidy(() =>
  tf.cast(tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), 10), 'float32'),
);
y.dataSync();
const prepareMs = performance.now() - begin;

const order = orders && Int32Array.from(orders);
const perEpoch = order ? order.length / epochs : labels.length;

const weight = tf.variable(tf.zeros([inputs, 10]));
const bias = tf.variable(tf.zeros([10]));
const optimizer = tf.train.sgd(learningRate);

/** @param {number} epoch */
function trainEpoch(epoch) {
  for (let start = 0; start < perEpoch; start += batchSize) {
    const size = Math.min(batchSize, perEpoch - start);
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
      optimizer.minimize(() =>
        tf.losses.softmaxCrossEntropy(target, tf.add(tf.matMul(u, weight), bias)),
      );
    });
  }
  bias.dataSync(); // everything queued is done
}

const epochsMs = [];
for (let epoch = 0; epoch < epochs; epoch++) {
  const start = performance.now();
  trainEpoch(epoch);
  epochsMs.push(performance.now() - start);
}

/** Mean negative log-likelihood and accuracy, in float64. */
function evaluate() {
  const w = weight.dataSync();
  const b = bias.dataSync();
  let loss = 0;
  let right = 0;
  for (let n = 0; n < testLabels.length; n++) {
    const v = Float64Array.from(b);
    for (let j = 0; j < inputs; j++) {
      const value = testImages[n * inputs + j] / 255;
      if (value) for (let i = 0; i < 10; i++) v[i] += w[j * 10 + i] * value;
    }
    const largest = Math.max(...v);
    const sum = v.reduce((total, value) => total + Math.exp(value - largest), 0);
    loss += Math.log(sum) + largest - v[testLabels[n]];
    right += Number(v[testLabels[n]] === largest);
  }
  return { testLoss: loss / testLabels.length, testAccuracy: right / testLabels.length };
}

console.log(
  JSON.stringify({
    peer: `tfjs-${backend}`,
    version: tf.version.tfjs,
    threads: backend === 'cpu' ? 1 : threads,
    batchSize,
    epochsMs,
    prepareMs,
    ...evaluate(),
  }),
);
process.exit(0); // the wasm backend's threads would keep it alive
