import { setImmediate as turn } from 'node:timers/promises';
import { DivergedError } from '../../errors.js';
import type { LabelledImages } from '../../images.js';
import type { Kernel, Predictions } from '../../kernel/kernel.js';
import { type Score, scoreOf } from '../../metrics.js';
import type { Model } from '../../model/model.js';
import { type TrainingRecord, trainedModel } from '../../model/trained.js';
import { splitValidation } from '../../train.js';
import { loadImages } from '../kernel.js';
import { hyperparametersOf, type StartFlags } from './flags.js';
import { runTraining, type Trained, type Watchers } from './loop.js';
import { Observer, type OnMoment } from './observer.js';
import type { Start } from './start.js';
import type { Timings } from './timings.js';

/** A model, and what was seen on the way to it. */
interface Made {
  readonly model: Model;
  readonly trained: Trained;
  /** Of the test images. */
  readonly predictions: Predictions;
}

/**
 * Trains from `start` and evaluates on the test images: the same flags and the same start make the same
 * model, bit for bit.
 * @throws the signal's reason if it is aborted; DivergedError; UsageError
 */
export async function makeModel(
  kernel: Kernel,
  flags: StartFlags,
  start: Start,
  watchers: Omit<Watchers, 'from' | 'observer'> & {
    readonly timings: Timings;
    readonly onMoment?: OnMoment | undefined;
  },
): Promise<Made> {
  const { signal, timings, onMoment } = watchers;
  kernel.setParameters(start.checkpoint?.state.parameters ?? start.parameters);
  const trainingSet = loadImages(kernel, start.images);
  timings.end('convert images');

  const trained = await runTraining(kernel, trainingSet, hyperparametersOf(flags), {
    ...watchers,
    observer: onMoment && observerOf(kernel, flags, start, onMoment),
    from: start.checkpoint,
  });
  timings.end('train');

  kernel.setParameters(trained.parameters);
  const predictions = kernel.evaluate(loadImages(kernel, start.data.test));
  const test = scoreOf(predictions, start.data.test);
  assertTested(flags, start, trained, test);
  timings.end('evaluate');
  await turn();
  signal.throwIfAborted();

  const model = trainedModel({ ...recordOf(flags, start, kernel), result: trained, test });
  return { model, trained, predictions };
}

function observerOf(
  kernel: Kernel,
  flags: StartFlags,
  { images, data }: Start,
  onMoment: OnMoment,
): Observer {
  const { epochs, batchSize } = flags;
  const stepsInEpoch = stepsOfEpoch(images, flags);
  return new Observer(kernel, { epochs, batchSize, stepsInEpoch, images: data.test, onMoment });
}

/** What decides the model's bytes. */
export function recordOf(
  flags: StartFlags,
  { data, resumedFrom }: Start,
  kernel: Kernel,
): TrainingRecord {
  return { kernel, data, hyperparameters: hyperparametersOf(flags), resumedFrom };
}

/** Scores can overflow on test images alone. @throws DivergedError */
function assertTested(
  flags: StartFlags,
  { images }: Start,
  { epoch }: Trained,
  { loss }: Score,
): void {
  if (Number.isFinite(loss)) return;
  const step = stepsOfEpoch(images, flags);
  throw new DivergedError(
    `training diverged: the test loss (${loss}) is not finite at epoch ${epoch}, step ${step}`,
    { epoch, step, hint: `use a smaller learning rate (--lr is ${flags.lr})` },
  );
}

/** Steps of an epoch, the last, short one included. */
export function stepsOfEpoch({ count }: LabelledImages, flags: StartFlags): number {
  return Math.ceil(splitValidation(count, flags).training.length / flags.batchSize);
}
