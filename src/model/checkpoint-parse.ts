/** From text to a checkpoint. Loads zod, so only `readResumable` imports it, when it reads. */
import * as z from 'zod';
import type { EpochEvent, TrainState } from '../train.js';
import {
  CHECKPOINT_FORMAT,
  CHECKPOINT_VERSION,
  type Checkpoint,
  MAX_CHECKPOINT_PARAMETERS,
} from './checkpoint.js';
import { fail, show } from './complaint.js';
import type { Model, Training } from './model.js';
import { checked, checkFormat, checkList, fillFloats, modelOf, parseObject } from './read.js';
import { classesSchema, inputSchema, trainingSchema } from './schema.js';

const whole: z.ZodInt = z.int().min(0);
const word: z.ZodInt = whole.max(2 ** 32 - 1);
const losses = z.array(z.number().min(0));
const shares = z.array(z.number().min(0).max(1));

/** A checkpoint after the schema, before the parameters are looked at. */
const checkpointSchema = z.strictObject({
  format: z.literal(CHECKPOINT_FORMAT),
  version: z.literal(CHECKPOINT_VERSION),
  classes: classesSchema,
  input: inputSchema,
  training: trainingSchema,
  epoch: whole.min(1),
  step: whole,
  random: z.tuple([word, word, word, word]),
  lossSum: z.number().min(0),
  correct: whole,
  parameters: z.unknown(),
  velocity: z.unknown(),
  best: z.strictObject({ epoch: whole.min(1), parameters: z.unknown() }).nullable(),
  epochs: z.strictObject({
    learningRate: losses,
    trainLoss: losses,
    trainAccuracy: shares,
    validationLoss: losses,
    validationAccuracy: shares,
  }),
});
type File = z.infer<typeof checkpointSchema>;

/**
 * The model or the checkpoint in this text, whichever its `format` says.
 *
 * @param file name for error messages.
 * @throws {ModelError} naming file and field, with what was expected and found.
 */
export function parseResumable(text: string, file: string): Model | Checkpoint {
  const value = parseObject(text, file);
  if (value.format === 'backprop-model') return modelOf(value, file);
  if (value.format === CHECKPOINT_FORMAT) return checkpointOf(value, file);
  const expected = `"backprop-model" or "${CHECKPOINT_FORMAT}"`;
  return fail(file, `format: expected ${expected}, found ${show(value.format)}`);
}

function checkpointOf(value: Record<string, unknown>, file: string): Checkpoint {
  checkFormat(value, file, CHECKPOINT_FORMAT, CHECKPOINT_VERSION);
  const read = checked(checkpointSchema, value, file);
  const { classes, training, epoch, step, random, lossSum, correct } = read;
  const { rows, columns } = read.input;
  const count = classes * (rows * columns + 1);
  if (count > MAX_CHECKPOINT_PARAMETERS) {
    const most = `at most ${MAX_CHECKPOINT_PARAMETERS} parameters`;
    fail(file, `input: expected ${most}, found ${rows} × ${columns} in ${classes} classes`);
  }
  if (epoch > training.epochs) {
    fail(file, `epoch: expected at most ${training.epochs} (training.epochs), found ${epoch}`);
  }
  const epochs = epochsOf(read, file);
  const kept = keptOf(read, epochs, count, file);
  const state: TrainState = {
    ...{ epoch, step, random, lossSum, correct, kept },
    epochsSinceBest: kept ? epochs.length - kept.epoch : 0,
    parameters: floats(read.parameters, 'parameters', count, file),
    velocity: floats(read.velocity, 'velocity', count, file),
  };
  return { rows, columns, classes, training, state, epochs };
}

/** One number for each of the network's parameters. */
function floats(values: unknown, name: string, count: number, file: string): Float32Array {
  const list = { name, why: 'one per parameter' };
  checkList(values, list, count, file);
  const filled = new Float32Array(count);
  fillFloats(filled, values, list, file);
  return filled;
}

/** The epochs before the one under way; the columns must all be as long. */
function epochsOf({ epoch, training, epochs: columns }: File, file: string): EpochEvent[] {
  for (const [name, values] of Object.entries(columns)) {
    const length = name.startsWith('validation') && !holdsOut(training) ? 0 : epoch - 1;
    const why = length === epoch - 1 ? 'one per finished epoch' : 'nothing is held out';
    checkList(values, { name: `epochs.${name}`, why }, length, file);
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
  const event = holdsOut(training) ? epochs.findLast((one) => one.best) : undefined;
  if (best?.epoch !== event?.epoch) {
    const expected = event ? `${event.epoch} (the lowest validation loss)` : 'null';
    fail(file, `best${event ? '.epoch' : ''}: expected ${expected}, found ${show(best?.epoch)}`);
  }
  if (!best || !event) return null;
  const { epoch, train, validation } = event;
  const parameters = floats(best.parameters, 'best.parameters', count, file);
  return { parameters, epoch, train, validation, epochsRun: epochs.length };
}

function holdsOut({ validation }: Training): boolean {
  return validation > 0;
}
