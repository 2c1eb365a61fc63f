import type { BackwardPass } from '../gradient-check.js';
import type { LabelledImages } from '../images.js';
import type { Picture } from '../layers/reshape.js';
import {
  type Activations,
  backward,
  createActivationGradients,
  createActivations,
  inputsOf,
  oneHot,
  parameterCount,
  parametersOf,
} from '../network.js';
import { Random, Stream } from '../random.js';
import type { Code } from './mistakes.js';

/** What one epoch of training shows. */
export interface EpochFigures {
  /** Mean −L over the epoch's images, each before its step, in nats. */
  readonly loss: number;
  /** On the images held back, after the epoch: the share classified rightly. */
  readonly accuracy: number;
}

export interface TrainingRun {
  readonly epochs: readonly EpochFigures[];
  /** The first step whose loss was not a number or infinite, where training stopped. */
  readonly diverged: { readonly epoch: number; readonly step: number } | null;
}

export interface RunOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly seed: number;
  /** Pixels are divided by this: 255 as everywhere, or 1. */
  readonly divisor: number;
}

/** Where the parameters of a run are, and room to work in. */
interface Bench {
  readonly code: Code;
  readonly backward: BackwardPass;
  readonly x: Float64Array;
  readonly labels: Float64Array;
  readonly theta: ReturnType<typeof parametersOf>;
  readonly gradient: ReturnType<typeof parametersOf>;
  readonly activations: Activations;
  readonly d: ReturnType<typeof createActivationGradients>;
  readonly divisor: number;
}

/**
 * Plain SGD from zero weights in double precision, with the code given. With the right code it is what
 * `train.ts` does, the order of images included; it exists to be run with mistakes in it.
 */
export function runTraining(
  code: Code,
  images: LabelledImages,
  judged: LabelledImages,
  { epochs, batchSize, lr, seed, divisor }: RunOptions,
): TrainingRun {
  const bench = createBench(code, images, divisor);
  const random = new Random(seed, Stream.order);
  const figures: EpochFigures[] = [];
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const order = Uint32Array.from({ length: images.count }, (_, index) => index);
    random.shuffle(order);
    let sum = 0;
    for (let first = 0, step = 1; first < order.length; first += batchSize, step++) {
      const loss = trainStep(bench, images, order.subarray(first, first + batchSize), lr);
      if (!Number.isFinite(loss)) return { epochs: figures, diverged: { epoch, step } };
      sum += loss;
    }
    figures.push({ loss: sum / order.length, accuracy: accuracyOn(bench, judged) });
  }
  return { epochs: figures, diverged: null };
}

/** θ ← θ + lr g, uphill on L. @returns the sum of −L over the batch, before the step */
function trainStep(bench: Bench, images: LabelledImages, batch: Uint32Array, lr: number): number {
  const { code, theta, gradient, activations, labels, d } = bench;
  gradient.all.fill(0);
  let loss = 0;
  for (const index of batch) {
    loss -= code.forward(theta, take(bench, images, index), labels, activations);
    bench.backward(gradient, activations, labels, d);
  }
  const scale = lr / code.divisor(batch.length);
  for (let p = 0; p < theta.all.length; p++) theta.all[p]! += scale * gradient.all[p]!;
  return loss;
}

function accuracyOn(bench: Bench, images: LabelledImages): number {
  let correct = 0;
  for (let index = 0; index < images.count; index++) {
    const x = take(bench, images, index);
    bench.code.forward(bench.theta, x, bench.labels, bench.activations);
    const { v } = bench.activations;
    if (v.indexOf(Math.max(...v)) === images.labels[index]) correct++;
  }
  return correct / images.count;
}

/** Puts image `index` and its label on the bench. */
function take({ x, labels, divisor }: Bench, images: LabelledImages, index: number): Picture {
  const D = x.length;
  for (let j = 0; j < D; j++) x[j] = images.pixels[index * D + j]! / divisor;
  oneHot(labels, images.labels[index]!);
  return { rows: images.rows, columns: images.columns, values: x };
}

function createBench(code: Code, shape: LabelledImages, divisor: number): Bench {
  const count = parameterCount(shape);
  return {
    code,
    backward: code.spoil(backward as BackwardPass),
    x: new Float64Array(inputsOf(shape)),
    labels: new Float64Array(shape.classes),
    theta: parametersOf(new Float64Array(count), shape),
    gradient: parametersOf(new Float64Array(count), shape),
    activations: createActivations(shape, Float64Array),
    d: createActivationGradients(shape, Float64Array),
    divisor,
  };
}
