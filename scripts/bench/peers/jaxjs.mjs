// jax-js in WebAssembly, its only backend in Node: a whole step in one jit, gradients by its grad.
// The package is not the main package's: npm ci --prefix scripts/bench/peers

import { readFileSync } from 'node:fs';
import {
  evaluate,
  linearLayers,
  ratesOf,
  readData,
  readOptions,
  scaled,
  transposed,
} from './protocol.mjs';

const options = readOptions('device', 'wasm');
const { dataDir, batchSize, epochs, hidden, initial, orders, own: device } = options;
const INPUTS = 784;

// A variable, so that neither tsc nor knip asks the main package for it.
const name = '@jax-js/jax';
const { defaultDevice, grad, init, jit, nn, numpy: np } = await import(name);
await init(device);
defaultDevice(device);

const { images, labels } = readData(dataDir);
const begin = performance.now();
const pixels = scaled(images);
const prepareMs = performance.now() - begin;

const linear = linearLayers(hidden, initial);
/** W with a row per input and b of each layer, one after the other. */
let parameters = linear.flatMap(({ inputs, outputs, weight, bias }) => [
  np.array(transposed(weight, outputs, inputs)).reshape([inputs, outputs]),
  np.array(Float32Array.from(bias)),
]);

// Whoever takes an array uses it up; `ref` is one more use.
/** @param {any[]} theta @param {any} u @param {any} target one-hot */
function loss(theta, u, target) {
  const v = linear.reduce(
    (h, _, l) => np.dot(l > 0 ? nn.relu(h) : h, theta[2 * l]).add(theta[2 * l + 1]),
    u,
  );
  return nn
    .logSoftmax(v)
    .mul(target)
    .sum()
    .mul(-1 / batchSize);
}
const step = jit(
  (
    /** @type {any[]} */ theta,
    /** @type {any} */ u,
    /** @type {any} */ target,
    /** @type {any} */ lr,
  ) => {
    const gradient = grad(loss)(
      theta.map((p) => p.ref),
      u,
      target,
    );
    return theta.map((p, i) => p.sub(gradient[i].mul(lr.ref)));
  },
);

const perEpoch = orders ? orders.length / epochs : labels.length;
if (perEpoch % batchSize !== 0) throw new Error('the last batch has to be as large as the others');

/** @param {number} epoch */
async function trainEpoch(epoch) {
  const rates = ratesOf(options, epoch, perEpoch / batchSize);
  for (let t = 0; t < rates.length; t++) {
    const u = new Float32Array(batchSize * INPUTS);
    const target = new Float32Array(batchSize * 10);
    for (let i = 0; i < batchSize; i++) {
      const at = t * batchSize + i;
      const n = orders ? orders[epoch * perEpoch + at] : at;
      u.set(pixels.subarray(n * INPUTS, (n + 1) * INPUTS), i * INPUTS);
      target[i * 10 + labels[n]] = 1;
    }
    parameters = step(
      parameters,
      np.array(u).reshape([batchSize, INPUTS]),
      np.array(target).reshape([batchSize, 10]),
      np.array(rates[t]),
    );
  }
  await parameters[1].ref.data();
}

const epochsMs = [];
for (let epoch = 0; epoch < epochs; epoch++) {
  const start = performance.now();
  await trainEpoch(epoch);
  epochsMs.push(performance.now() - start);
}

const values = await Promise.all(parameters.map((p) => p.data()));
const trained = linear.map(({ inputs, outputs }, l) => ({
  inputs,
  outputs,
  weight: transposed(values[2 * l], inputs, outputs),
  bias: values[2 * l + 1],
}));
const { version } = JSON.parse(
  readFileSync(new URL('node_modules/@jax-js/jax/package.json', import.meta.url), 'utf8'),
);
console.log(
  JSON.stringify({
    peer: 'jax-js',
    version,
    threads: 1,
    batchSize,
    epochsMs,
    prepareMs,
    ...evaluate(dataDir, trained),
  }),
);
process.exit(0);
