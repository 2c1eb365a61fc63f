import { type ForeignModel, type Model, shortestDecimal } from '../model.js';
import type { Format } from './format.js';
import { formatRecord } from './record.js';
import { type LinearLayer, linearLayers } from './tensors.js';

/** C99 that needs math.h alone: for a microcontroller, or to read. */
export const header: Format = {
  extension: '.h',
  write: (model) => new TextEncoder().encode(text(model)),
};

function text(model: Model | ForeignModel): string {
  const { rows, columns, classes } = model;
  const layers = linearLayers(model);
  const record = formatRecord(model);
  const last = layers.length;
  return `// A network that tells ${classes} classes of ${rows} x ${columns} images apart, from backprop-train.
${record === undefined ? '' : `// ${record}\n`}#ifndef BACKPROP_MODEL_H
#define BACKPROP_MODEL_H

#include <math.h>

#define BACKPROP_INPUTS ${rows * columns}
#define BACKPROP_CLASSES ${classes}

${layers.map((layer, at) => weights(layer, at + 1)).join('\n')}
/*
 * The class of one image, from 0; of several with the same score the lowest.
 * x: BACKPROP_INPUTS pixels row by row, 0 to 1. y: filled with BACKPROP_CLASSES probabilities.
 */
static int backprop_predict(const float *x, float *y) {
  const float *input = x;
${layers.map((layer, at) => forward(layer, at + 1, at + 1 === last)).join('')}  int best = 0;
  for (int i = 1; i < BACKPROP_CLASSES; i++) if (y[i] > y[best]) best = i;
  /* Softmax; less the largest score, no exponential overflows. */
  float largest = y[best], sum = 0.0f;
  for (int i = 0; i < BACKPROP_CLASSES; i++) sum += y[i] = expf(y[i] - largest);
  for (int i = 0; i < BACKPROP_CLASSES; i++) y[i] /= sum;
  return best;
}

#endif
`;
}

function weights({ inputs, outputs, rows, bias }: LinearLayer, number: number): string {
  return `static const float backprop_W${number}[${outputs}][${inputs}] = {
${rows.map((row) => `{${decimals(row)}}`).join(',\n')}
};
static const float backprop_b${number}[${outputs}] = {${decimals(bias)}};
`;
}

function decimals(values: Float32Array): string {
  return Array.from(values, (value) => {
    const decimal = shortestDecimal(value);
    return `${decimal}${/[.e]/.test(decimal) ? '' : '.0'}f`;
  }).join(',');
}

/** v = W u + b, the last one into y; h = max(0, v) otherwise. */
function forward({ inputs, outputs }: LinearLayer, number: number, isLast: boolean): string {
  const output = isLast ? 'y' : `h${number}`;
  return `${isLast ? '' : `  float ${output}[${outputs}];\n`}  for (int i = 0; i < ${outputs}; i++) {
    float sum = backprop_b${number}[i];
    for (int j = 0; j < ${inputs}; j++) sum += backprop_W${number}[i][j] * input[j];
    ${output}[i] = ${isLast ? 'sum' : 'sum > 0.0f ? sum : 0.0f'};
  }
${isLast ? '' : `  input = ${output};\n`}`;
}
