import type { Dataset, DatasetIdentity } from '../../dataset/load.js';
import { DataError, ModelError } from '../../errors.js';
import { firstImages, type LabelledImages } from '../../images.js';
import type { Floats } from '../../layers/floats.js';
import type { Checkpoint, Resumable } from '../../model/checkpoint.js';
import { assertModelSize, DAMAGED_HINT, type Training } from '../../model/model.js';
import type { NetworkShape } from '../../network.js';
import { initialParameters } from '../../sgd.js';
import { splitValidation } from '../../train.js';
import { assertModelFits } from '../assess.js';
import type { Context } from '../context.js';
import { readDataset } from '../data.js';
import type { Terminal } from '../terminal.js';
import { hyperparametersOf, type StartFlags } from './flags.js';

/** A network's shape in full. */
type Shape = Required<NetworkShape>;

/** What training starts from. */
export interface Start {
  readonly data: Dataset;
  /** The training images after `--limit`. */
  readonly images: LabelledImages;
  readonly shape: Shape;
  /** Before the first step. */
  readonly parameters: Floats;
  /** SHA-256 of the model file that training resumes from. */
  readonly resumedFrom: string | null;
  /** What a stopped run resumes from. */
  readonly checkpoint?: Checkpoint | undefined;
}

/**
 * Reads the data and puts them together with what --resume named.
 * @throws DataError; ModelError if the two do not belong together, or the model would be too large
 */
export async function prepare(
  flags: StartFlags,
  from: Resumable | undefined,
  terminal: Terminal,
  { signal }: Context,
): Promise<Start> {
  const expected = (from?.checkpoint ?? from?.model)?.classes;
  const data = await readDataset(flags, { terminal, signal, classes: expected });
  const images = firstImages(data.train, flags.limit ?? data.train.count);
  const { rows, columns, classes } = images;
  const shape = { rows, columns, classes, hidden: hyperparametersOf(flags).hidden };
  // Not after training, when it is saved.
  assertModelSize(shape);
  if (from?.checkpoint) return resume(flags, from.checkpoint, { data, images, shape });
  if (from) {
    assertModelFits(flags.resume!, from.model, data.name, images);
    const { model, sha256: resumedFrom } = from;
    return { data, images, shape, parameters: model.parameters, resumedFrom };
  }
  const parameters = initialParameters(shape, hyperparametersOf(flags));
  return { data, images, shape, parameters, resumedFrom: null };
}

/**
 * What a stopped run resumes from, now that its data are here.
 * @throws DataError unless they are the checkpoint's to the last byte; ModelError for a state that
 *   does not fit them
 */
function resume(
  flags: StartFlags,
  checkpoint: Checkpoint,
  { data, images, shape }: Pick<Start, 'data' | 'images' | 'shape'>,
): Start {
  const path = flags.resume!;
  const { training, state } = checkpoint;
  assertSameData(path, training, data);
  assertModelFits(path, checkpoint, data.name, images);
  checkProgress(flags, state, images);
  const { resumedFrom } = training;
  // A run that resumed from a model has its first parameters there, and not in the checkpoint.
  const parameters = resumedFrom
    ? state.parameters
    : initialParameters(shape, hyperparametersOf(flags));
  return { data, images, shape, parameters, resumedFrom, checkpoint };
}

/** −L of an image at most: between the largest and the smallest score that a float32 can be. */
const MOST_LOSS = 2 * 3.4028234663852886e38;

/** What a checkpoint says of its epoch, against what this run's epochs can be. @throws ModelError */
function checkProgress(
  { resume, batchSize, validation, seed }: StartFlags,
  { step, correct, lossSum }: Checkpoint['state'],
  images: LabelledImages,
): void {
  const trainedOn = splitValidation(images.count, { validation, seed }).training.length;
  const atMost = (field: string, found: number, most: number, why: string): void => {
    if (found <= most) return;
    const message = `${resume}: ${field}: expected at most ${most} (${why}), found ${found}`;
    throw new ModelError(message, { hint: DAMAGED_HINT });
  };
  const steps = Math.ceil(trainedOn / batchSize);
  atMost('step', step, steps, `${trainedOn} images in steps of ${batchSize}`);
  const visited = Math.min(step * batchSize, trainedOn);
  atMost('correct', correct, visited, `images visited in ${step} steps`);
  atMost('lossSum', lossSum, visited * MOST_LOSS, `of ${visited} images`);
}

/** @throws DataError unless they are the data of the run that the file at `path` records */
export function assertSameData(path: string, { dataset }: Training, data: DatasetIdentity): void {
  if (data.sha256 === dataset.sha256) return;
  throw new DataError(
    `${path}: the run's data are ${dataset.name} with SHA-256 ${dataset.sha256}, ` +
      `found ${data.name} with ${data.sha256}`,
    { hint: 'name the folder of the data that the run began with, by --data-dir' },
  );
}
