import { UsageError } from '../../errors.js';
import { type Resumable, readResumable } from '../../model/checkpoint.js';
import type { ForeignModel, Model, Training } from '../../model/model.js';
import { savedDatasetOf } from '../data.js';
import { type Given, savedFlagsOf, type TrainFlags } from './flags.js';

/** The run to be done, and what it resumes from. */
interface Resumed {
  readonly flags: TrainFlags;
  readonly from: Resumable | undefined;
}

/**
 * Reads what --resume names. A checkpoint brings its run's flags with it.
 * @throws ModelError; UsageError for a flag that says otherwise than the checkpoint
 */
export async function readResumed(flags: TrainFlags, given: Given): Promise<Resumed> {
  const path = flags.resume!;
  const from = await readResumable(path);
  if (!from.checkpoint) return { flags: withLayersAndDataOf(from.model, flags, given), from };
  if (flags.like !== undefined) {
    throw new UsageError(`--like contradicts ${path}: a checkpoint brings its run's flags`, {
      hint: 'leave --like out to resume that run',
    });
  }
  const { training } = from.checkpoint;
  const saved = savedFlagsOf(training, path);
  for (const name of Object.keys(saved) as (keyof typeof saved)[]) {
    if (given(name) && String(flags[name]) !== String(saved[name])) {
      throw contradiction(inWords(name, flags[name]), inWords(name, saved[name]), path);
    }
  }
  return { flags: { ...flags, ...saved, dataset: datasetFor(flags, training, given) }, from };
}

/**
 * A model brings its layers with it and, where neither a flag nor --like names any, its data.
 * @throws UsageError if --hidden asks for others, or its data were a folder's
 */
function withLayersAndDataOf(
  { hidden, training }: Model | ForeignModel,
  flags: TrainFlags,
  given: Given,
): TrainFlags {
  if (given('hidden') && String(flags.hidden) !== String(hidden)) {
    throw new UsageError(
      `${inWords('hidden', flags.hidden)} contradicts ${flags.resume}, whose network has ${inWords('hidden', hidden)}`,
      {
        hint: 'leave the flag out to train that network further; another one begins without --resume',
      },
    );
  }
  if (!training || given('dataset') || flags.like !== undefined) return { ...flags, hidden };
  return { ...flags, hidden, dataset: savedDatasetOf(training, flags.resume!, flags) };
}

/** The name of the data to load, which is the checkpoint's unless a folder is given. */
function datasetFor(flags: TrainFlags, training: Training, given: Given): string {
  const { dataset } = training;
  if (given('dataset') && flags.dataset !== dataset.name) {
    throw contradiction(`--dataset ${flags.dataset}`, `--dataset ${dataset.name}`, flags.resume!);
  }
  return savedDatasetOf(training, flags.resume!, flags);
}

function contradiction(given: string, saved: string, path: string): UsageError {
  return new UsageError(`${given} contradicts ${path}, whose run has ${saved}`, {
    hint: 'leave the flag out to resume that run; other flags need a model.json to --resume from',
  });
}

/** A flag as it is written: `--batch-size 16`, `--no-shuffle`, `no --limit`. */
function inWords(name: string, value: unknown): string {
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (value === undefined || value === false || String(value) === '')
    return `${value === false ? '--no-' : 'no --'}${flag}`;
  return value === true ? `no --no-${flag}` : `--${flag} ${value}`;
}
