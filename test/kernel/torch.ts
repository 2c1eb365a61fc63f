import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Kernel } from '../../src/kernel/kernel.js';
import { accuracy, meanNegativeLogLikelihood } from '../../src/metrics.js';
import { type NetworkShape, parametersOf } from '../../src/network.js';
import { mnist } from '../mnist.js';
import { sum, sumOfSquares } from '../sums.js';
import { steps } from './contract.js';

interface Run {
  limit: number;
  batch_size: number;
  lr: number;
  momentum: number;
  weight_decay: number;
  bias: number[];
  weight_row_sums: number[];
  weight_frobenius: number;
  weight_samples: number[];
  test_loss: number;
  test_accuracy: number;
}

const golden: { weight_indices: number[]; runs: Run[] } = JSON.parse(
  readFileSync(new URL('../fixtures/torch-sgd.json', import.meta.url), 'utf8'),
);

/** An epoch of the full MNIST in file order from zero weights, against PyTorch in double precision. */
export function agreesWithTorch(create: (shape: NetworkShape) => Promise<Kernel>): void {
  it.runIf(mnist).each(golden.runs)(
    "trains to PyTorch's weights: batch $batch_size, lr $lr, momentum $momentum, decay $weight_decay",
    async (run) => {
      const shape = { rows: 28, columns: 28, classes: 10 };
      const kernel = await create(shape);
      const order = Uint32Array.from({ length: run.limit }, (_, i) => i);
      const work = steps(order, run.batch_size, {
        momentum: run.momentum,
        weightDecay: run.weight_decay,
      });
      work.learningRates.fill(run.lr);
      kernel.train(kernel.load(mnist!.train), work);
      const { weight, bias } = parametersOf(kernel.getParameters(), shape).layers.at(-2)!;
      for (const [at, index] of golden.weight_indices.entries()) {
        expect(Math.abs(weight[index]! - run.weight_samples[at]!)).toBeLessThanOrEqual(1e-4);
      }
      for (let i = 0; i < 10; i++) {
        expect(Math.abs(bias[i]! - run.bias[i]!)).toBeLessThanOrEqual(1e-4);
        const rowSum = sum(weight.subarray(i * 784, (i + 1) * 784));
        expect(Math.abs(rowSum - run.weight_row_sums[i]!)).toBeLessThanOrEqual(784e-4);
      }
      const norm = Math.sqrt(sumOfSquares(weight));
      expect(Math.abs(norm / run.weight_frobenius - 1)).toBeLessThanOrEqual(1e-4);
      const { predicted, logLikelihood } = kernel.evaluate(kernel.load(mnist!.test));
      expect(meanNegativeLogLikelihood(logLikelihood)).toBeCloseTo(run.test_loss, 4);
      // One image in 10,000 may lie within rounding of the border between two classes.
      const right = accuracy(predicted, mnist!.test.labels);
      expect(Math.abs(right - run.test_accuracy)).toBeLessThanOrEqual(1.0001e-4);
      await kernel.close();
    },
  );
}
