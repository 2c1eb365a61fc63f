import { ModelError } from '../errors.js';
import type { EpochEvent, TrainState } from '../train.js';
import {
  checkFinite,
  decimals,
  INPUT_SCALE,
  indented,
  TRAINING_FIELDS,
  type Training,
} from './model.js';

export const CHECKPOINT_FORMAT = 'backprop-checkpoint';
/** The newest version of a checkpoint that this program writes and reads. */
export const CHECKPOINT_VERSION = 1;
/** A checkpoint holds up to three numbers a parameter, and is no longer than a model.json may be. */
export const MAX_CHECKPOINT_PARAMETERS = 600_000;

/** A run that has not ended: with the data set, all that decides how it goes on. */
export interface Checkpoint {
  rows: number;
  columns: number;
  classes: number;
  /** As the finished run's model.json will have it. */
  training: Training;
  state: TrainState;
  /** Every epoch before the state's own, whose event comes again. */
  epochs: readonly EpochEvent[];
}

/** @throws {ModelError} if the checkpoint of such a network would be too large to be read again */
export function assertFitsCheckpoint(
  shape: Pick<Checkpoint, 'rows' | 'columns' | 'classes'>,
): void {
  const count = shape.classes * (shape.rows * shape.columns + 1);
  if (count <= MAX_CHECKPOINT_PARAMETERS) return;
  throw new ModelError(
    `checkpoint: expected at most ${MAX_CHECKPOINT_PARAMETERS} parameters, found ${count}`,
    { hint: 'leave --checkpoint out, or train on smaller images or fewer classes' },
  );
}

/**
 * The text of a checkpoint: equal ones give equal bytes. Weights are the shortest decimals that read
 * back to the same float32, a line per class; sums are the shortest of the same float64. What follows
 * from the rest is left out: which epochs were best, and without images held out the best parameters,
 * which the epoch under way will replace.
 *
 * @throws {ModelError} if a number is NaN or infinite, naming it.
 */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { rows, columns, classes, training, state, epochs } = checkpoint;
  const { epoch, step, random, lossSum, correct, kept } = state;
  assertFitsCheckpoint(checkpoint);
  checkFinite('checkpoint: training', training);
  checkFinite('checkpoint', { epoch, step, random, lossSum, correct });
  checkFinite('checkpoint: epochs', epochs);
  const best = kept?.validation
    ? `{
    "epoch": ${kept.epoch},
    "parameters": ${byClass('best.parameters', kept.parameters, classes)}
  }`
    : 'null';
  return `{
  "format": "${CHECKPOINT_FORMAT}",
  "version": ${CHECKPOINT_VERSION},
  "classes": ${classes},
  "input": { "rows": ${rows}, "columns": ${columns}, "scale": ${INPUT_SCALE} },
  "training": ${indented(training, TRAINING_FIELDS)},
  "epoch": ${epoch},
  "step": ${step},
  "random": [${random.join(', ')}],
  "lossSum": ${lossSum},
  "correct": ${correct},
  "parameters": ${byClass('parameters', state.parameters, classes)},
  "velocity": ${byClass('velocity', state.velocity, classes)},
  "best": ${best},
  "epochs": ${columnsOf(epochs)}
}
`;
}

/** A list of float32, a line for each class's weights and one for the biases. */
function byClass(field: string, floats: TrainState['parameters'], classes: number): string {
  const values = Float32Array.from(floats);
  const inputs = (values.length - classes) / classes;
  const nameOf = (at: number) => `checkpoint: ${field}[${at}]`;
  const lines: string[] = [];
  for (let from = 0; from < values.length; from += inputs) {
    lines.push(decimals(values, from, Math.min(from + inputs, values.length), nameOf));
  }
  return `[\n${lines.join(',\n')}\n  ]`;
}

/** Columns instead of an object an epoch: a sixth of the text, and few enough names to check. */
function columnsOf(epochs: readonly EpochEvent[]): string {
  const held = epochs.some(({ validation }) => validation);
  const columns = {
    learningRate: epochs.map(({ learningRate }) => learningRate),
    trainLoss: epochs.map(({ train }) => train.loss),
    trainAccuracy: epochs.map(({ train }) => train.accuracy),
    validationLoss: held ? epochs.map(({ validation }) => validation!.loss) : [],
    validationAccuracy: held ? epochs.map(({ validation }) => validation!.accuracy) : [],
  };
  const lines = Object.entries(columns).map(([name, values]) => `    "${name}": [${values}]`);
  return `{\n${lines.join(',\n')}\n  }`;
}
