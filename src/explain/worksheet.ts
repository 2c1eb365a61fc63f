import type { Picture } from '../layers/reshape.js';
import { type NetworkShape, oneHot, parameterCount, parametersOf } from '../network.js';
import { Random } from '../random.js';

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
  readonly x: Picture;
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
  /** K·D + K numbers: W, then b. */
  readonly parameters: Float64Array;
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
    if (all.length !== parameterCount(shape))
      throw new RangeError(`worksheet: wrong size ${K}×${D}`);
    return { seed, shape, M, c, parameters: all, pictures, lr: LR };
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

/** The one-hot labels of a picture. */
export function labelsOf({ shape }: Worksheet, { label }: WorksheetPicture): Float64Array {
  return oneHot(new Float64Array(shape.classes), label) as Float64Array;
}

/** W and b of the sheet. */
export function weightsOf({ parameters, shape }: Worksheet): { W: Float64Array; b: Float64Array } {
  const { weight, bias } = parametersOf(parameters, shape);
  return { W: weight as Float64Array, b: bias as Float64Array };
}
