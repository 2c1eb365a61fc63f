import { type Dataset, loadDataset } from '../../dataset/load.js';
import type { LabelledImages } from '../../images.js';
import type { Floats } from '../../layers/floats.js';
import type { Checkpoint, Resumable } from '../../model/checkpoint.js';
import { assertModelSize } from '../../model/model.js';
import { initialParameters } from '../../train.js';
import { assertModelFits } from '../assess.js';
import type { Context } from '../context.js';
import { readData } from '../data.js';
import type { Terminal } from '../terminal.js';
import type { TrainFlags } from './run.js';

/** What training starts from. */
export interface Start {
  readonly data: Dataset;
  /** The training images after `--limit`. */
  readonly images: LabelledImages;
  /** Before the first step. */
  readonly parameters: Floats;
  /** SHA-256 of the model file gone on from. */
  readonly resumedFrom: string | null;
  /** What a stopped run goes on from. */
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
  const data = await readData(loadDataset, flags, { terminal, signal, classes });
  const images = first(data.train, flags.limit);
  // Not after training, when it is saved.
  assertModelSize(images);
  if (from?.checkpoint) {
    const { goOn } = await import('./resume.js');
    return goOn(flags, from.checkpoint, data, images);
  }
  if (from) {
    assertModelFits(flags.resume!, from.model, data.name, images);
    return { data, images, parameters: from.model.parameters, resumedFrom: from.sha256 };
  }
  const parameters = initialParameters(images, flags.init, flags.seed);
  return { data, images, parameters, resumedFrom: null };
}

/** The first `limit` images, or all of them if there are no more. */
function first(images: LabelledImages, limit = images.count): LabelledImages {
  const count = Math.min(limit, images.count);
  const pixels = images.pixels.subarray(0, count * images.rows * images.columns);
  return { ...images, count, pixels, labels: images.labels.subarray(0, count) };
}
