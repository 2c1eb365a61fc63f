// Evaluates a saved model anew: its weights on the test images in float64, with no code of the package.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { mnistData } from './work.mjs';

const INPUTS = 784;
const CLASSES = 10;

/** @typedef {{ loss: number, accuracy: number }} Score */
/** @typedef {{ epochs: number, batchSize: number, learningRate: number, learningRateSchedule: string }} Training */
/** @typedef {{ test: Score, training: Training }} Checked */

/** @param {readonly number[]} weight row-major 10×784 @param {readonly number[]} bias @returns {Score} */
function evaluate(weight, bias) {
  const images = readFileSync(join(mnistData, 't10k-images-idx3-ubyte')).subarray(16);
  const labels = readFileSync(join(mnistData, 't10k-labels-idx1-ubyte')).subarray(8);
  let loss = 0;
  let right = 0;
  for (const [n, label] of labels.entries()) {
    const v = Float64Array.from(bias);
    for (let j = 0; j < INPUTS; j++) {
      const u = images[n * INPUTS + j] / 255;
      if (u !== 0) for (let i = 0; i < CLASSES; i++) v[i] += weight[i * INPUTS + j] * u;
    }
    const largest = Math.max(...v);
    const sum = v.reduce((total, score) => total + Math.exp(score - largest), 0);
    loss += Math.log(sum) + largest - v[label];
    right += Number(v.indexOf(largest) === label);
  }
  return { loss: loss / labels.length, accuracy: right / labels.length };
}

/**
 * @param {string} name @param {Score} found @param {Score} expected
 * @param {{ loss: number, accuracy: number }} tolerance loss relative, accuracy absolute
 */
function assertClose(name, found, expected, tolerance) {
  const loss = Math.abs(found.loss / expected.loss - 1);
  const accuracy = Math.abs(found.accuracy - expected.accuracy);
  if (!(loss <= tolerance.loss && accuracy <= tolerance.accuracy)) {
    const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
    throw new Error(`${name}: the saved weights give ${a} on the test images, expected ${b}`);
  }
}

/**
 * @param {string} file a model.json
 * @returns {Checked}
 * @throws Error if its weights do not give what it claims
 */
export function checkModel(file) {
  const { layers, metrics, training } = JSON.parse(readFileSync(file, 'utf8'));
  /** @type {{ weight: number[], bias: number[] }} */
  const { weight, bias } = layers.find(
    (/** @type {{ type: string }} */ { type }) => type === 'linear',
  );
  const score = evaluate(weight, bias);
  assertClose('model.json', score, metrics.test, { loss: 1e-5, accuracy: 1e-9 });
  const { epochs, batchSize, learningRate, learningRateSchedule } = training;
  return { test: score, training: { epochs, batchSize, learningRate, learningRateSchedule } };
}

/**
 * @param {string} name @param {string} file a peer script's weights, and how it trained them
 * @param {Checked} ours the same work, but another shuffle of the same images
 */
export function checkScript(name, file, { test, training }) {
  const { weight, bias, ...theirs } = JSON.parse(readFileSync(file, 'utf8'));
  if (!isDeepStrictEqual(theirs.training, training)) {
    const [a, b] = [JSON.stringify(theirs.training), JSON.stringify(training)];
    throw new Error(`${name}: not the work of the command: ${a}, expected ${b}`);
  }
  assertClose(name, evaluate(weight, bias), test, { loss: 0.03, accuracy: 0.005 });
}
