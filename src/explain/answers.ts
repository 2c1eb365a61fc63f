import {
  backwardInput,
  backwardInSteps,
  createActivationGradients,
  createActivations,
  forward,
  parameterCount,
  parametersOf,
} from '../network.js';
import { labelsOf, type Worksheet, type WorksheetPicture, weightsOf } from './worksheet.js';

/** What a worksheet asks for, in the seminar's order; the names are those of the answers' file. */
export type Quantity =
  | ('u' | 'v' | 'y' | 'L' | 'dL_dy' | 'dy_dv' | 'dL_dv')
  | ('dL_du' | 'dL_db' | 'dL_dW' | 'dL_dx' | 'batch_dL_db' | 'new_b');

export const QUANTITIES: readonly Quantity[] = [
  ...(['u', 'v', 'y', 'L', 'dL_dy', 'dy_dv', 'dL_dv'] as const),
  ...(['dL_du', 'dL_db', 'dL_dW', 'dL_dx', 'batch_dL_db', 'new_b'] as const),
];

/** Numbers row by row; [] is a number, [n] a list, [rows, columns] a matrix. */
export interface Answer {
  readonly shape: readonly number[];
  readonly values: Float64Array;
  /** Every value is a fraction with this below it, times ln 2 if `ln2`; 0: no fraction. */
  readonly denominator: number;
  readonly ln2: boolean;
}

export type Answers = Readonly<Record<Quantity, Answer>>;

/** The right answers, by the program's own layers in double precision. */
export function answersOf(sheet: Worksheet): Answers {
  const { rows, columns, classes: K } = sheet.shape;
  const [first, second] = sheet.pictures;
  const one = runThrough(sheet, first);
  const two = runThrough(sheet, second);
  const D = rows * columns;
  const [S, T] = [one.sum, two.sum];
  const batch = one.db.map((g, i) => (g + two.db[i]!) / 2);
  const { b } = weightsOf(sheet);
  const answer = (
    shape: number[],
    values: ArrayLike<number>,
    denominator: number,
    ln2 = false,
  ): Answer => ({ shape, values: Float64Array.from(values), denominator, ln2 });
  return {
    u: answer([D], one.u, 2),
    v: answer([K], one.v, 1, true),
    y: answer([K], one.y, S),
    L: answer([], [one.L], 0),
    dL_dy: answer([K], one.dy, 8),
    dy_dv: answer([K, K], one.dydv, S * S),
    dL_dv: answer([K], one.dv, S),
    dL_du: answer([D], one.du, S, true),
    dL_db: answer([K], one.db, S),
    dL_dW: answer([K, D], one.dw, 2 * S),
    dL_dx: answer([rows, columns], one.dx, S, true),
    batch_dL_db: answer([K], batch, 2 * S * T),
    new_b: answer(
      [K],
      b.map((bi, i) => bi + sheet.lr * batch[i]!),
      0,
    ),
  };
}

/** All quantities of one picture, named as in the code. */
export interface Run {
  readonly labels: Float64Array;
  readonly u: Float64Array;
  readonly v: Float64Array;
  readonly y: Float64Array;
  readonly L: number;
  readonly dy: Float64Array;
  readonly dydv: Float64Array;
  readonly dv: Float64Array;
  readonly du: Float64Array;
  readonly db: Float64Array;
  readonly dw: Float64Array;
  readonly dx: Float64Array;
  /** Σ_k exp(v_k), a whole number. */
  readonly sum: number;
}

export function runThrough(sheet: Worksheet, picture: WorksheetPicture): Run {
  const { shape, parameters } = sheet;
  const theta = parametersOf(parameters, shape);
  const gradient = parametersOf(new Float64Array(parameterCount(shape)), shape);
  const a = createActivations(shape, Float64Array);
  const d = createActivationGradients(shape, Float64Array);
  const labels = labelsOf(sheet, picture);
  const L = forward(theta, picture.x, labels, a);
  backwardInSteps(gradient, a, labels, d);
  const dx = backwardInput(theta, shape, d).values;
  const sum = Math.round(
    Float64Array.from(a.v, (vi) => Math.exp(vi)).reduce((total, power) => total + power),
  );
  const arrays = { ...a, ...d, db: gradient.bias, dw: gradient.weight, dx };
  return { ...(arrays as { [name in keyof typeof arrays]: Float64Array }), labels, L, sum };
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
