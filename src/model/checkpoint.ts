/** A run that has not ended, as a file: from it to text, and back. */
import * as v from 'valibot';
import { decodeFloats, encodeFloats } from '../base64.js';
import { ModelError } from '../errors.js';
import { writeFileAtomic } from '../files/atomic.js';
import { decodeText, show } from '../files/json.js';
import { type NetworkShape, parameterCount } from '../network.js';
import type { EpochEvent, TrainState } from '../train.js';
import { endingToRead, readModel, readModelFile } from './file.js';
import {
  checkFinite,
  checkFloats,
  type ForeignModel,
  INPUT_SCALE,
  MODEL_FORMAT,
  type Model,
  TRAINING_FIELDS,
  type Training,
} from './model.js';
import { checked, checkFormat, checkSize, DAMAGED, fail, modelOf, parseFields } from './read.js';
import { classesSchema, inputSchema, inRange, object, trainingSchema } from './schema.js';

const CHECKPOINT_FORMAT = 'backprop-checkpoint';
/** The only version of a checkpoint that this program writes and reads. */
const CHECKPOINT_VERSION = 2;

/** A run that has not ended: with the data set, all that decides how it goes on. */
export interface Checkpoint extends NetworkShape {
  /** As `training` has it. */
  readonly hidden: readonly number[];
  /** As the finished run's model.json will have it. */
  training: Training;
  state: TrainState;
  /** Every epoch before the state's own, whose event comes again. */
  epochs: readonly EpochEvent[];
}

/** What a run can be resumed from. */
export type Resumable =
  | {
      readonly model: Model | ForeignModel;
      readonly sha256: string;
      readonly checkpoint?: undefined;
    }
  | { readonly checkpoint: Checkpoint };

/**
 * Writes `checkpoint` to `path`: after a crash there is the old file or the new one, never a part.
 *
 * @param signal ends the wait for a reader, where the path is a pipe
 * @throws {ModelError} if a number is not finite, before anything is written.
 * @throws {DiskError} if the file cannot be written; the signal's reason
 */
export async function saveCheckpoint(
  path: string,
  checkpoint: Checkpoint,
  signal?: AbortSignal,
): Promise<void> {
  await writeFileAtomic(path, formatCheckpoint(checkpoint), signal);
}

/**
 * The text of a checkpoint, a line a field: equal ones give equal bytes. Parameters and velocity are
 * base64 of little-endian float32; sums are the shortest decimals of the same float64. What follows
 * from the rest is left out: which epochs were best, and without images held out the best parameters,
 * which the epoch under way will replace.
 *
 * @throws {ModelError} if a number is NaN or infinite, naming it.
 */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { rows, columns, classes, training, state, epochs } = checkpoint;
  const { epoch, step, random, lossSum, correct, kept } = state;
  checkFinite('checkpoint: training', training);
  checkFinite('checkpoint', { epoch, step, random, lossSum, correct });
  checkFinite('checkpoint: epochs', epochs);
  const best = kept?.validation
    ? { epoch: kept.epoch, parameters: base64('best.parameters', kept.parameters) }
    : null;
  const lines = [
    field('format', CHECKPOINT_FORMAT),
    field('version', CHECKPOINT_VERSION),
    field('classes', classes),
    field('input', { rows, columns, scale: INPUT_SCALE }),
    field('training', training, TRAINING_FIELDS),
    field('epoch', epoch),
    field('step', step),
    field('random', random),
    field('lossSum', lossSum),
    field('correct', correct),
    field('parameters', base64('parameters', state.parameters)),
    field('velocity', base64('velocity', state.velocity)),
    field('best', best),
    field('epochs', columnsOf(epochs)),
  ];
  return `{\n${lines.join(',\n')}\n}\n`;
}

function field(name: string, value: unknown, order?: string[]): string {
  return `  "${name}": ${JSON.stringify(value, order)}`;
}

function base64(name: string, floats: TrainState['parameters']): string {
  const values = Float32Array.from(floats);
  checkFloats(values, (at) => `checkpoint: ${name}[${at}]`);
  return encodeFloats(values);
}

/** Columns instead of an object an epoch: a sixth of the text, and few enough names to be read. */
function columnsOf(epochs: readonly EpochEvent[]): v.InferOutput<typeof columnsSchema> {
  const held = epochs.flatMap(({ validation }) => validation ?? []);
  return {
    learningRate: epochs.map(({ learningRate }) => learningRate),
    trainLoss: epochs.map(({ train }) => train.loss),
    trainAccuracy: epochs.map(({ train }) => train.accuracy),
    validationLoss: held.map(({ loss }) => loss),
    validationAccuracy: held.map(({ accuracy }) => accuracy),
  };
}

const whole = inRange({ whole: true, minimum: 0 });
const fromOne = inRange({ whole: true, minimum: 1 });
const word = inRange({ whole: true, minimum: 0, maximum: 2 ** 32 - 1 });
const sum = inRange({ whole: false, minimum: 0 });
const losses = v.array(sum, 'a list');
const shares = v.array(inRange({ whole: false, minimum: 0, maximum: 1 }), 'a list');
const text = v.string('base64');

const columnsSchema = object({
  learningRate: losses,
  trainLoss: losses,
  trainAccuracy: shares,
  validationLoss: losses,
  validationAccuracy: shares,
});

