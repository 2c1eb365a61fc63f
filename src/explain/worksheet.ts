import { type Derivation, derive } from '../derivation.js';
import { oneHot } from '../layers/log-likelihood.js';
import type { Picture } from '../layers/reshape.js';
import { type NetworkShape, type Parameters, parametersOf } from '../network.js';
import { QUANTITIES, type Quantity } from '../quantities.js';
import { Random } from '../random.js';
import { sgdStep } from '../sgd.js';

/** How large a worksheet's network is. */
export interface WorksheetSize {
  /** K. */
  readonly classes: number;
  /** D; the picture is as nearly square as D allows. */
  readonly inputs: number;
}

/** A picture of a worksheet and its class. */
export interface WorksheetPicture {
  /** rows × columns of 0, 1/2 and 1. */
  readonly x: Picture<Float64Array>;
  readonly label: number;
}

/**
 * A network that can be worked out on paper: W and b are whole multiples of ln 2, pixels are 0, 1/2
 * or 1, and all v are whole multiples of ln 2 too. So exp(v_i) is a power of 2, y and ∂L/∂v are
 * fractions, and ∂L/∂u is a fraction times ln 2.
 */
export interface Worksheet {
  readonly seed: number;
  readonly shape: NetworkShape;
  /** K × D, row-major: W = ln 2 · M. */
  readonly M: readonly number[];
  /** K: b = ln 2 · c. */
  readonly c: readonly number[];
  /** W and b. */
  readonly parameters: Parameters<Float64Array>;
  /** The picture of all questions, and a second one to make up a batch of two. */
  readonly pictures: readonly [WorksheetPicture, WorksheetPicture];
  /** Of the step at the end. */
  readonly lr: number;
}

/** A stream of its own, beside those of `random.ts`. */
const WORKSHEET_STREAM = 16;
const LR = 0.5;

/** The worksheet of a seed and a size: always the same one. */
export function createWorksheet(seed: number, { classes: K, inputs: D }: WorksheetSize): Worksheet {
  const random = new Random(seed, WORKSHEET_STREAM);
  const shape = { ...sidesOf(D), classes: K };
  for (;;) {
    const pictures = [drawPicture(random, shape), drawPicture(random, shape)] as const;
    const [first, second] = pictures.map(({ x }) => x.values);
    // Where a pixel is 1/2 the weights are even, so that v comes out whole.
    const odd = (j: number): boolean => first![j] !== 0.5 && second![j] !== 0.5;
    const M = Array.from({ length: K * D }, (_, p) =>
      odd(p % D) ? random.below(5) - 2 : 2 * (random.below(3) - 1),
    );
    const c = Array.from({ length: K }, () => random.below(5) - 2);
    const exponents = pictures.map(({ x }) => c.map((ci, i) => ci + dot(M, i * D, x.values)));
    if (!exponents.every(handy) || !instructive(M, c, pictures, K, D)) continue;
    const all = Float64Array.from([...M, ...c], (m) => m * Math.LN2);
    return { seed, shape, M, c, parameters: parametersOf(all, shape), pictures, lr: LR };
  }
}

/** Powers of 2 that add up easily, not all the same. */
function handy(exponents: readonly number[]): boolean {
  return exponents.every((n) => n >= 0 && n <= 3) && new Set(exponents).size > 1;
}

/** No row or column of zeros, no b = 0, and two pictures that differ: every mistake must show. */
function instructive(
  M: readonly number[],
  c: readonly number[],
  [first, second]: readonly [WorksheetPicture, WorksheetPicture],
  K: number,
  D: number,
): boolean {
  const rows = Array.from({ length: K }, (_, i) => M.slice(i * D, (i + 1) * D));
  const distinct = new Set(rows.map(String)).size === K;
  const differ = String(first.x.values) !== String(second.x.values);
  return distinct && differ && c.some((ci) => ci !== 0) && first.label !== second.label;
}

