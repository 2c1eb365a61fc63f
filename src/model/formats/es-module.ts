import { type ForeignModel, type Model, shortestDecimal } from '../model.js';
import type { Format } from './format.js';
import { formatRecord } from './record.js';
import { type LinearLayer, linearLayers } from './tensors.js';

/** A module of JavaScript that imports nothing: for a web page, or any program. */
export const module: Format = {
  extension: '.mjs',
  write: (model) => new TextEncoder().encode(text(model)),
};

function text(model: Model | ForeignModel): string {
  const { rows, columns, classes } = model;
  const layers = linearLayers(model);
  const record = formatRecord(model);
  return `// A network that tells ${classes} classes of ${rows} × ${columns} images apart, from backprop-train.
${record === undefined ? '' : `// ${record}\n`}
/** From the picture's side: the weights of each layer, a row for each output, and its biases. */
const layers = [
${layers.map(weights).join('')}];

/**
 * The probability of each of the ${classes} classes.
 * @param {ArrayLike<number>} x the ${rows * columns} pixels of an image row by row, from 0 to 1
 * @returns {number[]}
 */
export function predict(x) {
  if (x.length !== ${rows * columns}) {
    throw new RangeError(\`x: expected ${rows * columns} pixels, got \${x.length}\`);
  }
  let output = x;
  for (const [at, { weight, bias }] of layers.entries()) {
    const input = output;
    output = Array.from(bias, (b, i) => {
      let sum = b;
      for (let j = 0; j < input.length; j++) sum += weight[i * input.length + j] * input[j];
      return at < layers.length - 1 ? Math.max(0, sum) : sum;
    });
  }
  // Softmax; less the largest score, no exponential overflows.
  const largest = Math.max(...output);
  const powers = output.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}
`;
}

function weights({ rows, bias }: LinearLayer): string {
  return `  {
    weight: new Float32Array([
${rows.map(decimals).join(',\n')},
    ]),
    bias: new Float32Array([${decimals(bias)}]),
  },
`;
}

function decimals(values: Float32Array): string {
  return Array.from(values, shortestDecimal).join(',');
}
