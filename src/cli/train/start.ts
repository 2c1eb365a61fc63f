import type { Dataset } from '../../dataset/load.js';
import { firstImages, type LabelledImages } from '../../images.js';
import type { Floats } from '../../layers/floats.js';
import type { Checkpoint, Resumable } from '../../model/checkpoint.js';
import { assertModelSize } from '../../model/model.js';
import { initialParameters } from '../../sgd.js';
import { assertModelFits } from '../assess.js';
import type { Context } from '../context.js';
import { readDataset } from '../data.js';
import type { Terminal } from '../terminal.js';
import { hyperparametersOf, type TrainFlags } from './flags.js';

/** What training starts from. */
export interface Start {
  readonly data: Dataset;
  /** The training images after `--limit`. */
  readonly images: LabelledImages;
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
  flags: TrainFlags,
  from: Resumable | undefined,
  terminal: Terminal,
  { signal }: Context,
): Promise<Start> {
  const classes = (from?.checkpoint ?? from?.model)?.classes;
  const data = await readDataset(flags, { terminal, signal, classes });
  const images = firstImages(data.train, flags.limit ?? data.train.count);
  // Not after training, when it is saved.
  assertModelSize(images);
  if (from?.checkpoint) {
    const { resume } = await import('./resume.js');
    return resume(flags, from.checkpoint, data, images);
  }
  if (from) {
    assertModelFits(flags.resume!, from.model, data.name, images);
    return { data, images, parameters: from.model.parameters, resumedFrom: from.sha256 };
  }
  const parameters = initialParameters(images, hyperparametersOf(flags));
  return { data, images, parameters, resumedFrom: null };
}