function drawPicture(random: Random, { rows, columns, classes }: NetworkShape): WorksheetPicture {
  const values = new Float64Array(rows * columns);
  while (values.every((value) => value === 0)) {
    for (const j of values.keys()) values[j] = random.below(3) / 2;
  }
  return { x: { rows, columns, values }, label: random.below(classes) };
}

/** 6 → 2 × 3, 9 → 3 × 3, 7 → 1 × 7. */
function sidesOf(inputs: number): { rows: number; columns: number } {
  let rows = Math.floor(Math.sqrt(inputs));
  while (inputs % rows !== 0) rows--;
  return { rows, columns: inputs / rows };
}

function dot(M: readonly number[], first: number, u: ArrayLike<number>): number {
  let sum = 0;
  for (let j = 0; j < u.length; j++) sum += M[first + j]! * u[j]!;
  return sum;
}

/**
 * What a worksheet asks for, and what the file of answers calls it: the derivation's quantities in the
 * seminar's order, ∂L/∂v but once, and then of a batch of both pictures the gradient and the step.
 */
export type AnswerName = Exclude<Quantity['key'], 'dL_dv_by_jacobian'> | 'batch_dL_db' | 'new_b';

export const ANSWER_NAMES: readonly AnswerName[] = [
  ...QUANTITIES.map(({ key }) => key).filter((key) => key !== 'dL_dv_by_jacobian'),
  'batch_dL_db',
  'new_b',
];

/** Numbers row by row; [] is a number, [n] a list, [rows, columns] a matrix. */
export interface Answer {
  readonly shape: readonly number[];
  readonly values: Float64Array;
  /** Every value is a fraction with this below it, times ln 2 if `ln2`; 0: no fraction. */
  readonly denominator: number;
  readonly ln2: boolean;
}

export type Answers = Readonly<Record<AnswerName, Answer>>;

/** The right answers, by the program's own layers in double precision. */
export function answersOf(sheet: Worksheet): Answers {
  const { rows, columns, classes: K } = sheet.shape;
  const D = rows * columns;
  const [first, second] = sheet.pictures;
  const [one, two] = [deriveSheet(sheet, first), deriveSheet(sheet, second)];
  const [S, T] = [sumOfPowers(one.v), sumOfPowers(two.v)];
  const sum = one.dL_db.map((g, i) => g + two.dL_db[i]!);
  const stepped = sheet.parameters.bias.slice();
  const rule = { learningRate: sheet.lr, momentum: 0, weightDecay: 0 };
  sgdStep(stepped, sum, new Float64Array(0), 2, rule);
  const answer = (
    shape: readonly number[],
    values: Float64Array,
    denominator: number,
    ln2 = false,
  ): Answer => ({ shape, values, denominator, ln2 });
  return {
    u: answer([D], one.u, 2),
    v: answer([K], one.v, 1, true),
    y: answer([K], one.y, S),
    L: answer([], Float64Array.of(one.L), 0),
    dL_dy: answer([K], one.dL_dy, 8),
    dy_dv: answer([K, K], one.dy_dv, S * S),
    dL_dv: answer([K], one.dL_dv, S),
    dL_du: answer([D], one.dL_du, S, true),
    dL_db: answer([K], one.dL_db, S),
    dL_dW: answer([K, D], one.dL_dW, 2 * S),
    dL_dx: answer([rows, columns], one.dL_dx.values, S, true),
    batch_dL_db: answer(
      [K],
      sum.map((g) => g / 2),
      2 * S * T,
    ),
    new_b: answer([K], stepped, 0),
  };
}

/** The derivation of one of the sheet's pictures. */
export function deriveSheet(sheet: Worksheet, picture: WorksheetPicture): Derivation {
  return derive(sheet.parameters, picture.x, labelsOf(sheet, picture));
}

/** The one-hot labels of a picture. */
export function labelsOf({ shape }: Worksheet, { label }: WorksheetPicture): Float64Array {
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
