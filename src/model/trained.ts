/** From a training run to the model that it made. */
import type { Score } from '../metrics.js';
import type { NetworkShape } from '../network.js';
import type { Hyperparameters } from '../sgd.js';
import type { TrainResult } from '../train.js';
import type { Model, Training } from './model.js';

/** What a run is made of, and with it its model's bytes. */
export interface TrainingRecord {
  readonly kernel: { readonly name: string; readonly shape: NetworkShape };
  /** What was trained on: what `loadDataset` gives. */
  readonly data: { readonly name: string; readonly sha256: string };
  readonly hyperparameters: Hyperparameters;
  /** SHA-256 of the model file that training resumed from; without it, from nothing. */
  readonly resumedFrom?: string | null;
}

/** A run that has ended. */
export interface FinishedTraining extends TrainingRecord {
  /** What `train` returned. */
  readonly result: Pick<TrainResult, 'parameters' | 'epoch' | 'train' | 'validation'>;
  /** What `result.parameters` achieve on the test set. */
  readonly test: Score;
}

/** The model of a run: the parameters kept, how they were made, and what they achieve. */
export function trainedModel(run: FinishedTraining): Model {
  const { rows, columns, classes, hidden = [] } = run.kernel.shape;
  const { parameters, epoch, train, validation } = run.result;
  return {
    rows,
    columns,
    classes,
    hidden,
    parameters: Float32Array.from(parameters),
    training: trainingOf(run),
    metrics: { epoch, train, validation, test: run.test },
  };
}

/** The record of a run, as a model or a checkpoint has it. */
export function trainingOf({
  kernel,
  data,
  hyperparameters,
  resumedFrom = null,
}: TrainingRecord): Training {
  const dataset = { name: data.name, sha256: data.sha256 };
  return { ...hyperparameters, kernel: kernel.name, resumedFrom, dataset };
}
