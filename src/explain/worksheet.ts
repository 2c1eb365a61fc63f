import { type Derivation, derive } from '../derivation.js';
import { oneHot } from '../layers/log-likelihood.js';
import type { Picture } from '../layers/reshape.js';
import type { NetworkShape, Parameters } from '../network.js';
import { type Quantity, type QuantityKey, quantitiesOf } from '../quantities.js';
import { sgdStep } from '../sgd.js';

/** How large a worksheet's network is. */
export interface WorksheetSize {
  /** K. */
  readonly classes: number;
  /** D; the picture is as nearly square as D allows. */
  readonly inputs: number;
  /** H of the one hidden layer, if there is one. */
  readonly hidden?: number;
}

/** `3x4`: classes × pixels, 2x2 to 5x9; undefined for another text. */
export function sizeFromName(name: string): WorksheetSize | undefined {
  const [, K, D] = /^([2-5])x([2-9])$/.exec(name) ?? [];
  return K === undefined ? undefined : { classes: Number(K), inputs: Number(D) };
}

export function nameOfSize({ classes, inputs }: WorksheetSize): string {
  return `${classes}x${inputs}`;
}

/** A picture of a worksheet and its class. */
export interface WorksheetPicture {
  /** rows × columns of 0, 1/2 and 1. */
  readonly x: Picture<Float64Array>;
  readonly label: number;
}

/** Whole numbers of a linear layer. */
export interface WholeLayer {
  /** Outputs × inputs, row-major. */
  readonly M: readonly number[];
  /** An entry for each output. */
  readonly c: readonly number[];
}

/**
 * A network that can be worked out on paper: W and b are whole multiples of ln 2, pixels are 0, 1/2
 * or 1, and all v are whole multiples of ln 2 too. So exp(v_i) is a power of 2, y and ∂L/∂v are
 * fractions, and ∂L/∂u is a fraction times ln 2. A hidden layer has whole weights and whole v¹ and h¹,
 * so that all behind it is as before.
 */
export interface Worksheet extends WholeLayer {
  readonly seed: number;
  readonly shape: NetworkShape;
  /** W¹ and b¹ themselves; then `M` and `c` belong to W² = ln 2 · M and b² = ln 2 · c. */
  readonly hidden?: WholeLayer;
  /** W and b, or W¹, b¹, W², b². */
  readonly parameters: Parameters<Float64Array>;
  /** The picture of all questions, and a second one to make up a batch of two. */
  readonly pictures: readonly [WorksheetPicture, WorksheetPicture];
  /** Of the step at the end. */
  readonly lr: number;
}

/** Scores of the last layer are ln 2 times 0 to this. */
export const MOST_EXPONENT = 4;

/** A quantity that is asked for; of the batch of both pictures: the gradient by the last b, and b after the step. */
export type AnswerKey = Exclude<QuantityKey, 'dL_dv_by_jacobian'> | 'batch_dL_db' | 'new_b';

/**
 * What a worksheet asks for, and what the file of answers calls it. With a hidden layer a quantity that
 * each layer has is followed by its layer's number: v1, h1, v2.
 */
export type AnswerName = AnswerKey | `${AnswerKey}${number}`;

/** What is asked of a network with so many hidden layers. */
export interface Question {
  readonly name: AnswerName;
  readonly key: AnswerKey;
  /** From 0, of the last linear layer where a quantity has none of its own. */
  readonly layer: number;
  /** Its row of the table; of the batch there is none. */
  readonly quantity?: Quantity;
}

/** The derivation's quantities in the seminar's order, ∂L/∂v but once, and then the batch and the step. */
export function questionsOf(hiddenLayers: number): Question[] {
  const last = hiddenLayers;
  const named = (key: AnswerKey, layer: number | undefined): AnswerName =>
    last === 0 || layer === undefined ? key : `${key}${layer + 1}`;
  const questions: Question[] = [];
  for (const quantity of quantitiesOf(hiddenLayers)) {
    const { key, layer } = quantity;
    if (key === 'dL_dv_by_jacobian') continue;
    questions.push({ name: named(key, layer), key, layer: layer ?? last, quantity });
  }
  for (const key of ['batch_dL_db', 'new_b'] as const) {
    questions.push({ name: named(key, last), key, layer: last });
  }
  return questions;
}

/** 1 or 0. */
export function hiddenLayersOf({ hidden }: Pick<Worksheet, 'hidden'>): number {
  return hidden ? 1 : 0;
}

/** The names of all answers, in the order in which they are asked for. */
export function answerNames(hiddenLayers: number): AnswerName[] {
  return questionsOf(hiddenLayers).map(({ name }) => name);
}

