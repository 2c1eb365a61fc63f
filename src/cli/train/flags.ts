import { ModelError } from '../../errors.js';
import { KERNEL_NAMES } from '../../kernel/kernel.js';
import { DAMAGED_HINT, type Training } from '../../model/model.js';
import { DEFAULTS, defaultInit, type Hyperparameters } from '../../sgd.js';
import type { KernelOptions } from '../kernel.js';
import type { DataOptions, LanguageOptions, OutputOptions } from '../options.js';

/** The flags of `backprop-train`, as commander names them. */
export interface TrainFlags extends DataOptions, KernelOptions, LanguageOptions, OutputOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly lrSchedule: Hyperparameters['learningRateSchedule'];
  readonly momentum: number;
  readonly weightDecay: number;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly hidden?: readonly number[] | undefined;
  readonly init?: Hyperparameters['init'] | undefined;
  readonly limit?: number | undefined;
  readonly validation: number;
  readonly earlyStop?: number | undefined;
  readonly like?: string | undefined;
  readonly resume?: string | undefined;
  readonly checkpoint?: string | undefined;
  readonly checkpointEvery: number;
  readonly checkGradients?: true | undefined;
  readonly out: string;
  readonly history?: string | undefined;
  readonly report?: string | undefined;
  readonly watch?: true | undefined;
  readonly minAccuracy?: number | undefined;
  readonly timings?: true | undefined;
}

/** Whether a flag stands on the command line; otherwise it has its default. */
export type Given = (flag: keyof TrainFlags) => boolean;

/** What the flags say of training. */
export function hyperparametersOf(flags: SavedFlags): Hyperparameters {
  const { hidden = DEFAULTS.hidden } = flags;
  return {
    epochs: flags.epochs,
    batchSize: flags.batchSize,
    learningRate: flags.lr,
    learningRateSchedule: flags.lrSchedule,
    momentum: flags.momentum,
    weightDecay: flags.weightDecay,
    seed: flags.seed,
    shuffle: flags.shuffle,
    hidden,
    init: flags.init ?? defaultInit(hidden),
    limit: flags.limit ?? null,
    validation: flags.validation,
    earlyStop: flags.earlyStop ?? null,
  };
}

/** The flags that decide a model's bytes. */
export type SavedFlags = Pick<TrainFlags, SavedFlag>;
type SavedFlag =
  | ('epochs' | 'batchSize' | 'lr' | 'lrSchedule' | 'momentum' | 'weightDecay' | 'seed' | 'shuffle')
  | ('hidden' | 'init' | 'limit' | 'validation' | 'earlyStop' | 'kernel');

/** The flags from which a model is made, from its first parameters to its metrics. */
export type StartFlags = SavedFlags & DataOptions & Pick<TrainFlags, 'resume'>;

/**
 * The flags of the run that a saved file is the record of.
 * @param path of that file, for messages
 * @throws ModelError if no kernel has the saved name
 */
export function savedFlagsOf(
  saved: Omit<Training, 'resumedFrom' | 'dataset'>,
  path: string,
): SavedFlags {
  const kernel = KERNEL_NAMES.find((name) => name === saved.kernel);
  if (!kernel) {
    const expected = KERNEL_NAMES.map((name) => `"${name}"`).join(' or ');
    const found = JSON.stringify(saved.kernel);
    throw new ModelError(`${path}: training.kernel: expected ${expected}, found ${found}`, {
      hint: DAMAGED_HINT,
    });
  }
  return {
    epochs: saved.epochs,
    batchSize: saved.batchSize,
    lr: saved.learningRate,
    lrSchedule: saved.learningRateSchedule,
    momentum: saved.momentum,
    weightDecay: saved.weightDecay,
    seed: saved.seed,
    shuffle: saved.shuffle,
    hidden: saved.hidden,
    init: saved.init,
    limit: saved.limit ?? undefined,
    validation: saved.validation,
    earlyStop: saved.earlyStop ?? undefined,
    kernel,
  };
}
