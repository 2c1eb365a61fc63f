import type { Dataset } from '../dataset/load.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Floats } from '../layers/floats.js';
import type { Model } from '../model/model.js';
import { inputsOf, type NetworkShape } from '../network.js';
import { assertFitsPage } from '../report/report.js';
import { WeightHistory } from '../report/snapshots.js';
import type { EpochEvent } from '../train.js';
import { writeReport } from './report-file.js';

interface Trained {
  readonly model: Model;
  readonly file: { readonly path: string; readonly sha256: string };
  readonly epochs: readonly EpochEvent[];
  /** Holds the parameters that were saved. */
  readonly kernel: Kernel;
  readonly data: Dataset;
}

/** Follows a training for --report. It only reads: the model's bytes are the same without it. */
export class TrainingReport {
  readonly #path: string;
  readonly #weights: number;
  readonly #history: WeightHistory;

  /**
   * @param initial the parameters before the first step
   * @throws UsageError if a model of this shape does not fit into a page
   */
  constructor(path: string, shape: NetworkShape, initial: Floats) {
    assertFitsPage(shape);
    this.#path = path;
    this.#weights = shape.classes * inputsOf(shape);
    this.#history = new WeightHistory(this.#weights);
    this.epoch(0, initial);
  }

  /** Keeps the weights after an epoch. */
  epoch(epoch: number, parameters: Floats): void {
    this.#history.add(epoch, parameters.subarray(0, this.#weights));
  }

  /** Writes the page about the test images. */
  async write({ model, file, epochs, kernel, data }: Trained): Promise<void> {
    const { snapshots } = this.#history;
    await writeReport(this.#path, {
      ...{ program: 'backprop-train', file, model, epochs, snapshots },
      dataset: { name: data.name, split: 'test' },
      images: data.test,
      predictions: kernel.evaluate(kernel.load(data.test)),
    });
  }
}
