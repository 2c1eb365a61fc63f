/**
 * Figures about predictions: numbers in, numbers out. Legend: N images, K classes; `predicted` and
 * `labels` hold one class per image, 0 … K−1.
 */

/** Mean negative log-likelihood in nats per image (≥ 0), and share of correct predictions, 0 to 1. */
export interface Score {
  readonly loss: number;
  readonly accuracy: number;
}

/** Figures of one class; see {@link perClassReport}. */
export interface ClassFigures {
  precision: number;
  recall: number;
  f1: number;
  /** Images whose true class this is. */
  support: number;
}

/** Figures of every class and their unweighted means. */
export interface ClassReport {
  classes: ClassFigures[];
  /** Mean over the K classes, each counted alike; `support` is the sum, N. */
  macroAverage: ClassFigures;
}

/** An image taken for another class. */
export interface Mistake {
  /** Position of the image in its set, from 0. */
  index: number;
  label: number;
  predicted: number;
  /** Probability that the network gave to the class it predicted, 0 … 1. */
  probability: number;
}

/**
 * accuracy = (1/N) Σ_n 1[predicted_n = label_n], from 0 to 1.
 *
 * @throws {RangeError} if the lengths differ or there is no image.
 */
export function accuracy(predicted: Uint8Array, labels: Uint8Array): number {
  sameLength('predicted', predicted.length, labels.length);
  let correct = 0;
  for (let n = 0; n < labels.length; n++) {
    if (predicted[n] === labels[n]) correct++;
  }
  return correct / labels.length;
}

/**
 * −(1/N) Σ_n L_n, in nats per image, where L_n = log y_label is the seminar's log-likelihood of
 * image n (≤ 0). Added in file order in double precision: the same numbers give the same bits.
 *
 * @throws {RangeError} if there is no image.
 */
export function meanNegativeLogLikelihood(logLikelihoods: Float32Array | Float64Array): number {
  if (logLikelihoods.length === 0) throw new RangeError('expected at least one image, found none');
  let sum = 0;
  for (let n = 0; n < logLikelihoods.length; n++) sum += logLikelihoods[n]!;
  // 0 − x rather than −x: a perfect score is 0, not −0.
  return 0 - sum / logLikelihoods.length;
}

/**
 * Both, of a kernel's predictions for images with these labels.
 *
 * @throws {RangeError} if the lengths differ or there is no image.
 */
export function scoreOf(
  predictions: {
    readonly predicted: Uint8Array;
    readonly logLikelihood: Float32Array | Float64Array;
  },
  { labels }: { readonly labels: Uint8Array },
): Score {
  const { predicted, logLikelihood } = predictions;
  return {
    loss: meanNegativeLogLikelihood(logLikelihood),
    accuracy: accuracy(predicted, labels),
  };
}

/**
 * confusion[i·K + j] = Σ_n 1[label_n = i and predicted_n = j]: row = true class, column =
 * predicted class, K×K, row-major.
 *
 * @throws {RangeError} if the lengths differ, there is no image, or a class is not below K.
 */
export function confusionMatrix(
  predicted: Uint8Array,
  labels: Uint8Array,
  classes: number,
): Uint32Array {
  sameLength('predicted', predicted.length, labels.length);
  const confusion = new Uint32Array(classes * classes);
  for (let n = 0; n < labels.length; n++) {
    const label = labels[n]!;
    const guess = predicted[n]!;
    if (label >= classes || guess >= classes) {
      const found = `label ${label}, predicted ${guess}`;
      throw new RangeError(`image ${n}: expected classes 0 to ${classes - 1}, found ${found}`);
    }
    confusion[label * classes + guess]! += 1;
  }
  return confusion;
}

/**
 * For class i, with c the confusion matrix:
 *
 *     precision = c_ii / Σ_k c_ki    of the images taken for i, the share that are i
 *     recall    = c_ii / Σ_k c_ik    of the images that are i, the share found
 *     F1        = 2 c_ii / (Σ_k c_ki + Σ_k c_ik)    the harmonic mean of the two
 *     support   = Σ_k c_ik
 *
 * 0/0 counts as 0, and as 0 in the means too: scikit-learn's `zero_division=0`. Source: the
 * definitions of scikit-learn's `classification_report`.
 *
 * @param confusion K×K as from {@link confusionMatrix}.
 * @throws {RangeError} if `confusion` is not K×K, or K is 0.
 */
export function perClassReport(confusion: Uint32Array, classes: number): ClassReport {
  if (classes < 1 || confusion.length !== classes * classes) {
    throw new RangeError(`expected ${classes}×${classes} counts, found ${confusion.length}`);
  }
  const report: ClassFigures[] = [];
  const sum: ClassFigures = { precision: 0, recall: 0, f1: 0, support: 0 };
  for (let i = 0; i < classes; i++) {
    let guessed = 0;
    let support = 0;
    for (let k = 0; k < classes; k++) {
      guessed += confusion[k * classes + i]!;
      support += confusion[i * classes + k]!;
    }
    const correct = confusion[i * classes + i]!;
    const precision = ratio(correct, guessed);
    const recall = ratio(correct, support);
    const f1 = ratio(2 * correct, guessed + support);
    report.push({ precision, recall, f1, support });
    sum.precision += precision;
    sum.recall += recall;
    sum.f1 += f1;
    sum.support += support;
  }
  const macroAverage = {
    precision: sum.precision / classes,
    recall: sum.recall / classes,
    f1: sum.f1 / classes,
    support: sum.support,
  };
  return { classes: report, macroAverage };
}

/**
 * The wrongly classified images whose predicted class had the highest probability, at most `count`,
 * in falling order of it; equal ones by index, so the order is always the same.
 *
 * @param probabilityOfPredicted y_predicted of each image, 0 … 1.
 * @throws {RangeError} if the lengths differ or there is no image.
 */
export function mostConfidentMistakes(
  predicted: Uint8Array,
  labels: Uint8Array,
  probabilityOfPredicted: Float32Array | Float64Array,
  count: number,
): Mistake[] {
  sameLength('predicted', predicted.length, labels.length);
  sameLength('probabilityOfPredicted', probabilityOfPredicted.length, labels.length);
  const mistakes: Mistake[] = [];
  for (let index = 0; index < labels.length; index++) {
    const label = labels[index]!;
    const guess = predicted[index]!;
    const probability = probabilityOfPredicted[index]!;
    if (guess !== label) mistakes.push({ index, label, predicted: guess, probability });
  }
  mistakes.sort((a, b) => b.probability - a.probability || a.index - b.index);
  return mistakes.slice(0, Math.max(0, count));
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function sameLength(name: string, found: number, labels: number): void {
  if (labels === 0) throw new RangeError('expected at least one image, found none');
  if (found !== labels) {
    throw new RangeError(`${name}: expected ${labels} values, one per label, found ${found}`);
  }
}
