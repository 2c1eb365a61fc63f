import { DivergedError, ModelError, UsageError } from './errors.js';
import type { ImageSet, Kernel, StepsResult } from './kernel/kernel.js';
import type { Floats } from './layers/floats.js';
import { accuracy, meanNegativeLogLikelihood, type Score } from './metrics.js';
import { Random, Stream } from './random.js';
import { type Hyperparameters, learningRates } from './sgd.js';

export interface ProgressEvent {
  readonly type: 'progress';
  /** 1 to `epochs`. */
  readonly epoch: number;
  /** Steps of this epoch done. */
  readonly step: number;
  /** Images visited in this epoch so far, and in all of it. */
  readonly images: number;
  readonly imagesInEpoch: number;
  /** Over this epoch's images so far, each before the step that it was part of. */
  readonly train: Score;
  /** From here training can be resumed later, and comes to the same bits. Valid until the next event. */
  state(): TrainState;
}

export interface EpochEvent {
  readonly type: 'epoch';
  readonly epoch: number;
  /** Learning rate of the epoch's last step. */
  readonly learningRate: number;
  /** Over the epoch's images, each before the step that it was part of. */
  readonly train: Score;
  /** After the epoch, on the images held out; null without any. */
  readonly validation: Score | null;
  /** Whether these are the best parameters so far (always, without validation). */
  readonly best: boolean;
}

export type TrainEvent = ProgressEvent | EpochEvent;

export interface TrainResult {
  /** The parameters kept: of the epoch with the lowest validation loss, or of the last one. */
  readonly parameters: Floats;
  /** The epoch they come from. */
  readonly epoch: number;
  readonly train: Score;
  readonly validation: Score | null;
  /** Epochs run; fewer than asked for after an early stop. */
  readonly epochsRun: number;
}

/** Everything that decides how training continues, taken between two steps. */
export interface TrainState {
  /** The epoch under way, from 1, and how many of its steps are done. */
  readonly epoch: number;
  readonly step: number;
  /** The generator at the start of this epoch, whose order of images it gives once more. */
  readonly random: readonly [number, number, number, number];
  /** K·D + K numbers each. */
  readonly parameters: Floats;
  readonly velocity: Floats;
  /** Σ −L over the epoch's images so far, and how many of them were classified correctly. */
  readonly lossSum: number;
  readonly correct: number;
  /** What would be the result so far, and the epochs since then. */
  readonly kept: TrainResult | null;
  readonly epochsSinceBest: number;
}

/** Images between two progress events, about: a few milliseconds of the fast kernel's work. */
const IMAGES_PER_PROGRESS = 4096;

/**
 * Trains the kernel's network by minibatch SGD on the mean negative log-likelihood: a generator of
 * events that returns the result. It neither waits nor prints: whoever runs it decides between two
 * events what else happens.
 *
 * @param kernel holds the initial parameters, and the trained ones of the last epoch afterwards
 * @param set the training images, loaded into this kernel
 * @param from the state to resume from, with the set and hyperparameters that it was taken with
 * @param pauses rising numbers of steps, counted over all epochs: after each of them comes a progress
 *   event besides the usual ones, and nothing else is different
 * @throws UsageError if the hyperparameters do not fit the images
 * @throws DivergedError naming epoch and step when the loss is no longer finite, after the last step too
 * @throws ModelError if it is not finite to begin with
 */
export function* train(
  kernel: Kernel,
  set: ImageSet,
  hyperparameters: Hyperparameters,
  from?: TrainState,
  pauses: readonly number[] = [],
): Generator<TrainEvent, TrainResult, void> {
  const { batchSize, epochs, seed, shuffle, earlyStop } = hyperparameters;
  const { training, validation } = splitValidation(set.count, hyperparameters);
  if (batchSize > training.length) {
    throw new UsageError(
      `batch size ${batchSize} is larger than the ${training.length} training images`,
      { hint: `Use a batch size from 1 to ${training.length}.` },
    );
  }
  const random = new Random(seed, Stream.order);
  const stepsInEpoch = Math.ceil(training.length / batchSize);
  let kept = from?.kept ?? undefined;
  let epochsSinceBest = from?.epochsSinceBest ?? 0;
  if (from) {
    random.state = from.random;
    kernel.setParameters(from.parameters);
    kernel.setVelocity(from.velocity);
  }
  for (let epoch = from?.epoch ?? 1; epoch <= epochs; epoch++) {
    const begun = epoch === from?.epoch ? from : { step: 0, lossSum: 0, correct: 0 };
    const before = { epoch, random: random.state, kept: kept ?? null, epochsSinceBest };
    const order = training.slice();
    if (shuffle) random.shuffle(order);
    const rates = learningRates(hyperparameters, (epoch - 1) * stepsInEpoch, stepsInEpoch);
    const stops = pauses.map((pause) => pause - (epoch - 1) * stepsInEpoch);
    const trained = yield* trainEpoch(kernel, set, order, rates, stops, hyperparameters, {
      ...before,
      ...begun,
    });
    const held = validation.length > 0 ? score(kernel, set, validation) : null;
    if (held) assertFinite('the validation loss', held.loss, epoch, rates);
    else if (epoch === epochs) {
      const last = order.subarray((rates.length - 1) * batchSize);
      assertFinite('the loss after the step', score(kernel, set, last).loss, epoch, rates);
    }
    const best = !kept?.validation || !held || held.loss < kept.validation.loss;
    epochsSinceBest = best ? 0 : epochsSinceBest + 1;
    const result = best
      ? { parameters: kernel.getParameters(), epoch, train: trained, validation: held }
      : kept!;
    kept = { ...result, epochsRun: epoch };
    const learningRate = rates[rates.length - 1]!;
    yield { type: 'epoch', epoch, learningRate, train: trained, validation: held, best };
    if (epochsSinceBest === earlyStop) break;
  }
  return kept!;
}

