import type { Derivation } from '../derivation.js';
import { linearBackwardInput, linearBackwardWeight, linearForward } from '../layers/linear.js';
import { logLikelihoodBackward, softmaxLogLikelihoodBackward } from '../layers/log-likelihood.js';
import { softmaxBackward, softmaxForward, softmaxJacobian } from '../layers/softmax.js';
import { type AnswerName, deriveSheet, labelsOf, type Worksheet } from './worksheet.js';

/** A student's numbers row by row, and the shape in which they were written; a bare number has []. */
export interface Given {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export type GivenAnswers = Readonly<Partial<Record<AnswerName, Given>>>;

/** A mistake and the numbers that it gives. */
export type Suspect = readonly [likely: string, values: ArrayLike<number>];

type Suspects = Partial<Record<AnswerName, readonly Suspect[]>>;

/** What the mistakes are made of. */
interface Ingredients {
  readonly sheet: Worksheet;
  /** The student's own earlier numbers, where there are as many as there should be. */
  readonly own: Readonly<Partial<Record<AnswerName, Float64Array | undefined>>>;
  readonly one: Derivation;
  readonly two: Derivation;
  readonly labels: Float64Array;
  readonly W: Float64Array;
  readonly b: Float64Array;
  readonly K: number;
  readonly D: number;
}

const JACOBIAN = 'missing Jacobian term: −y_i y_j off the diagonal';
const NO_SOFTMAX = 'softmax left out: ∂L/∂y in place of ∂L/∂v';

/**
 * The common mistakes of each quantity with the numbers that they give, the likeliest first, and what
 * follows by the right formula from the student's own earlier numbers.
 */
export function suspectsOf(sheet: Worksheet, given: GivenAnswers): Suspects {
  const [first, second] = sheet.pictures;
  const one = deriveSheet(sheet, first);
  const { weight: W, bias: b } = sheet.parameters;
  const [K, D] = [b.length, one.u.length];
  const ownOf = (name: AnswerName, length: number): Float64Array | undefined => {
    const values = given[name]?.values;
    return values?.length === length ? Float64Array.from(values) : undefined;
  };
  const own = {
    v: ownOf('v', K),
    y: ownOf('y', K),
    dL_dy: ownOf('dL_dy', K),
    dy_dv: ownOf('dy_dv', K * K),
    dL_dv: ownOf('dL_dv', K),
    dL_du: ownOf('dL_du', D),
    dL_db: ownOf('dL_db', K),
    batch_dL_db: ownOf('batch_dL_db', K),
  };
  const two = deriveSheet(sheet, second);
  const all = { sheet, own, one, two, labels: labelsOf(sheet, first), W, b, K, D };
  return {
    ...forwardSuspects(all),
    ...softmaxSuspects(all),
    ...linearSuspects(all),
    ...stepSuspects(all),
  };
}

function forwardSuspects({ sheet, own, one, W, b, K, D }: Ingredients): Suspects {
  const { u, v, L } = one;
  const softmax = (v: Float64Array) => computed(K, (y) => softmaxForward(y, v));
  const scores = computed(K, (v) => linearForward(v, u, W, new Float64Array(K)));
  const flipped = (): Suspect => {
    const product = computed(K, (v) => linearBackwardInput(v, u, W));
    return ['transposed: Wᵀ in place of W', product.map((vi, i) => vi + b[i]!)];
  };
  const { label } = sheet.pictures[0];
  return {
    v: [
      ['forgotten bias', scores],
      ['W and b without their ln 2', v.map((vi) => vi / Math.LN2)],
      ...(K === D ? [flipped()] : []),
    ],
    y: [
      ['not divided by the sum', v.map((vi) => Math.exp(vi))],
      ['forgotten bias', softmax(scores)],
      ...follows('v', own.v, softmax),
    ],
    L: [
      ['sign: L is the log-likelihood, at most 0', [-L]],
      ['the logarithm is the natural one', [L / Math.LN10]],
      ['the logarithm is the natural one', [L / Math.LN2]],
      ['logarithm left out', [Math.exp(L)]],
      ...follows('y', own.y, (y) => [Math.log(y[label]!)]),
    ],
  };
}

function softmaxSuspects({ own, one, labels, K }: Ingredients): Suspects {
  const { y, dL_dy: dy, dy_dv: dydv, dL_dv: dv } = one;
  const onDiagonal = (p: number): boolean => p % (K + 1) === 0;
  const lessOne = dydv.map((value, p) => (onDiagonal(p) ? value - y[p % K]! : value));
  return {
    dL_dy: [
      ['labels left out', y.map((yi) => 1 / yi)],
      ['labels · y in place of labels / y', y.map((yi, i) => labels[i]! * yi)],
      ...follows('y', own.y, (y) => computed(K, (dy) => logLikelihoodBackward(dy, y, labels))),
    ],
    dy_dv: [
      [JACOBIAN, diagonalOf(dydv, K)],
      ['missing Jacobian term: 1[i = j]', lessOne],
      ['sign off the diagonal', dydv.map((value) => Math.abs(value))],
      ...follows('y', own.y, (y) => computed(K * K, (dydv) => softmaxJacobian(dydv, y))),
    ],
    dL_dv: [
      ['sign: y − labels in place of labels − y', dv.map((value) => -value)],
      [JACOBIAN, withoutOffDiagonal(one)],
      [NO_SOFTMAX, dy],
      ['labels left out', y.map((yi) => -yi)],
      ...follows('y', own.y, (y) =>
        computed(K, (dv) => softmaxLogLikelihoodBackward(dv, y, labels)),
      ),
      ...follows('dL_dy', own.dL_dy, (dy) => computed(K, (dv) => softmaxBackward(dv, dydv, dy))),
      ...follows('dy_dv', own.dy_dv, (dydv) => computed(K, (dv) => softmaxBackward(dv, dydv, dy))),
    ],
  };
}

function linearSuspects({ own, one, W, b, K, D }: Ingredients): Suspects {
  const { u, dL_dy: dy, dL_dv: dv, dL_du: du } = one;
  const back = (dv: Float64Array) => computed(D, (du) => linearBackwardInput(du, dv, W));
  const outer = (dv: Float64Array) => computed(K * D, (dw) => linearBackwardWeight(dw, dv, u));
  const diagonal = withoutOffDiagonal(one);
  const flipped = (): Suspect => [
    'transposed: W in place of Wᵀ',
    computed(D, (du) => linearForward(du, dv, W, new Float64Array(D))),
  ];
  const input: readonly Suspect[] = [
    ['W without its ln 2', du.map((value) => value / Math.LN2)],
    [JACOBIAN, back(diagonal)],
    [NO_SOFTMAX, back(dy)],
    ...(K === D ? [flipped()] : []),
  ];
  return {
    dL_du: [...input, ...follows('dL_dv', own.dL_dv, back)],
    dL_db: [
      ['forgotten bias: ∂L/∂b is not 0 but ∂L/∂v', dv.map(() => 0)],
      ['∂L/∂b is ∂L/∂v, not times b', dv.map((value, i) => value * b[i]!)],
      [JACOBIAN, diagonal],
      ...follows('dL_dv', own.dL_dv, (dv) => dv),
    ],
    dL_dW: [
      [JACOBIAN, outer(diagonal)],
      [NO_SOFTMAX, outer(dy)],
      ['W in place of u', W.map((w, p) => w * dv[Math.floor(p / D)]!)],
      ['∂L/∂v without u', W.map((_, p) => dv[Math.floor(p / D)]!)],
      ...follows('dL_dv', own.dL_dv, outer),
    ],
    dL_dx: [
      ...input,
      ...follows('dL_du', own.dL_du, (du) => du),
      ...follows('dL_dv', own.dL_dv, back),
    ],
  };
}

function stepSuspects({ sheet, own, one, two, b }: Ingredients): Suspects {
  const { lr, c } = sheet;
  const mean = (db: Float64Array) => db.map((g, i) => (g + two.dL_db[i]!) / 2);
  const step = (g: Float64Array) => b.map((bi, i) => bi + lr * g[i]!);
  const batch = mean(one.dL_db);
  const sum = batch.map((value) => 2 * value);
  return {
    batch_dL_db: [
      ['sum for mean', sum],
      ['only the first picture', one.dL_db],
      ['only the second picture', two.dL_db],
      ...follows('dL_db', own.dL_db, mean),
    ],
    new_b: [
      ['sign: this step goes down on L', b.map((bi, i) => bi - lr * batch[i]!)],
      ['sum for mean', step(sum)],
      ['lr left out', b.map((bi, i) => bi + batch[i]!)],
      ['the step without the old b', batch.map((value) => lr * value)],
      ['only the first picture', step(one.dL_db)],
      ['b without its ln 2', batch.map((value, i) => c[i]! + lr * value)],
      ...follows('batch_dL_db', own.batch_dL_db, step),
    ],
  };
}

/** What the student would get from an earlier number of their own. */
function follows(
  from: AnswerName,
  own: Float64Array | undefined,
  formula: (own: Float64Array) => ArrayLike<number>,
): Suspect[] {
  return own ? [[`the formula is right; follows from ${from}`, formula(own)]] : [];
}

/** ∂L/∂v from the Jacobian's diagonal alone. */
function withoutOffDiagonal({ dy_dv, dL_dy }: Derivation): Float64Array {
  const K = dL_dy.length;
  return computed(K, (dv) => softmaxBackward(dv, diagonalOf(dy_dv, K), dL_dy));
}

/** K × K, 0 off the diagonal. */
function diagonalOf(matrix: Float64Array, K: number): Float64Array {
  return matrix.map((value, p) => (p % (K + 1) === 0 ? value : 0));
}

/** What a layer's function fills in. */
function computed(length: number, fill: (output: Float64Array) => void): Float64Array {
  const output = new Float64Array(length);
  fill(output);
  return output;
}
