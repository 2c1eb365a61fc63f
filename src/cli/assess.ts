import { BackpropError, ExitCode, ModelError } from '../errors.js';
import type { Predictions } from '../kernel/kernel.js';
import type { NetworkShape } from '../network.js';
import { nats, percent } from '../text/numbers.js';

/**
 * What is said of a model that another program trained.
 * @param data that are taken to be its own
 */
export function withoutRecord(path: string, data?: string): string {
  const taken = data === undefined ? '' : `, and its images to be those of ${data}`;
  return `${path} has no record of its training; its pixels are taken to be from 0 to 1${taken}`;
}

/**
 * @param images what they are called in the message, such as `test image`
 * @throws ModelError naming the first image whose loss is not finite
 */
export function assertNoOverflow(
  path: string,
  images: string,
  { logLikelihood }: Predictions,
): void {
  const n = logLikelihood.findIndex((L: number) => !Number.isFinite(L));
  if (n < 0) return;
  const found = `the scores of ${images} ${n} overflow (log-likelihood ${logLikelihood[n]})`;
  throw new ModelError(`${path}: ${found}`, {
    hint: 'its weights are too large to be used: train it again with a smaller --lr',
  });
}

/** What a network is made for. */
export function imagesInWords({ rows, columns, classes }: NetworkShape): string {
  return `images of ${rows}×${columns} in ${classes} classes`;
}

/** @throws ModelError unless the model was made for images of these sides and classes */
export function assertModelFits(
  path: string,
  model: NetworkShape,
  dataName: string,
  data: NetworkShape,
): void {
  const [expected, found] = [imagesInWords(model), imagesInWords(data)];
  if (expected === found) return;
  throw new ModelError(`${path}: the model is for ${expected}, but ${dataName} has ${found}`, {
    hint: 'choose the data that belong to the model with --dataset or --data-dir',
  });
}

/** Of a loss that rounding may put above log K: that of a network which has learned nothing. */
const ROUNDING = 1e-3;

/**
 * What is said of a mean −L above log K, which an equal probability for each of the K classes gives.
 * @param loss in nats per image
 */
export function worseThanGuessing(loss: number, classes: number): string | undefined {
  const guessing = Math.log(classes);
  if (loss <= guessing + ROUNDING) return undefined;
  return `the loss ${nats(loss)} is worse than blind guessing's ${nats(guessing)} (log ${classes})`;
}

/**
 * @param whose of several models, which one
 * @throws BackpropError (exit 7) if a minimum was asked for and not reached
 */
export function assertAccuracy(
  reached: number,
  minimum: number | undefined,
  whose?: string | undefined,
): void {
  if (minimum === undefined || reached >= minimum) return;
  throw new BackpropError(
    `${whose === undefined ? '' : `${whose}: `}accuracy ${percent(reached)} is below --min-accuracy ${minimum} (${percent(minimum)})`,
    { code: 'ERR_BELOW_MINIMUM', exitCode: ExitCode.belowMinimum },
  );
}
