import type { KernelName } from '../../kernel/kernel.js';
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
export function hyperparametersOf(flags: TrainFlags): Hyperparameters {
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

/** The flags of a run that had these hyperparameters and this kernel. */
export function savedFlagsOf(saved: Hyperparameters, kernel: KernelName): SavedFlags {
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
