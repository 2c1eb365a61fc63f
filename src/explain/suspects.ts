import { type Quantity, type Run, runThrough } from './answers.js';
import { type Worksheet, weightsOf } from './worksheet.js';

/** A student's numbers row by row, and the shape in which they were written; a bare number has []. */
export interface Given {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export type GivenAnswers = Readonly<Partial<Record<Quantity, Given>>>;

/** A mistake and the numbers that it gives. */
export type Suspect = readonly [likely: string, values: ArrayLike<number>];

type Suspects = Partial<Record<Quantity, readonly Suspect[]>>;

/** What the mistakes are made of. */
interface Case {
  readonly sheet: Worksheet;
  readonly given: GivenAnswers;
  readonly one: Run;
  readonly two: Run;
  readonly W: Float64Array;
  readonly b: Float64Array;
  readonly K: number;
  readonly D: number;
}

const JACOBIAN = 'missing Jacobian term: −y_i y_j off the diagonal';
const NO_SOFTMAX = 'softmax left out: ∂L/∂y in place of ∂L/∂v';

/**
 * The usual mistakes of each quantity with the numbers that they give, the likeliest first, and what
 * follows by the right formula from the student's own earlier numbers.
 */
export function suspectsOf(sheet: Worksheet, given: GivenAnswers): Suspects {
  const one = runThrough(sheet, sheet.pictures[0]);
  const two = runThrough(sheet, sheet.pictures[1]);
  const { W, b } = weightsOf(sheet);
  const all: Case = { sheet, given, one, two, W, b, K: b.length, D: one.u.length };
  return {
    ...forwardSuspects(all),
    ...softmaxSuspects(all),
    ...linearSuspects(all),
    ...stepSuspects(all),
  };
}

function forwardSuspects({ sheet, given, one, W, b, K, D }: Case): Suspects {
  const { u, v, L } = one;
  const scores = v.map((vi, i) => vi - b[i]!);
  const flipped = list(K, (i) => sumOf(D, (j) => W[j * D + i]! * u[j]!) + b[i]!);
  const { label } = sheet.pictures[0];
  return {
    v: [
      ['forgotten bias', scores],
      ['W and b without their ln 2', v.map((vi) => vi / Math.LN2)],
      ...(K === D ? [['transposed: Wᵀ in place of W', flipped] as const] : []),
    ],
    y: [
      ['not divided by the sum', v.map((vi) => Math.exp(vi))],
      ['forgotten bias', softmax(scores)],
      ...follows(given, 'v', softmax),
    ],
    L: [
      ['sign: L is the log-likelihood, at most 0', [-L]],
      ['the logarithm is the natural one', [L / Math.LN10]],
      ['the logarithm is the natural one', [L / Math.LN2]],
      ['logarithm left out', [Math.exp(L)]],
      ...follows(given, 'y', (own) => [Math.log(own[label] ?? 0)]),
    ],
  };
}

function softmaxSuspects({ given, one, K }: Case): Suspects {
  const { labels, y, dy, dydv, dv } = one;
  const onDiagonal = (p: number): boolean => p % (K + 1) === 0;
  const jacobian = (y: ArrayLike<number>) =>
    list(K * K, (p) => y[Math.floor(p / K)]! * ((onDiagonal(p) ? 1 : 0) - y[p % K]!));
  return {
    dL_dy: [
      ['labels left out', y.map((yi) => 1 / yi)],
      ['labels · y in place of labels / y', y.map((yi, i) => labels[i]! * yi)],
      ...follows(given, 'y', (own) => list(K, (i) => labels[i]! / own[i]!)),
    ],
    dy_dv: [
      [JACOBIAN, dydv.map((value, p) => (onDiagonal(p) ? value : 0))],
      ['missing Jacobian term: 1[i = j]', list(K * K, (p) => -y[Math.floor(p / K)]! * y[p % K]!)],
      ['sign off the diagonal', dydv.map((value) => Math.abs(value))],
      ...follows(given, 'y', jacobian),
    ],
    dL_dv: [
      ['sign: y − labels in place of labels − y', dv.map((value) => -value)],
      [JACOBIAN, diagonalOnly(one)],
      [NO_SOFTMAX, dy],
      ['labels left out', y.map((yi) => -yi)],
      ...follows(given, 'y', (own) => list(K, (i) => labels[i]! - own[i]!)),
      ...follows(given, 'dL_dy', (own) => productBack(dydv, own, K)),
      ...follows(given, 'dy_dv', (own) => productBack(own, dy, K)),
    ],
  };
}

function linearSuspects({ given, one, W, b, K, D }: Case): Suspects {
  const { u, dy, dv, du } = one;
  const back = (dv: ArrayLike<number>) => list(D, (j) => sumOf(K, (i) => W[i * D + j]! * dv[i]!));
  const outer = (dv: ArrayLike<number>) => list(K * D, (p) => dv[Math.floor(p / D)]! * u[p % D]!);
  const diagonal = diagonalOnly(one);
  const flipped = list(D, (i) => sumOf(K, (j) => W[i * D + j]! * dv[j]!));
  const input: readonly Suspect[] = [
    ['W without its ln 2', du.map((value) => value / Math.LN2)],
    [JACOBIAN, back(diagonal)],
    [NO_SOFTMAX, back(dy)],
    ...(K === D ? [['transposed: W in place of Wᵀ', flipped] as const] : []),
  ];
  return {
    dL_du: [...input, ...follows(given, 'dL_dv', back)],
    dL_db: [
      ['forgotten bias: ∂L/∂b is not 0 but ∂L/∂v', dv.map(() => 0)],
      ['∂L/∂b is ∂L/∂v, not times b', dv.map((value, i) => value * b[i]!)],
      [JACOBIAN, diagonal],
      ...follows(given, 'dL_dv', (own) => own),
    ],
    dL_dW: [
      [JACOBIAN, outer(diagonal)],
      [NO_SOFTMAX, outer(dy)],
      ['W in place of u', W.map((w, p) => w * dv[Math.floor(p / D)]!)],
      ['∂L/∂v without u', list(K * D, (p) => dv[Math.floor(p / D)]!)],
      ...follows(given, 'dL_dv', outer),
    ],
    dL_dx: [...input, ...follows(given, 'dL_du', (own) => own), ...follows(given, 'dL_dv', back)],
  };
}

function stepSuspects({ sheet, given, one, two, b, K }: Case): Suspects {
  const { lr, c } = sheet;
  const mean = (db: ArrayLike<number>) => list(K, (i) => (db[i]! + two.db[i]!) / 2);
  const step = (g: ArrayLike<number>) => list(K, (i) => b[i]! + lr * g[i]!);
  const batch = mean(one.db);
  const sum = batch.map((value) => 2 * value);
  return {
    batch_dL_db: [
      ['sum for mean', sum],
      ['only the first picture', one.db],
      ['only the second picture', two.db],
      ...follows(given, 'dL_db', mean),
    ],
    new_b: [
      ['sign: this step goes down on L', batch.map((value, i) => b[i]! - lr * value)],
      ['sum for mean', step(sum)],
      ['lr left out', batch.map((value, i) => b[i]! + value)],
      ['the step without the old b', batch.map((value) => lr * value)],
      ['only the first picture', step(one.db)],
      ['b without its ln 2', batch.map((value, i) => c[i]! + lr * value)],
      ...follows(given, 'batch_dL_db', step),
    ],
  };
}

/** What the student would get from an earlier number of their own. */
function follows(
  given: GivenAnswers,
  from: Quantity,
  formula: (own: readonly number[]) => ArrayLike<number>,
): Suspect[] {
  const own = given[from]?.values;
  return own ? [[`the formula is right; follows from ${from}`, formula(own)]] : [];
}

/** ∂L/∂v from the Jacobian's diagonal alone. */
function diagonalOnly({ y, labels }: Run): Float64Array {
  return y.map((yi, i) => (1 - yi) * labels[i]!);
}

/** (∂y/∂v)ᵀ ∂L/∂y */
function productBack(dydv: ArrayLike<number>, dy: ArrayLike<number>, K: number): Float64Array {
  return list(K, (j) => sumOf(K, (i) => dydv[i * K + j]! * dy[i]!));
}

function softmax(v: ArrayLike<number>): Float64Array {
  const powers = Float64Array.from(v, (vi) => Math.exp(vi));
  const sum = powers.reduce((total, power) => total + power);
  return powers.map((power) => power / sum);
}

function list(length: number, value: (p: number) => number): Float64Array {
  return Float64Array.from({ length }, (_, p) => value(p));
}

function sumOf(count: number, term: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += term(i);
  return sum;
}
