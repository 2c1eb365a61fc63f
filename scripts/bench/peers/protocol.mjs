// What the peers in JavaScript share, as protocol.py is for those in Python: options, data, evaluation.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const INPUTS = 784;
const CLASSES = 10;

/** @typedef {ReturnType<typeof readOptions>} Options */
/** @typedef {{ inputs: number, outputs: number, weight: Float32Array, bias: Float32Array }} Linear weight: a row per output */

/**
 * @param {string} name of the one option that only this peer has
 * @param {string} value its default
 */
export function readOptions(name, value) {
  const { values } = parseArgs({
    options: {
      'data-dir': { type: 'string', default: '' },
      'batch-size': { type: 'string', default: '64' },
      epochs: { type: 'string', default: '5' },
      threads: { type: 'string', default: '1' },
      lr: { type: 'string', default: '0.1' },
      'schedule-epochs': { type: 'string', default: '0' },
      hidden: { type: 'string', default: '0' },
      init: { type: 'string' },
      order: { type: 'string' },
      [name]: { type: 'string', default: value },
    },
  });
  return {
    dataDir: String(values['data-dir']),
    batchSize: Number(values['batch-size']),
    epochs: Number(values.epochs),
    threads: Number(values.threads),
    learningRate: Number(values.lr),
    /** Over how many epochs the learning rate falls linearly to 0; 0: it is constant. */
    scheduleEpochs: Number(values['schedule-epochs']),
    /** Units of the hidden layer; 0: there is none. */
    hidden: Number(values.hidden),
    /** Initial parameters: each layer's W row by row, then its b; all 0 without a file. */
    initial: values.init === undefined ? undefined : readFloats(String(values.init)),
    orders: values.order === undefined ? undefined : readOrders(String(values.order)),
    own: String(values[name]),
  };
}

/** Of all epochs, one after another: uint32, little-endian. @param {string} file */
function readOrders(file) {
  const bytes = readFileSync(file);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(i * 4));
}

/** @param {string} file float32, little-endian */
function readFloats(file) {
  const bytes = readFileSync(file);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
}

/** The learning rate of each step of an epoch. @param {Options} options @param {number} epoch @param {number} steps */
export function ratesOf({ learningRate, scheduleEpochs }, epoch, steps) {
  return Float64Array.from({ length: steps }, (_, step) =>
    scheduleEpochs > 0
      ? learningRate * (1 - (epoch * steps + step) / (scheduleEpochs * steps))
      : learningRate,
  );
}

/** Bytes as in the files. @param {string} folder */
export function readData(folder) {
  /** @param {string} name @param {number} skip */
  const read = (name, skip) => readFileSync(join(folder, name)).subarray(skip);
  return {
    images: read('train-images-idx3-ubyte', 16),
    labels: read('train-labels-idx1-ubyte', 8),
    testImages: read('t10k-images-idx3-ubyte', 16),
    testLabels: read('t10k-labels-idx1-ubyte', 8),
  };
}

/** Pixels from 0 to 1. @param {Uint8Array} bytes */
export function scaled(bytes) {
  const floats = new Float32Array(bytes); // from() with a function takes seconds
  for (let i = 0; i < floats.length; i++) floats[i] /= 255;
  return floats;
}

/** The linear layers in one flat array, which is all 0 if not given. @param {number} hidden @param {Float32Array} [all] */
export function linearLayers(hidden, all) {
  const sizes = hidden > 0 ? [INPUTS, hidden, CLASSES] : [INPUTS, CLASSES];
  const count = sizes.slice(1).reduce((sum, outputs, i) => sum + outputs * (sizes[i] + 1), 0);
  const flat = all ?? new Float32Array(count);
  if (flat.length !== count) throw new Error(`${flat.length} parameters, expected ${count}`);
  let first = 0;
  /** @param {number} length */
  const take = (length) => {
    first += length;
    return flat.subarray(first - length, first);
  };
  return sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i];
    return { inputs, outputs, weight: take(outputs * inputs), bias: take(outputs) };
  });
}

/** Columns become rows. @param {Float32Array} matrix @param {number} rows @param {number} columns */
export function transposed(matrix, rows, columns) {
  const result = new Float32Array(matrix.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = matrix[i * columns + j];
  }
  return result;
}

/** Mean negative log-likelihood and accuracy, in float64. @param {string} folder @param {Linear[]} layers */
export function evaluate(folder, layers) {
  const { testImages, testLabels } = readData(folder);
  const columns = layers.map(({ weight, inputs, outputs }) => transposed(weight, outputs, inputs));
  let loss = 0;
  let correct = 0;
  for (let n = 0; n < testLabels.length; n++) {
    let v = Float64Array.from(testImages.subarray(n * INPUTS, (n + 1) * INPUTS), (x) => x / 255);
    for (const [l, { inputs, outputs, bias }] of layers.entries()) {
      const h = l > 0 ? v.map((x) => Math.max(0, x)) : v;
      v = Float64Array.from(bias);
      for (let j = 0; j < inputs; j++) {
        if (h[j] === 0) continue;
        for (let i = 0; i < outputs; i++) v[i] += columns[l][j * outputs + i] * h[j];
      }
    }
    const largest = Math.max(...v);
    const sum = v.reduce((total, value) => total + Math.exp(value - largest), 0);
    loss += Math.log(sum) + largest - v[testLabels[n]];
    correct += Number(v.indexOf(largest) === testLabels[n]);
  }
  return { testLoss: loss / testLabels.length, testAccuracy: correct / testLabels.length };
}
