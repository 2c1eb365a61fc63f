// Evaluates a saved model anew: its weights on the test images in float64, with no code of the package.

import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { evaluate as evaluateLayers } from './peers/protocol.mjs';
import { mnistData } from './work.mjs';

/** @typedef {{ loss: number, accuracy: number }} Score */
/** @typedef {{ epochs: number, batchSize: number, learningRate: number, learningRateSchedule: string }} Training */
/** @typedef {{ test: Score, training: Training }} Checked */

/** @typedef {{ weight: number[], bias: number[] }} Linear weight: row-major, a row per output */

/** @param {readonly Linear[]} layers @returns {Score} */
function evaluate(layers) {
  let inputs = 784;
  const linear = layers.map(({ weight, bias }) => {
    const layer = {
      inputs,
      outputs: bias.length,
      weight: Float32Array.from(weight),
      bias: Float32Array.from(bias),
    };
    inputs = bias.length;
    return layer;
  });
  const { testLoss: loss, testAccuracy: accuracy } = evaluateLayers(mnistData, linear);
  return { loss, accuracy };
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
  const score = evaluate(
    layers.filter((/** @type {{ type: string }} */ { type }) => type === 'linear'),
  );
  assertClose('model.json', score, metrics.test, { loss: 1e-5, accuracy: 1e-9 });
  const { epochs, batchSize, learningRate, learningRateSchedule } = training;
  return { test: score, training: { epochs, batchSize, learningRate, learningRateSchedule } };
}

/**
 * @param {string} name @param {string} file a peer script's weights, and how it trained them
 * @param {Checked} ours the same work, but another shuffle of the same images
 * @param {number} [tolerance] of the loss, relative
 * @returns {Score}
 */
export function checkScript(name, file, { test, training }, tolerance = 0.03) {
  const { layers, ...theirs } = JSON.parse(readFileSync(file, 'utf8'));
  if (!isDeepStrictEqual(theirs.training, training)) {
    const [a, b] = [JSON.stringify(theirs.training), JSON.stringify(training)];
    throw new Error(`${name}: not the work of the command: ${a}, expected ${b}`);
  }
  const score = evaluate(layers);
  assertClose(name, score, test, { loss: tolerance, accuracy: 0.005 });
  return score;
}
