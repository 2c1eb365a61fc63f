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

/** z of the two-sided 95 % of a normal distribution. */
const Z_95 = 1.959963984540054;

/** Between which shares one lies; from 0 to 1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's score interval, 95 %, of a share p = correct / N seen on N images: those shares from which p
 * is at most z = 1.96 standard errors away,
 *
 *     (p + z²/2N ± z √(p (1 − p)/N + z²/4N²)) / (1 + z²/N)
 *
 * It stays between 0 and 1 and holds for few images and for shares close to 1, where p ± z √(p (1 − p)/N)
 * does not. The images count as drawn at random from all that there could be. Source: E. B. Wilson,
 * Journal of the American Statistical Association 22 (1927); compared with others by R. G. Newcombe,
 * Statistics in Medicine 17 (1998), method 3.
 *
 * @throws {RangeError} if there is no image, or more are correct than there are.
 */
export function wilsonInterval(correct: number, count: number): Interval {
  if (!(count > 0 && correct >= 0 && correct <= count)) {
    throw new RangeError(`expected 0 to N correct of N > 0 images, found ${correct} of ${count}`);
  }
  const p = correct / count;
  const zz = Z_95 ** 2 / count;
  const half = Z_95 * Math.sqrt((p * (1 - p) + zz / 4) / count);
  const [low, high] = [(p + zz / 2 - half) / (1 + zz), (p + zz / 2 + half) / (1 + zz)];
  return { low: correct === 0 ? 0 : low, high: correct === count ? 1 : high };
}

/** How many images each of two models gets right. */
export interface PairedCounts {
  bothRight: number;
  onlyFirst: number;
  onlySecond: number;
  bothWrong: number;
}

/**
 * Counts of two models' answers for the same images.
 *
 * @throws {RangeError} if the lengths differ or there is no image.
 */
export function pairedCounts(
  first: Uint8Array,
  second: Uint8Array,
  labels: Uint8Array,
): PairedCounts {
  sameLength('first', first.length, labels.length);
  sameLength('second', second.length, labels.length);
  const counts = { bothRight: 0, onlyFirst: 0, onlySecond: 0, bothWrong: 0 };
  for (let n = 0; n < labels.length; n++) {
    const right = first[n] === labels[n];
    if (second[n] === labels[n]) counts[right ? 'bothRight' : 'onlySecond']++;
    else counts[right ? 'onlyFirst' : 'bothWrong']++;
  }
  return counts;
}

/**
 * p of McNemar's exact test, two-sided: of n = b + c images that only one of two models gets right, how
 * probable a split as uneven as b to c, or more so, is if a fair coin decided each,
 *
 *     p = min(1, 2 Σ_{i=0}^{k} C(n, i) / 2ⁿ),  k = min(b, c)
 *
 * log(C(n, k) / 2ⁿ) is added up factor by factor, and the sum runs down from this largest term, so that
 * nothing overflows; a p below 5e-324 is 0. Source: Q. McNemar, Psychometrika 12 (1947), with the
 * binomial distribution in place of χ²: the same as R's `binom.test(b, b + c)`.
 *
 * @param onlyFirst b @param onlySecond c, whole numbers from 0
 * @throws {RangeError} for anything else.
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  for (const count of [onlyFirst, onlySecond]) {
    if (Number.isSafeInteger(count) && count >= 0) continue;
    throw new RangeError(`expected whole numbers from 0, found ${onlyFirst} and ${onlySecond}`);
  }
  // The sum is then more than half.
  if (onlyFirst === onlySecond) return 1;
  const n = onlyFirst + onlySecond;
  const k = Math.min(onlyFirst, onlySecond);
  let logLargest = -n * Math.LN2;
  for (let i = 1; i <= k; i++) logLargest += Math.log((n - k + i) / i);
  let term = 1;
  let sum = 1;
  for (let i = k; i > 0; i--) {
    term *= i / (n - i + 1);
    sum += term;
  }
  return Math.min(1, 2 * Math.exp(logLargest) * sum);
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
