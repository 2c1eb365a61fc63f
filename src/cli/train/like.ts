import { readModel } from '../../model/read.js';
import { defaultInit } from '../../sgd.js';
import type { Terminal } from '../terminal.js';
import { type Given, savedDatasetOf, savedFlagsOf, type TrainFlags } from './flags.js';

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
  const { training } = (await readModel(path)).model;
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
