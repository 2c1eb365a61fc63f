import { BackpropError, ExitCode, ModelError } from '../errors.js';
import type { Predictions } from '../kernel/kernel.js';
import type { NetworkShape } from '../network.js';
import { percent } from '../text/numbers.js';

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

/** @throws ModelError unless the model was made for images of these sides and classes */
export function assertModelFits(
  path: string,
  model: NetworkShape,
  dataName: string,
  data: NetworkShape,
): void {
  const inWords = ({ rows, columns, classes }: NetworkShape): string =>
    `images of ${rows}×${columns} in ${classes} classes`;
  if (inWords(model) === inWords(data)) return;
  throw new ModelError(
    `${path}: the model is for ${inWords(model)}, but ${dataName} has ${inWords(data)}`,
    { hint: 'choose the data that belong to the model with --dataset or --data-dir' },
  );
}

/** @throws BackpropError (exit 7) if a minimum was asked for and not reached */
export function assertAccuracy(reached: number, minimum: number | undefined): void {
  if (minimum === undefined || reached >= minimum) return;
  throw new BackpropError(
    `accuracy ${percent(reached)} is below --min-accuracy ${minimum} (${percent(minimum)})`,
    { code: 'ERR_BELOW_MINIMUM', exitCode: ExitCode.belowMinimum },
  );
}
