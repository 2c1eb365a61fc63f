import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Kernel } from '../../src/kernel/kernel.js';
import type { LayerParameters } from '../../src/layers/layer.js';
import { accuracy, meanNegativeLogLikelihood } from '../../src/metrics.js';
import { type NetworkShape, parameterCount, parametersOf } from '../../src/network.js';
import { mnist } from '../mnist.js';
import { sum, sumOfSquares } from '../sums.js';
import { steps } from './contract.js';

/** Where a linear layer is after training. */
interface Figures {
  bias: number[];
  weight_row_sums: number[];
  weight_frobenius: number;
  weight_samples: number[];
}

interface Settings {
  limit: number;
  batch_size: number;
  lr: number;
  momentum: number;
  weight_decay: number;
  test_loss: number;
  test_accuracy: number;
}

type Run = Settings & Figures;
type HiddenRun = Settings & {
  hidden: number[];
  layers: (Figures & { weight_indices: number[] })[];
};

const golden: { weight_indices: number[]; runs: Run[] } = fixture('torch-sgd.json');
const hiddenRuns: { runs: HiddenRun[] } = fixture('torch-hidden.json');

function fixture(name: string) {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'));
}

/** An epoch of the full MNIST in file order, against PyTorch in double precision. */
export function agreesWithTorch(create: (shape: NetworkShape) => Promise<Kernel>): void {
  it.runIf(mnist).each(golden.runs)(
    "trains to PyTorch's weights: batch $batch_size, lr $lr, momentum $momentum, decay $weight_decay",
    async (run) => {
      const kernel = await create({ rows: 28, columns: 28, classes: 10 });
      const [layer] = train(kernel, run);
      expectFigures(layer!, run, golden.weight_indices);
      expectTestFigures(kernel, run);
      await kernel.close();
    },
  );

  it.runIf(mnist).each(hiddenRuns.runs)(
    "trains to PyTorch's weights with hidden layers $hidden: batch $batch_size, lr $lr, momentum $momentum, decay $weight_decay",
    async (run) => {
      const { hidden, layers } = run;
      const kernel = await create({ rows: 28, columns: 28, classes: 10, hidden });
      kernel.setParameters(given(kernel.shape));
      for (const [l, layer] of train(kernel, run).entries()) {
        expectFigures(layer, layers[l]!, layers[l]!.weight_indices);
      }
      expectTestFigures(kernel, run);
      await kernel.close();
    },
  );
}

/** The weights that `scripts/golden.py` starts from where there are hidden layers. */
function given(shape: NetworkShape): Float32Array {
  const { all, linear } = parametersOf(new Float32Array(parameterCount(shape)), shape);
  for (const [l, { weight, bias }] of linear.entries()) {
    const D = weight.length / bias.length;
    for (let i = 0; i < bias.length; i++) {
      bias[i] = 0.1 * Math.cos(i + l);
      for (let j = 0; j < D; j++) {
        weight[i * D + j] = Math.sqrt(6 / D) * Math.sin(0.7 * i * j + i + 2 * j + l);
      }
    }
  }
  return all;
}

/** The linear layers after an epoch of the first images in file order. */
function train(kernel: Kernel, run: Settings): readonly LayerParameters[] {
  const order = Uint32Array.from({ length: run.limit }, (_, i) => i);
  const work = steps(order, run.batch_size, {
    momentum: run.momentum,
    weightDecay: run.weight_decay,
  });
  work.learningRates.fill(run.lr);
  kernel.train(kernel.load(mnist!.train), work);
  return parametersOf(kernel.getParameters(), kernel.shape).linear;
}

function expectFigures(
  { weight, bias }: LayerParameters,
  figures: Figures,
  indices: readonly number[],
): void {
  const D = weight.length / bias.length;
  for (const [at, index] of indices.entries()) {
    expect(Math.abs(weight[index]! - figures.weight_samples[at]!)).toBeLessThanOrEqual(1e-4);
  }
  for (let i = 0; i < bias.length; i++) {
    expect(Math.abs(bias[i]! - figures.bias[i]!)).toBeLessThanOrEqual(1e-4);
    const rowSum = sum(weight.subarray(i * D, (i + 1) * D));
    expect(Math.abs(rowSum - figures.weight_row_sums[i]!)).toBeLessThanOrEqual(D * 1e-4);
  }
  const norm = Math.sqrt(sumOfSquares(weight));
  expect(Math.abs(norm / figures.weight_frobenius - 1)).toBeLessThanOrEqual(1e-4);
}

function expectTestFigures(kernel: Kernel, run: Settings): void {
  const { predicted, logLikelihood } = kernel.evaluate(kernel.load(mnist!.test));
  expect(meanNegativeLogLikelihood(logLikelihood)).toBeCloseTo(run.test_loss, 4);
  // One image in 10,000 may lie within rounding of the border between two classes.
  const share = accuracy(predicted, mnist!.test.labels);
  expect(Math.abs(share - run.test_accuracy)).toBeLessThanOrEqual(1.0001e-4);
}
