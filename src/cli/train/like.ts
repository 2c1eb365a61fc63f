import { ModelError } from '../../errors.js';
import { readModel } from '../../model/file.js';
import type { Model } from '../../model/model.js';
import { defaultInit } from '../../sgd.js';
import { savedDatasetOf } from '../data.js';
import type { Terminal } from '../terminal.js';
import { type Given, savedFlagsOf, type TrainFlags } from './flags.js';

/**
 * The flags that made the model at `path`, and over them those that are given.
 * @throws ModelError; UsageError if its data were a folder's, and no data are named
 */
export async function withFlagsLike(
  flags: TrainFlags,
  path: string,
  given: Given,
  terminal: Terminal,
): Promise<TrainFlags> {
  const { training } = (await readRecorded(path)).model;
  const saved = savedFlagsOf(training, path);
  const kept = Object.entries(saved).filter(([name]) => !given(name as keyof typeof saved));
  const dataset = given('dataset') ? flags.dataset : savedDatasetOf(training, path, flags);
  const like: TrainFlags = { ...flags, ...Object.fromEntries(kept), dataset };
  if (training.resumedFrom !== null && flags.resume === undefined) {
    terminal.warn(
      `${path} resumed from a file with SHA-256 ${training.resumedFrom}: ` +
        'its flags alone come to other weights, name that file with --resume',
    );
  }
  return {
    ...like,
    // A default is not carried over to other layers, nor early stopping to a run without images held out.
    init: given('init') || saved.init !== defaultInit(saved.hidden ?? []) ? like.init : undefined,
    earlyStop: like.validation > 0 || given('earlyStop') ? like.earlyStop : undefined,
  };
}

/**
 * A model that says how it was trained, and the SHA-256 of its file.
 * @throws ModelError for any other
 */
export async function readRecorded(path: string): Promise<{ model: Model; sha256: string }> {
  const { model, sha256 } = await readModel(path);
  if (model.training) return { model, sha256 };
  throw new ModelError(`${path}: expected a record of its training, found none`, {
    hint: 'another program wrote the file: take one that backprop-train wrote',
  });
}