/**
 * Runs a training to its end.
 *
 * @param onEvent told of every event, such as the end of an epoch
 * @throws as `train` does
 */
export function runToEnd(
  events: Generator<TrainEvent, TrainResult, void>,
  onEvent: (event: TrainEvent) => void = () => {},
): TrainResult {
  for (;;) {
    const { done, value } = events.next();
    if (done) return value;
    onEvent(value);
  }
}

/** What an epoch starts or resumes from, besides the kernel's own numbers. */
type Begun = Omit<TrainState, 'parameters' | 'velocity'>;

/** One pass over the images in `order`. `pauses` are those of this epoch's steps, among others. */
function* trainEpoch(
  kernel: Kernel,
  set: ImageSet,
  order: Uint32Array,
  rates: Float64Array,
  pauses: readonly number[],
  { batchSize, momentum, weightDecay }: Hyperparameters,
  begun: Begun,
): Generator<ProgressEvent, Score, void> {
  const { epoch } = begun;
  const stepsPerCall = Math.max(1, Math.floor(IMAGES_PER_PROGRESS / batchSize));
  let { lossSum, correct } = begun;
  for (let step = begun.step; step < rates.length; ) {
    const first = step * batchSize;
    // Where calls begin does not depend on where an earlier run was stopped.
    const end = step + stepsPerCall - (step % stepsPerCall);
    const pause = pauses.find((pause) => pause > step) ?? end;
    const steps = Math.min(end, pause) - step;
    const some = order.subarray(first, first + steps * batchSize);
    const result = kernel.train(set, {
      order: some,
      batchSize,
      learningRates: rates.subarray(step, step + steps),
      momentum,
      weightDecay,
    });
    assertLosses(result, epoch, step, rates);
    for (let s = 0; s < result.losses.length; s++) {
      lossSum += result.losses[s]! * Math.min(batchSize, some.length - s * batchSize);
    }
    correct += result.correct;
    step += result.losses.length;
    const images = first + some.length;
    const state = (): TrainState => ({
      ...begun,
      step,
      lossSum,
      correct,
      parameters: kernel.getParameters(),
      velocity: kernel.getVelocity(),
    });
    const train = { loss: lossSum / images, accuracy: correct / images };
    yield { type: 'progress', epoch, step, images, imagesInEpoch: order.length, train, state };
  }
  const broken = kernel.getParameters().findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) throw diverged('a parameter', epoch, rates.length, rates[rates.length - 1]!);
  return { loss: lossSum / order.length, accuracy: correct / order.length };
}

/** Of every step's loss, which is from before the step. */
function assertLosses(
  { losses }: StepsResult,
  epoch: number,
  firstStep: number,
  rates: Float64Array,
): void {
  const bad = losses.findIndex((loss) => !Number.isFinite(loss));
  if (bad < 0) return;
  const step = firstStep + bad;
  if (epoch === 1 && step === 0) {
    throw new ModelError(
      `the parameters that training starts from give a loss that is not finite (${losses[bad]})`,
      { hint: 'Start from smaller ones: the scores of these overflow.' },
    );
  }
  throw diverged(`the loss (${losses[bad]})`, epoch, step + 1, rates[step]!);
}

/** Of a loss after the epoch's last step. */
function assertFinite(what: string, loss: number, epoch: number, rates: Float64Array): void {
  if (Number.isFinite(loss)) return;
  throw diverged(`${what} (${loss})`, epoch, rates.length, rates[rates.length - 1]!);
}

function diverged(what: string, epoch: number, step: number, learningRate: number): DivergedError {
  return new DivergedError(
    `training diverged: ${what} is not finite at epoch ${epoch}, step ${step}`,
    { epoch, step, hint: `Use a smaller learning rate (it was ${learningRate} in this step).` },
  );
}

/** Mean −L and accuracy of the kernel's present parameters on the images at `indices`. */
function score(kernel: Kernel, set: ImageSet, indices: Uint32Array): Score {
  const { predicted, logLikelihood } = kernel.evaluate(set, indices);
  const expected = new Uint8Array(indices.length);
  for (let n = 0; n < indices.length; n++) expected[n] = set.labels[indices[n]!]!;
  return {
    loss: meanNegativeLogLikelihood(logLikelihood),
    accuracy: accuracy(predicted, expected),
  };
}

/** Which of `count` images are trained on and which held out, each in file order; the seed decides. */
export function splitValidation(
  count: number,
  {
    seed,
    limit,
    validation,
  }: Pick<Hyperparameters, 'seed' | 'validation'> & Partial<Pick<Hyperparameters, 'limit'>>,
): { training: Uint32Array; validation: Uint32Array } {
  const indices = new Uint32Array(Math.min(count, limit ?? count));
  for (let index = 0; index < indices.length; index++) indices[index] = index;
  const heldOut = Math.round(indices.length * validation);
  if (validation > 0 && (heldOut === 0 || heldOut === indices.length)) {
    throw new UsageError(
      `a validation fraction of ${validation} holds out ${heldOut} of ${indices.length} training images`,
      { hint: 'Choose a fraction that leaves images on both sides.' },
    );
  }
  if (heldOut > 0) new Random(seed, Stream.validation).shuffle(indices);
  return {
    validation: indices.slice(0, heldOut).sort(),
    training: heldOut > 0 ? indices.slice(heldOut).sort() : indices,
  };
}
