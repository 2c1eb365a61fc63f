import type { Derivation, HiddenDerivation } from '../derivation.js';
import { linearBackwardInput, linearBackwardWeight, linearForward } from '../layers/linear.js';
import {
  logLikelihoodBackward,
  oneHot,
  softmaxLogLikelihoodBackward,
} from '../layers/log-likelihood.js';
import { reluBackward, reluForward } from '../layers/relu.js';
import { softmaxBackward, softmaxForward, softmaxJacobian } from '../layers/softmax.js';
import { letter } from '../quantities.js';
import type { GradingWords, Saying } from './words/words.js';
import {
  type AnswerKey,
  type AnswerName,
  answerNames,
  answersOf,
  deriveSheet,
  hiddenLayersOf,
  labelsOf,
  type Worksheet,
  type WorksheetPicture,
} from './worksheet.js';

/** A student's numbers row by row, and the shape in which they were written; a bare number has []. */
export interface Given {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export type GivenAnswers = Readonly<Partial<Record<AnswerName, Given>>>;

/** A mistake, the numbers that it gives, and the answer before it that they follow from, if so. */
export type Suspect = readonly [
  likely: Saying,
  values: ArrayLike<number>,
  from?: AnswerName | undefined,
];

type Suspects = Partial<Record<AnswerName, readonly Suspect[]>>;

/** What the mistakes are made of. */
interface Ingredients {
  readonly sheet: Worksheet;
  /** The student's own earlier numbers, where there are as many as there should be. */
  readonly own: Readonly<Partial<Record<AnswerName, Float64Array>>>;
  readonly one: Derivation;
  readonly two: Derivation;
  readonly labels: Float64Array;
  /** The labels of either picture with its class counted from 1; undefined where that is no class. */
  readonly countedFrom1: readonly [Float64Array | undefined, Float64Array | undefined];
  readonly K: number;
}

/** A linear layer with its numbers, and what its quantities are called in answers and formulas. */
interface LinearLayer {
  readonly W: Float64Array;
  readonly b: Float64Array;
  /** u, or the h below. */
  readonly u: Float64Array;
  readonly v: Float64Array;
  readonly dL_dv: Float64Array;
  readonly dL_du: Float64Array;
  /** The hidden layer whose h is this one's input. */
  readonly below: HiddenDerivation | undefined;
  readonly isLast: boolean;
  /** What mistakes further up make of ∂L/∂v. */
  readonly wrongAbove: readonly (readonly [likely: Saying, dL_dv: Float64Array])[];
  /** Of a quantity, and of a letter with its number. */
  readonly name: (key: AnswerKey) => AnswerName;
  readonly sign: (letter: string) => string;
  readonly inputName: AnswerName;
  readonly inputSign: string;
  readonly dInputName: AnswerName;
}

const from1: Saying = (words) => words.from1;
const firstOnly: Saying = (words) => words.firstOnly;
const mask: Saying = (words) => words.mask('v¹');
const inPlaceOf =
  (given: string, right: string): Saying =>
  (words) =>
    words.inPlaceOf(given, right);
const transposed =
  (given: string, right: string): Saying =>
  (words) =>
    `${words.transposed}: ${words.inPlaceOf(given, right)}`;
const reluLeftOut =
  (given: string, right: string): Saying =>
  (words) =>
    `${words.reluLeftOut}: ${words.inPlaceOf(given, right)}`;

/**
 * The common mistakes of each quantity with the numbers that they give, the likeliest first, and what
 * follows by the right formula from the student's own earlier numbers.
 */
export function suspectsOf(sheet: Worksheet, given: GivenAnswers): Suspects {
  return suspectsFrom(sheet, ownOf(sheet, given), deriveSheet(sheet, sheet.pictures[0]));
}

/** The mistakes of one quantity made on top of the student's own numbers before it. */
export function suspectsOnOwn(
  sheet: Worksheet,
  given: GivenAnswers,
  quantity: AnswerName,
): readonly Suspect[] {
  const carried = carriedOn(sheet, ownOf(sheet, given), quantity);
  return suspectsFrom(sheet, {}, carried)[quantity] ?? [];
}

/** The mistakes that every quantity can have. A row or a column has the same numbers when transposed. */
export function signAndTransposed(
  values: Float64Array,
  shape: readonly number[],
): (readonly [likely: Saying, values: Float64Array])[] {
  const [rows = 1, columns = 1] = shape;
  const sign = [(words: GradingWords) => words.sign, values.map((value) => -value)] as const;
  if (rows === 1 || columns === 1) return [sign];
  const flipped = transpose(values, rows, columns);
  return [
    sign,
    [(words) => words.transposed, flipped],
    [(words) => words.and(words.transposed, words.sign), flipped.map((value) => -value)],
  ];
}

/** rows × columns, row by row, as columns × rows. */
export function transpose(values: Float64Array, rows: number, columns: number): Float64Array {
  return values.map((_, p) => values[(p % rows) * columns + Math.floor(p / rows)]!);
}

/** The student's own numbers, where there are as many as there should be. */
function ownOf(sheet: Worksheet, given: GivenAnswers): Ingredients['own'] {
  const own: Partial<Record<AnswerName, Float64Array>> = {};
  const right = answersOf(sheet);
  for (const name of answerNames(hiddenLayersOf(sheet))) {
    const theirs = given[name]?.values;
    if (theirs?.length === right[name]!.values.length) own[name] = Float64Array.from(theirs);
  }
  return own;
}

/** The derivation by the right formulas from the student's own numbers before `quantity`. */
function carriedOn(sheet: Worksheet, own: Ingredients['own'], quantity: AnswerName): Derivation {
  const last = hiddenLayersOf(sheet);
  const names = answerNames(last);
  const before = names.slice(0, names.indexOf(quantity));
  const take = (name: string, values: Float64Array): Float64Array => {
    const known = before.find((one) => one === name);
    return (known && own[known]) ?? values;
  };
  const named = (name: string, l: number): string => (last === 0 ? name : `${name}${l + 1}`);
  const labels = labelsOf(sheet, sheet.pictures[0]);
  const right = deriveSheet(sheet, sheet.pictures[0]);
  const { linear } = sheet.parameters;
  const inputs = [take('u', right.u)];
  const forward = linear.map(({ weight, bias }, l) => {
    const score = computed(bias.length, (v) => linearForward(v, inputs[l]!, weight, bias));
    const v = take(named('v', l), score);
    const h = take(
      `h${l + 1}`,
      computed(v.length, (h) => reluForward(h, v)),
    );
    inputs.push(h);
    return { v, h };
  });
  const { v } = forward[last]!;
  const K = v.length;
  const y = take(
    'y',
    computed(K, (y) => softmaxForward(y, v)),
  );
  const dL_dy = take(
    'dL_dy',
    computed(K, (dy) => logLikelihoodBackward(dy, y, labels)),
  );
  const dy_dv = take(
    'dy_dv',
    computed(K * K, (dydv) => softmaxJacobian(dydv, y)),
  );
  const L = Math.log(y[sheet.pictures[0].label]!);
  let dL_dv = take(
    named('dL_dv', last),
    computed(K, (dv) => softmaxLogLikelihoodBackward(dv, y, labels)),
  );
  const backward = (l: number, dL_dv: Float64Array) => {
    const { weight } = linear[l]!;
    const u = inputs[l]!;
    const du = computed(u.length, (du) => linearBackwardInput(du, dL_dv, weight));
    const dW = computed(weight.length, (dw) => linearBackwardWeight(dw, dL_dv, u));
    return {
      dL_dv,
      dL_du: take(l === 0 ? 'dL_du' : `dL_dh${l}`, du),
      dL_db: take(named('dL_db', l), dL_dv),
      dL_dW: take(named('dL_dW', l), dW),
    };
  };
  const top = backward(last, dL_dv);
  let { dL_du } = top;
  const hidden = right.hidden.map((_, l) => {
    const { v, h } = forward[l]!;
    const dL_dh = dL_du;
    dL_dv = take(
      named('dL_dv', l),
      computed(v.length, (dv) => reluBackward(dv, dL_dh, v)),
    );
    const below = backward(l, dL_dv);
    dL_du = below.dL_du;
    return { v, h, dL_dh, dL_dv, dL_db: below.dL_db, dL_dW: below.dL_dW };
  });
  return { ...right, ...top, hidden, u: inputs[0]!, v, y, L, dL_dy, dy_dv, dL_du };
}

function suspectsFrom(sheet: Worksheet, own: Ingredients['own'], one: Derivation): Suspects {
  const [first, second] = sheet.pictures;
  const two = deriveSheet(sheet, second);
  const labels = labelsOf(sheet, first);
  const K = sheet.shape.classes;
  const countedFrom1 = [labelsFrom1(first, K), labelsFrom1(second, K)] as const;
  const ingredients = { sheet, own, one, two, labels, countedFrom1, K };
  const layers = layersOf(ingredients);
  const last = layers.at(-1)!;
  return Object.assign(
    {},
    ...layers.map((layer) => scoreSuspects(layer, ingredients)),
    ...layers.map((layer) => linearSuspects(layer, ingredients)),
    reluSuspects(ingredients),
    softmaxSuspects(ingredients, last),
    stepSuspects(ingredients, last),
  );
}

/** A network's linear layers, from the picture's side. */
function layersOf({ sheet, one, countedFrom1: [first] }: Ingredients): LinearLayer[] {
  const last = hiddenLayersOf(sheet);
  const dvFrom1 = first?.map((label, i) => label - one.y[i]!);
  return sheet.parameters.linear.map(({ weight: W, bias: b }, l) => {
    const below = one.hidden[l - 1];
    const { v, dL_dv } = one.hidden[l] ?? one;
    const sign = (name: string): string => letter(name, l, last)[0];
    return {
      W,
      b,
      v,
      dL_dv,
      sign,
      name: (key) => (last === 0 ? key : `${key}${l + 1}`),
      u: below?.h ?? one.u,
      dL_du: below?.dL_dh ?? one.dL_du,
      inputName: below ? `h${l}` : 'u',
      dInputName: below ? `dL_dh${l}` : 'dL_du',
      inputSign: below ? letter('h', l - 1, last)[0] : 'u',
      below,
      isLast: l === last,
      wrongAbove:
        l === last
          ? [
              [(words) => words.jacobian, withoutOffDiagonal(one)],
              [(words) => words.softmaxLeftOut(sign('v')), one.dL_dy],
              ...(dvFrom1 ? [[from1, dvFrom1] as const] : []),
            ]
          : [[mask, one.hidden[l]!.dL_dh]],
    };
  });
}

function scoreSuspects(layer: LinearLayer, { own }: Ingredients): Suspects {
  const { W, b, u, v, name, sign, inputName, inputSign, below, isLast } = layer;
  const [K, D] = [b.length, u.length];
  const scores = (u: Float64Array) => computed(K, (v) => linearForward(v, u, W, b));
  const flipped = (): Suspect => {
    const product = computed(K, (v) => linearBackwardInput(v, u, W));
    const W_ = sign('W');
    return [transposed(`${W_}ᵀ`, W_), product.map((vi, i) => vi + b[i]!)];
  };
  const suspects: Suspect[] = [[(words) => words.forgottenBias, withoutBias(layer)]];
  if (isLast) {
    suspects.push([
      (words) => words.withoutLn2(sign('W'), sign('b')),
      v.map((vi) => vi / Math.LN2),
    ]);
  }
  if (K === D) suspects.push(flipped());
  if (below) {
    suspects.push([reluLeftOut('v¹', inputSign), scores(below.v)]);
    suspects.push(...follows(inputName, own[inputName], scores));
  }
  return { [name('v')]: suspects };
}

function reluSuspects({ own, one }: Ingredients): Suspects {
  const suspects: Suspects = {};
  for (const [l, { v, dL_dh }] of one.hidden.entries()) {
    const H = v.length;
    const relu = (v: Float64Array) => computed(H, (h) => reluForward(h, v));
    suspects[`h${l + 1}`] = [
      [reluLeftOut('v¹', 'max(0, v¹)'), v],
      [inPlaceOf('|v¹|', 'max(0, v¹)'), v.map(Math.abs)],
      [inPlaceOf('min(0, v¹)', 'max(0, v¹)'), v.map((vi) => Math.min(0, vi))],
      [inPlaceOf('1[v¹ > 0]', 'max(0, v¹)'), v.map((vi) => (vi > 0 ? 1 : 0))],
      ...follows(`v${l + 1}`, own[`v${l + 1}`], relu),
    ];
    const ownV = own[`v${l + 1}`];
    suspects[`dL_dv${l + 1}`] = [
      [mask, dL_dh],
      [(words) => words.maskTurned('v¹'), dL_dh.map((dh, i) => (v[i]! > 0 ? 0 : dh))],
      [(words) => words.without('1[v¹ > 0]', '∂L/∂h¹'), v.map((vi) => (vi > 0 ? 1 : 0))],
      [inPlaceOf('h¹', '1[v¹ > 0]'), dL_dh.map((dh, i) => dh * Math.max(0, v[i]!))],
      ...follows(`dL_dh${l + 1}`, own[`dL_dh${l + 1}`], (dh) =>
        computed(H, (dv) => reluBackward(dv, dh, v)),
      ),
      ...follows(`v${l + 1}`, ownV, (v) => computed(H, (dv) => reluBackward(dv, dL_dh, v))),
      ...bothOwn(`dL_dh${l + 1}`, own[`dL_dh${l + 1}`], ownV, (dh, v) =>
        computed(H, (dv) => reluBackward(dv, dh, v)),
      ),
    ];
  }
  return suspects;
}

function softmaxSuspects(ingredients: Ingredients, last: LinearLayer): Suspects {
  const { sheet, own, one, labels, countedFrom1, K } = ingredients;
  const [labels1] = countedFrom1;
  const { y, L, dL_dy: dy, dy_dv: dydv, dL_dv: dv } = one;
  const [nameV, nameDv] = [last.name('v'), last.name('dL_dv')];
  const softmax = (v: Float64Array) => computed(K, (y) => softmaxForward(y, v));
  const { label } = sheet.pictures[0];
  const onDiagonal = (p: number): boolean => p % (K + 1) === 0;
  const lessOne = dydv.map((value, p) => (onDiagonal(p) ? value - y[p % K]! : value));
  const byScores: Suspect[] = [
    [
      (words) => `${words.sign}: ${words.inPlaceOf('y − labels', 'labels − y')}`,
      dv.map((value) => -value),
    ],
    ...last.wrongAbove,
    [(words) => words.labelsLeftOut, y.map((yi) => -yi)],
    ...follows('y', own.y, (y) => computed(K, (dv) => softmaxLogLikelihoodBackward(dv, y, labels))),
    ...follows('dL_dy', own.dL_dy, (dy) => computed(K, (dv) => softmaxBackward(dv, dydv, dy))),
    ...follows('dy_dv', own.dy_dv, (dydv) => computed(K, (dv) => softmaxBackward(dv, dydv, dy))),
    ...bothOwn('dL_dy', own.dL_dy, own.dy_dv, (dy, dydv) =>
      computed(K, (dv) => softmaxBackward(dv, dydv, dy)),
    ),
  ];
  return {
    y: [
      [(words) => words.notNormalised, one.v.map((vi) => Math.exp(vi))],
      [(words) => words.forgottenBias, softmax(withoutBias(last))],
      ...follows(nameV, own[nameV], softmax),
    ],
    L: [
      [(words) => words.signOfL, [-L]],
      [(words) => words.naturalLogarithm, [L / Math.LN10]],
      [(words) => words.naturalLogarithm, [L / Math.LN2]],
      [(words) => words.logarithmLeftOut, [Math.exp(L)]],
      ...(labels1 ? [[from1, [Math.log(y[label - 1]!)]] as const] : []),
      ...follows('y', own.y, (y) => [Math.log(y[label]!)]),
    ],
    dL_dy: [
      [(words) => words.labelsLeftOut, y.map((yi) => 1 / yi)],
      [inPlaceOf('labels · y', 'labels / y'), y.map((yi, i) => labels[i]! * yi)],
      ...(labels1 ? [[from1, labels1.map((label, i) => label / y[i]!)] as const] : []),
      ...follows('y', own.y, (y) => computed(K, (dy) => logLikelihoodBackward(dy, y, labels))),
    ],
    dy_dv: [
      [(words) => words.jacobian, diagonalOf(dydv, K)],
      [(words) => words.jacobianDiagonal, lessOne],
      [(words) => words.signOffDiagonal, dydv.map((value) => Math.abs(value))],
      ...follows('y', own.y, (y) => computed(K * K, (dydv) => softmaxJacobian(dydv, y))),
    ],
    [nameDv]: byScores,
  };
}

function linearSuspects(layer: LinearLayer, { own }: Ingredients): Suspects {
  const { W, b, u, dL_dv: dv, dL_du: du, name, sign, dInputName, inputName, inputSign } = layer;
  const { below, isLast, wrongAbove } = layer;
  const [K, D] = [b.length, u.length];
  const back = (dv: Float64Array) => computed(D, (du) => linearBackwardInput(du, dv, W));
  const outer = (dv: Float64Array, input = u) =>
    computed(K * D, (dw) => linearBackwardWeight(dw, dv, input));
  const followsDv = (formula: (dv: Float64Array) => Float64Array): Suspect[] =>
    follows(name('dL_dv'), own[name('dL_dv')], formula);
  const byInput: Suspect[] = [];
  if (isLast) {
    byInput.push([(words) => words.withoutLn2(sign('W')), du.map((value) => value / Math.LN2)]);
  }
  for (const [likely, dv] of wrongAbove) byInput.push([likely, back(dv)]);
  if (K === D) {
    const product = computed(D, (du) => linearForward(du, dv, W, new Float64Array(D)));
    byInput.push([transposed(sign('W'), `${sign('W')}ᵀ`), product]);
  }
  const byWeight: Suspect[] = wrongAbove.map(([likely, dv]) => [likely, outer(dv)]);
  if (below) byWeight.push([reluLeftOut('v¹', inputSign), outer(dv, below.v)]);
  const [b_, db_, dv_] = [sign('b'), `∂L/∂${sign('b')}`, `∂L/∂${sign('v')}`];
  const byBias: Suspect[] = [
    [(words) => words.biasNotZero(db_, dv_), dv.map(() => 0)],
    [(words) => words.notTimesBias(db_, dv_, b_), dv.map((value, i) => value * b[i]!)],
    ...wrongAbove,
    ...followsDv((dv) => dv),
  ];
  byWeight.push(
    [inPlaceOf(sign('W'), inputSign), W.map((w, p) => w * dv[Math.floor(p / D)]!)],
    [(words) => words.without(dv_, inputSign), W.map((_, p) => dv[Math.floor(p / D)]!)],
    ...followsDv((dv) => outer(dv)),
    ...(below ? follows(inputName, own[inputName], (h) => outer(dv, h)) : []),
    ...bothOwn(name('dL_dv'), own[name('dL_dv')], own[inputName], outer),
  );
  const followsInput = follows('dL_du', own.dL_du, (du) => du);
  return {
    [dInputName]: [...byInput, ...followsDv(back)],
    [name('dL_db')]: byBias,
    [name('dL_dW')]: byWeight,
    ...(below ? {} : { dL_dx: [...byInput, ...followsInput, ...followsDv(back)] }),
  };
}

function stepSuspects(
  { sheet, own, one, two, countedFrom1: [first, second] }: Ingredients,
  { b, name }: LinearLayer,
): Suspects {
  const { lr } = sheet;
  const [nameDb, nameBatch] = [name('dL_db'), name('batch_dL_db')];
  const mean = (db: Float64Array) => db.map((g, i) => (g + two.dL_db[i]!) / 2);
  const step = (g: Float64Array) => b.map((bi, i) => bi + lr * g[i]!);
  const batch = mean(one.dL_db);
  const sum = batch.map((value) => 2 * value);
  // A class 0 cannot be counted from 1: its picture is then taken as it is.
  const moved = batch.map((value, i) => value + (shift(first, one, i) + shift(second, two, i)) / 2);
  const counted: Suspect[] = first || second ? [[from1, moved]] : [];
  const byBatch: Suspect[] = [
    [(words) => words.sumForMean, sum],
    [firstOnly, one.dL_db],
    [(words) => words.secondOnly, two.dL_db],
    ...counted,
    ...follows(nameDb, own[nameDb], mean),
  ];
  const ownBatch = own[nameBatch];
  const byStep: Suspect[] = [
    ...stepMistakes(sheet, b, batch),
    [firstOnly, step(one.dL_db)],
    ...counted.map(([likely, g]): Suspect => [likely, step(Float64Array.from(g))]),
    ...(ownBatch ? stepMistakes(sheet, b, ownBatch) : []),
    ...follows(nameBatch, ownBatch, step),
  ];
  return { [nameBatch]: byBatch, [name('new_b')]: byStep };
}

/** What can go wrong in a step by this mean gradient. */
function stepMistakes({ lr, c }: Worksheet, b: Float64Array, mean: Float64Array): Suspect[] {
  return [
    [(words) => words.signOfStep, b.map((bi, i) => bi - lr * mean[i]!)],
    [(words) => words.sumForMean, b.map((bi, i) => bi + lr * 2 * mean[i]!)],
    [(words) => words.lrLeftOut, b.map((bi, i) => bi + mean[i]!)],
    [(words) => words.and(words.sumForMean, words.lrLeftOut), b.map((bi, i) => bi + 2 * mean[i]!)],
    [(words) => words.stepAlone, mean.map((value) => lr * value)],
    [(words) => words.withoutLn2('b'), mean.map((value, i) => c[i]! + lr * value)],
  ];
}

/** One-hot, of the class before; undefined for class 0. */
function labelsFrom1({ label }: WorksheetPicture, K: number): Float64Array | undefined {
  return label === 0 ? undefined : oneHot(new Float64Array(K), label - 1);
}

/** What entry i of labels − y gains by other labels. */
function shift(labels: Float64Array | undefined, { y, dL_dv }: Derivation, i: number): number {
  return labels ? labels[i]! - y[i]! - dL_dv[i]! : 0;
}

/** W u, without b. */
function withoutBias({ W, u, b }: Pick<LinearLayer, 'W' | 'u' | 'b'>): Float64Array {
  return computed(b.length, (v) => linearForward(v, u, W, new Float64Array(b.length)));
}

/** What the student would get from an earlier number of their own. */
function follows(
  from: AnswerName,
  own: Float64Array | undefined,
  formula: (own: Float64Array) => ArrayLike<number>,
): Suspect[] {
  return own ? [[(words) => words.formulaIsRight(from), formula(own), from]] : [];
}

/** The same from two earlier numbers of their own. */
function bothOwn(
  from: AnswerName,
  own: Float64Array | undefined,
  other: Float64Array | undefined,
  formula: (own: Float64Array, other: Float64Array) => ArrayLike<number>,
): Suspect[] {
  return other ? follows(from, own, (own) => formula(own, other)) : [];
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