/** Numbers row by row; [] is a number, [n] a list, [rows, columns] a matrix. */
export interface Answer {
  readonly shape: readonly number[];
  readonly values: Float64Array;
  /** Every value is a fraction with this below it, times ln 2 if `ln2`; 0: no fraction. */
  readonly denominator: number;
  readonly ln2: boolean;
}

export type Answers = Readonly<Partial<Record<AnswerName, Answer>>>;

/** The right answers, by the program's own layers in double precision, in the order of the questions. */
export function answersOf(sheet: Worksheet): Answers {
  const [first, second] = sheet.pictures;
  const [one, two] = [deriveSheet(sheet, first), deriveSheet(sheet, second)];
  const [S, T] = [sumOfPowers(one.v), sumOfPowers(two.v)];
  const sum = one.dL_db.map((g, i) => g + two.dL_db[i]!);
  const stepped = sheet.parameters.linear.at(-1)!.bias.slice();
  const rule = { learningRate: sheet.lr, momentum: 0, weightDecay: 0 };
  sgdStep(stepped, sum, new Float64Array(0), 2, rule);
  const last = hiddenLayersOf(sheet);
  const answers: Partial<Record<AnswerName, Answer>> = {};
  for (const { name, key, layer, quantity } of questionsOf(last)) {
    const shape = quantity ? quantity.shape(sheet.shape) : [sheet.shape.classes];
    const batch = key === 'new_b' ? stepped : sum.map((g) => g / 2);
    const values = quantity ? quantity.values(one) : batch;
    answers[name] = { shape, values, ...fractionOf(key, layer === last, S, T) };
  }
  return answers;
}

/** Which fractions a quantity's numbers are: S = Σ_k exp(v_k) of the first picture, T of the second. */
function fractionOf(
  key: AnswerKey,
  inLastLayer: boolean,
  S: number,
  T: number,
): Pick<Answer, 'denominator' | 'ln2'> {
  // W of the last layer brings ln 2 in on the way to v, and again on the way back to all below it.
  switch (key) {
    case 'u':
      return { denominator: 2, ln2: false };
    case 'v':
      return { denominator: 1, ln2: inLastLayer };
    case 'h':
      return { denominator: 1, ln2: false };
    case 'L':
    case 'new_b':
      return { denominator: 0, ln2: false };
    case 'dL_dy':
      return { denominator: 2 ** MOST_EXPONENT, ln2: false };
    case 'dy_dv':
      return { denominator: S * S, ln2: false };
    case 'y':
      return { denominator: S, ln2: false };
    case 'dL_dv':
    case 'dL_db':
      return { denominator: S, ln2: !inLastLayer };
    case 'dL_dW':
      return { denominator: 2 * S, ln2: !inLastLayer };
    case 'dL_dh':
    case 'dL_du':
    case 'dL_dx':
      return { denominator: S, ln2: true };
    case 'batch_dL_db':
      return { denominator: 2 * S * T, ln2: false };
  }
}

/** The derivation of one of the sheet's pictures. */
export function deriveSheet(
  sheet: Pick<Worksheet, 'parameters' | 'shape'>,
  picture: WorksheetPicture,
): Derivation {
  return derive(sheet.parameters, picture.x, labelsOf(sheet, picture));
}

/** The one-hot labels of a picture. */
export function labelsOf(
  { shape }: Pick<Worksheet, 'shape'>,
  { label }: WorksheetPicture,
): Float64Array {
  return oneHot(new Float64Array(shape.classes), label);
}

/** Σ_k exp(v_k), a whole number here. */
function sumOfPowers(v: Float64Array): number {
  return Math.round(v.reduce((sum, vi) => sum + Math.exp(vi), 0));
}

/** `-3/7`, `2`, `5/14 ln 2`; 4 decimals where the value is no fraction with that denominator. */
export function inWords(value: number, { denominator, ln2 }: Answer): string {
  const units = ln2 ? value / Math.LN2 : value;
  const above = Math.round(units * denominator);
  if (denominator === 0 || Math.abs(units * denominator - above) > 1e-9) return value.toFixed(4);
  const common = greatestCommonDivisor(Math.abs(above), denominator);
  const [n, d] = [above / common, denominator / common];
  const fraction = d === 1 ? String(n) : `${n}/${d}`;
  return ln2 && n !== 0 ? `${fraction} ln 2`.replace(/^(-?)1 ln/, '$1ln') : fraction;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** A value rounded to 3 decimals, or to 3 digits, is right; so is every more exact one. */
export function close(given: number, right: number): boolean {
  return Math.abs(given - right) <= 5.1e-4 + 5e-3 * Math.abs(right);
}

/** As many numbers, and each of them close. */
export function agree(given: ArrayLike<number>, right: ArrayLike<number>): boolean {
  if (given.length !== right.length) return false;
  for (let i = 0; i < right.length; i++) if (!close(given[i]!, right[i]!)) return false;
  return true;
}