/** A checkpoint before its parameters are decoded. */
const checkpointSchema = object({
  format: v.literal(CHECKPOINT_FORMAT),
  version: v.literal(CHECKPOINT_VERSION, String(CHECKPOINT_VERSION)),
  classes: classesSchema,
  input: inputSchema,
  training: trainingSchema,
  epoch: fromOne,
  step: whole,
  random: v.strictTuple([word, word, word, word], 'a list of 4 numbers'),
  lossSum: sum,
  correct: whole,
  parameters: text,
  velocity: text,
  best: v.nullable(object({ epoch: fromOne, parameters: text })),
  epochs: columnsSchema,
});
type File = v.InferOutput<typeof checkpointSchema>;

/**
 * The model or the checkpoint at `path`, told apart by the file's `format`.
 *
 * @throws {ModelError} if it cannot be read or is neither, naming the field.
 */
export async function readResumable(path: string): Promise<Resumable> {
  if (endingToRead(path) !== '.json') return readModel(path);
  const { bytes, sha256 } = await readModelFile(path);
  const parsed = parseResumable(decodeText(bytes, path, DAMAGED), path);
  return 'state' in parsed ? { checkpoint: parsed } : { model: parsed, sha256 };
}

/**
 * The model or the checkpoint in this text, whichever its `format` says.
 *
 * @param file name for error messages.
 * @throws {ModelError} naming file and field, with what was expected and found.
 */
export function parseResumable(text: string, file: string): Model | Checkpoint {
  const value = parseFields(text, file);
  if (value.format === MODEL_FORMAT) return modelOf(value, file);
  if (value.format === CHECKPOINT_FORMAT) return checkpointOf(value, file);
  const expected = `"${MODEL_FORMAT}" or "${CHECKPOINT_FORMAT}"`;
  return fail(file, `format: expected ${expected}, found ${show(value.format)}`);
}

function checkpointOf(value: Record<string, unknown>, file: string): Checkpoint {
  checkFormat(value, file, CHECKPOINT_FORMAT, CHECKPOINT_VERSION);
  if (value.version === 1) {
    throw new ModelError(`${file}: version: expected ${CHECKPOINT_VERSION}, found the older 1`, {
      hint: 'start the run again, or resume it with the backprop-train that wrote it',
    });
  }
  const read = checked(checkpointSchema, value, file);
  const { classes, training, epoch, step, random, lossSum, correct } = read;
  const { rows, columns } = read.input;
  const shape = { rows, columns, classes, hidden: training.hidden };
  checkSize(shape, file);
  const count = parameterCount(shape);
  if (random.every((word) => word === 0)) {
    fail(file, 'random: expected a number above 0 among them, found 0,0,0,0');
  }
  if (epoch > training.epochs) {
    fail(file, `epoch: expected at most ${training.epochs} (training.epochs), found ${epoch}`);
  }
  const epochs = epochsOf(read, file);
  const kept = keptOf(read, epochs, count, file);
  const state: TrainState = {
    epoch,
    step,
    random,
    lossSum,
    correct,
    kept,
    epochsSinceBest: kept ? epochs.length - kept.epoch : 0,
    parameters: floats(read.parameters, 'parameters', count, file),
    velocity: floats(read.velocity, 'velocity', count, file),
  };
  return { ...shape, training, state, epochs };
}

/** One number for each of the network's parameters. */
function floats(text: string, name: string, count: number, file: string): Float32Array {
  const length = 4 * Math.ceil((4 * count) / 3);
  if (text.length !== length) {
    const why = `base64 of ${count} float32`;
    fail(file, `${name}: expected ${length} characters (${why}), found ${text.length}`);
  }
  let values: Float32Array;
  try {
    values = decodeFloats(text);
  } catch {
    return fail(file, `${name}: expected base64, found other characters`);
  }
  if (values.length !== count) {
    fail(file, `${name}: expected ${count} numbers (one per parameter), found ${values.length}`);
  }
  const odd = values.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) fail(file, `${name}[${odd}]: expected a finite number, found ${values[odd]}`);
  return values;
}

/** The epochs before the one under way; the columns must all be as long. */
function epochsOf({ epoch, training, epochs: columns }: File, file: string): EpochEvent[] {
  for (const [name, values] of Object.entries(columns)) {
    const empty = name.startsWith('validation') && training.validation === 0;
    const length = empty ? 0 : epoch - 1;
    if (values.length === length) continue;
    const why = empty ? 'nothing is held out' : 'one per finished epoch';
    fail(file, `epochs.${name}: expected ${length} numbers (${why}), found ${values.length}`);
  }
  let lowest = Number.POSITIVE_INFINITY;
  return columns.learningRate.map((learningRate, at) => {
    const train = { loss: columns.trainLoss[at]!, accuracy: columns.trainAccuracy[at]! };
    const loss = columns.validationLoss[at];
    const validation =
      loss === undefined ? null : { loss, accuracy: columns.validationAccuracy[at]! };
    const best = loss === undefined || loss < lowest;
    if (loss !== undefined && best) lowest = loss;
    return { type: 'epoch', epoch: at + 1, learningRate, train, validation, best };
  });
}

/** What the run would have kept so far; null where the epoch under way decides alone. */
function keptOf(
  { best, training }: File,
  epochs: readonly EpochEvent[],
  count: number,
  file: string,
): TrainState['kept'] {
  const event = training.validation > 0 ? epochs.findLast((one) => one.best) : undefined;
  if (best?.epoch !== event?.epoch) {
    const expected = event ? `${event.epoch} (the lowest validation loss)` : 'null';
    fail(file, `best${event ? '.epoch' : ''}: expected ${expected}, found ${show(best?.epoch)}`);
  }
  if (!best || !event) return null;
  const { epoch, train, validation } = event;
  const parameters = floats(best.parameters, 'best.parameters', count, file);
  return { parameters, epoch, train, validation, epochsRun: epochs.length };
}
