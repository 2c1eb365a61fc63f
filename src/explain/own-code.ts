import { type Derivation, derive } from '../derivation.js';
import { FORMULAS, type Formulas } from '../layers/index.js';
import { linearBackwardInput, linearBackwardWeight, linearForward } from '../layers/linear.js';
import {
  logLikelihoodBackward,
  oneHot,
  softmaxLogLikelihoodBackward,
} from '../layers/log-likelihood.js';
import { reluBackward, reluForward } from '../layers/relu.js';
import type { Picture } from '../layers/reshape.js';
import { softmaxBackward, softmaxForward, softmaxJacobian } from '../layers/softmax.js';
import {
  inputsOf,
  type NetworkShape,
  type Parameters,
  parameterCount,
  parametersOf,
} from '../network.js';
import { quantitiesOf } from '../quantities.js';
import { Random } from '../random.js';
import { MISTAKES } from './mistakes.js';
import { signAndTransposed, transpose } from './suspects.js';
import type { GradingWords, Saying } from './words/words.js';

/** A picture and its one-hot labels. */
export interface LabelledPicture {
  readonly x: Picture<Float64Array>;
  readonly labels: Float64Array;
}

/** What a student's program is given at once: a network and a batch; all but the mean is of its first picture. */
export interface CodeCase {
  readonly shape: NetworkShape;
  readonly parameters: Parameters<Float64Array>;
  readonly batch: readonly LabelledPicture[];
}

/** A program's numbers row by row, and the shape in which they came. */
export interface Found {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export type FoundAnswers = ReadonlyMap<string, Found>;

/** What is to be said of one quantity over all cases. */
export interface CodeMark {
  readonly quantity: string;
  readonly shape: readonly number[];
  readonly verdict: 'right' | 'wrong' | 'missing';
  /** The largest error, relative to the quantity's largest entry; null where the shape is wrong. */
  readonly error: number | null;
  /** The likely mistake; empty unless wrong. */
  readonly likely: string;
  /** Where an error comes from, if all of this one follows from it. */
  readonly from: string | null;
  /** The first wrong case, from 1. */
  readonly case: number | null;
}

/** Rounding in single precision stays below, a wrong formula above. */
export const CODE_TOLERANCE = 1e-5;
const BATCH = 3;
/** A stream of its own, beside those of `random.ts` and of worksheets. */
const CASE_STREAM = 18;

/** Cases for a program, the same ones for the same seed and shape. */
export function createCases(seed: number, shape: NetworkShape, count: number): CodeCase[] {
  const random = new Random(seed, CASE_STREAM);
  const between = (a: number): number => a * (2 * random.uniform() - 1);
  return Array.from({ length: count }, () => {
    const all = new Float64Array(parameterCount(shape));
    const parameters = parametersOf(all, shape);
    for (const { weight, bias } of parameters.linear) {
      const inputs = weight.length / bias.length;
      const size = Math.sqrt(6 / inputs);
      for (const p of weight.keys()) weight[p] = between(size);
      for (const i of bias.keys()) bias[i] = 0.3 + 0.5 * random.uniform();
    }
    // Not all one class: what only the first picture gives must differ from the mean.
    const first = random.below(shape.classes);
    const batch = Array.from({ length: BATCH }, (_, n) => {
      const values = new Float64Array(inputsOf(shape));
      // A picture has a background of 0.
      for (const j of values.keys()) values[j] = random.below(3) === 0 ? 0 : random.uniform();
      const labels = oneHot(new Float64Array(shape.classes), (first + n) % shape.classes);
      return { x: { rows: shape.rows, columns: shape.columns, values }, labels };
    });
    return { shape, parameters, batch };
  });
}

/** A quantity of a case as the right formulas have it, and how it follows from those before it. */
interface Step {
  readonly name: string;
  readonly shape: readonly number[];
  readonly right: Float64Array;
  /** From which it is computed. */
  readonly inputs: readonly string[];
  /** From these numbers, the usual way first. */
  readonly compute: (state: (name: string) => Float64Array) => Float64Array[];
  /** The same quantity of a derivation that has a mistake in it. */
  readonly of: (batch: readonly Derivation[]) => Float64Array;
}

/** What a program may give back, in the order of the derivation. */
export function codeNames(shape: NetworkShape): string[] {
  const last = shape.hidden?.length ?? 0;
  const names = quantitiesOf(last)
    .filter(({ key }) => key !== 'dL_dv_by_jacobian')
    .map(({ key, layer }) => numbered(key, layer, last));
  return [...names, ...batchNames(last)];
}

function numbered(key: string, layer: number | undefined, last: number): string {
  return last === 0 || layer === undefined ? key : `${key}${layer + 1}`;
}

function batchNames(last: number): string[] {
  const layers = Array.from({ length: last + 1 }, (_, l) => last - l);
  return layers.flatMap((l) => ['dL_db', 'dL_dW'].map((key) => numbered(`batch_${key}`, l, last)));
}

function stepsOf({ shape, parameters, batch }: CodeCase): Step[] {
  const last = shape.hidden?.length ?? 0;
  const all = batch.map(({ x, labels }) => derive(parameters, x, labels));
  const one = all[0]!;
  const { labels } = batch[0]!;
  const steps: Step[] = [];
  for (const quantity of quantitiesOf(last)) {
    const { key, layer: l = last } = quantity;
    if (key === 'dL_dv_by_jacobian') continue;
    const sides = quantity.shape(shape);
    const n = quantity.values(one).length;
    const made = (fill: (output: Float64Array) => void): Float64Array => computed(n, fill);
    // ∂L/∂h of layer l comes by W of the layer above.
    const named = (key: string, layer: number) => numbered(key, layer, last);
    const input = (layer: number): string => (layer === 0 ? 'u' : named('h', layer - 1));
    const { weight: W, bias: b } = parameters.linear[l]!;
    const [inputs, compute] = ((): [string[], Step['compute']] => {
      switch (key) {
        case 'u':
          return [[], () => [one.u]];
        case 'v':
          return [[input(l)], (s) => [made((v) => linearForward(v, s(input(l)), W, b))]];
        case 'h':
          return [[named('v', l)], (s) => [made((h) => reluForward(h, s(named('v', l))))]];
        case 'y':
          return [[named('v', last)], (s) => [made((y) => softmaxForward(y, s(named('v', last))))]];
        case 'L':
          return [
            ['y'],
            (s) => [
              Float64Array.of(
                labels.reduce((sum, p, i) => (p === 0 ? sum : sum + p * Math.log(s('y')[i]!)), 0),
              ),
            ],
          ];
        case 'dL_dy':
          return [['y'], (s) => [made((dy) => logLikelihoodBackward(dy, s('y'), labels))]];
        case 'dy_dv':
          return [['y'], (s) => [made((dydv) => softmaxJacobian(dydv, s('y')))]];
        case 'dL_dv':
          if (l < last) {
            const [dh, v] = [named('dL_dh', l), named('v', l)];
            return [[dh, v], (s) => [made((dv) => reluBackward(dv, s(dh), s(v)))]];
          }
          return [
            ['y', 'dL_dy', 'dy_dv'],
            (s) => [
              made((dv) => softmaxLogLikelihoodBackward(dv, s('y'), labels)),
              made((dv) => softmaxBackward(dv, s('dy_dv'), s('dL_dy'))),
            ],
          ];
        case 'dL_dh':
        case 'dL_du': {
          const above = key === 'dL_du' ? 0 : l + 1;
          const { weight } = parameters.linear[above]!;
          const dv = named('dL_dv', above);
          return [[dv], (s) => [made((du) => linearBackwardInput(du, s(dv), weight))]];
        }
        case 'dL_db':
          return [[named('dL_dv', l)], (s) => [s(named('dL_dv', l))]];
        case 'dL_dW': {
          const [dv, u] = [named('dL_dv', l), input(l)];
          return [[dv, u], (s) => [made((dw) => linearBackwardWeight(dw, s(dv), s(u)))]];
        }
        case 'dL_dx':
          return [['dL_du'], (s) => [s('dL_du')]];
      }
    })();
    const name = numbered(key, quantity.layer, last);
    const of = (batch: readonly Derivation[]) => quantity.values(batch[0]!);
    steps.push({ name, shape: sides, right: of(all), inputs, compute, of });
  }
  for (const name of batchNames(last)) {
    const l = last === 0 ? 0 : Number(name.at(-1)) - 1;
    const key = name.includes('dL_db') ? 'dL_db' : 'dL_dW';
    const { weight, bias } = parameters.linear[l]!;
    const K = bias.length;
    const sides = key === 'dL_db' ? [K] : [K, weight.length / K];
    const of = (batch: readonly Derivation[]) => mean(batch.map((d) => (d.hidden[l] ?? d)[key]));
    const right = of(all);
    steps.push({ name, shape: sides, right, inputs: [], compute: () => [right], of });
  }
  return steps;
}

function mean(arrays: readonly Float64Array[]): Float64Array {
  return arrays[0]!.map((_, p) => arrays.reduce((sum, a) => sum + a[p]!, 0) / arrays.length);
}

function computed(length: number, fill: (output: Float64Array) => void): Float64Array {
  const output = new Float64Array(length);
  fill(output);
  return output;
}

/** Whole programs with one common mistake in them, the likeliest first. */
const VARIANTS: readonly (readonly [likely: Saying, run: (given: CodeCase) => Derivation[]])[] = [
  [
    (words) => words.forgottenBias,
    (given) => derived({ ...given, parameters: withoutBias(given) }),
  ],
  [(words) => words.sign, withFormulas(MISTAKES.sign.code.formulas)],
  [(words) => words.jacobian, withFormulas(MISTAKES['diagonal-jacobian'].code.formulas)],
  [(words) => words.mask('v'), withFormulas(MISTAKES['relu-mask'].code.formulas)],
  [
    (words) => words.reluLeftOut,
    withFormulas({
      ...FORMULAS,
      reluForward: (h, v) => h.set(v),
      reluBackward: (dv, dh) => dv.set(dh),
    }),
  ],
  [
    (words) => words.softmaxLeftOut('v'),
    withFormulas({ ...FORMULAS, softmaxLogLikelihoodBackward: logLikelihoodBackward }),
  ],
  [
    (words) => words.notNormalised,
    withFormulas({
      ...FORMULAS,
      softmaxForward(y, v) {
        for (let i = 0; i < v.length; i++) y[i] = Math.exp(v[i]!);
      },
    }),
  ],
  [
    (words) => words.scaledDown,
    (given) => derived(withPixels(given, (x) => x.values.map((v) => v / 255))),
  ],
  [
    (words) => words.scaledUp,
    (given) => derived(withPixels(given, (x) => x.values.map((v) => v * 255))),
  ],
  [
    (words) => words.pictureColumns,
    (given) => derived(withPixels(given, (x) => transpose(x.values, x.rows, x.columns))),
  ],
  [(words) => words.weightColumns, (given) => derived({ ...given, parameters: byColumns(given) })],
  [
    (words) => words.from1,
    (given) => {
      const batch = given.batch.map(({ x, labels }) => {
        const label = labels.indexOf(1);
        return { x, labels: oneHot(new Float64Array(labels.length), Math.max(0, label - 1)) };
      });
      return derived({ ...given, batch });
    },
  ],
];

function derived({ parameters, batch }: CodeCase, formulas: Formulas = FORMULAS): Derivation[] {
  return batch.map(({ x, labels }) => derive(parameters, x, labels, formulas));
}

function withFormulas(formulas: Formulas): (given: CodeCase) => Derivation[] {
  return (given) => derived(given, formulas);
}

function withPixels(given: CodeCase, change: (x: Picture<Float64Array>) => Float64Array): CodeCase {
  const batch = given.batch.map(({ x, labels }) => ({ x: { ...x, values: change(x) }, labels }));
  return { ...given, batch };
}

function withoutBias({ shape, parameters }: CodeCase): Parameters<Float64Array> {
  const copy = parametersOf(parameters.all.slice(), shape);
  for (const { bias } of copy.linear) bias.fill(0);
  return copy;
}

function byColumns({ shape, parameters }: CodeCase): Parameters<Float64Array> {
  const copy = parametersOf(parameters.all.slice(), shape);
  for (const { weight, bias } of copy.linear) {
    weight.set(transpose(weight, weight.length / bias.length, bias.length));
  }
  return copy;
}

/** What fits a wrong answer of one case. */
interface Explanation {
  readonly likely: string;
  readonly from: string | null;
}

interface CaseResult {
  readonly error: number | null;
  /** The likeliest first; none where the answer is right. */
  readonly explanations: readonly Explanation[];
}

/** Marks a program's answers, a map for each case, in the order of the derivation. */
export function markCode(
  cases: readonly CodeCase[],
  answers: readonly FoundAnswers[],
  words: GradingWords,
): CodeMark[] {
  const results = cases
    .slice(0, answers.length)
    .map((given, n) => markCase(given, answers[n]!, words));
  const sides = stepsOf(cases[0]!);
  return sides.map(({ name: quantity, shape }) => {
    const own = results.map((result) => result.get(quantity));
    const given = own.filter((result) => result !== undefined);
    const mark = { quantity, shape, likely: '', from: null, case: null };
    if (given.length === 0) return { ...mark, verdict: 'missing', error: null };
    const wrong = given.filter(({ explanations }) => explanations.length > 0);
    const errors = given.map(({ error }) => error ?? Number.POSITIVE_INFINITY);
    const largest = Math.max(...errors);
    const error = Number.isFinite(largest) ? largest : null;
    if (wrong.length === 0) return { ...mark, verdict: 'right', error };
    const first = own.findIndex((result) => (result?.explanations.length ?? 0) > 0);
    // What fits all wrong cases is likelier than what fits the first of them.
    const fitsAll = wrong[0]!.explanations.find(({ likely }) =>
      wrong.every(({ explanations }) => explanations.some((other) => other.likely === likely)),
    );
    const { likely, from } = fitsAll ?? { likely: words.unknown, from: null };
    return { ...mark, verdict: 'wrong', error, likely, from, case: first + 1 };
  });
}

function markCase(
  given: CodeCase,
  answers: FoundAnswers,
  words: GradingWords,
): Map<string, CaseResult> {
  const state = new Map<string, Float64Array>();
  /** The first wrong answer that a quantity is made of. */
  const sources = new Map<string, string>();
  const results = new Map<string, CaseResult>();
  let variants: (readonly [Saying, Derivation[]])[] | undefined;
  const known = () => (variants ??= VARIANTS.map(([likely, run]) => [likely, run(given)] as const));
  for (const step of stepsOf(given)) {
    const { name, right, inputs, compute, shape } = step;
    const source = inputs.map((input) => sources.get(input)).find((from) => from !== undefined);
    const carried = source === undefined ? [right] : compute((input) => state.get(input)!);
    const found = answers.get(name);
    const values = found && Float64Array.from(found.values);
    const fits = values?.length === right.length;
    if (!found || !values || !fits) {
      state.set(name, carried[0]!);
      if (source !== undefined) sources.set(name, source);
    } else {
      state.set(name, values);
    }
    if (!found || !values) continue;
    const sameShape = String(found.shape) === String(shape);
    const error = fits ? errorOf(values, right) : null;
    if (error !== null && error <= CODE_TOLERANCE) {
      const likely = words.shape(shape, found.shape);
      results.set(name, { error, explanations: sameShape ? [] : [{ likely, from: null }] });
      continue;
    }
    if (source !== undefined && carried.some((one) => errorOf(values, one) <= CODE_TOLERANCE)) {
      sources.set(name, source);
      const likely = words.formulaIsRight(source);
      results.set(name, { error, explanations: [{ likely, from: source }] });
      continue;
    }
    sources.set(name, name);
    const explanations = fits
      ? suspects(step, carried, known(), given).filter(
          ([, wrong]) => errorOf(values, wrong) <= CODE_TOLERANCE,
        )
      : [];
    const named = explanations.map(([likely]) => ({ likely: likely(words), from: null }));
    const otherwise = !fits
      ? words.shape(shape, found.shape)
      : values.every(Number.isFinite)
        ? words.unknown
        : words.notFinite;
    results.set(name, {
      error,
      explanations: named.length > 0 ? named : [{ likely: otherwise, from: null }],
    });
  }
  return results;
}

/** The mistakes of one quantity and the numbers that they give. */
function suspects(
  { name, shape, right, of }: Step,
  carried: readonly Float64Array[],
  variants: readonly (readonly [Saying, Derivation[]])[],
  given: CodeCase,
): (readonly [likely: Saying, values: Float64Array])[] {
  const found: (readonly [Saying, Float64Array])[] = [];
  const { batch } = given;
  const isBatch = name.startsWith('batch_');
  const K = batch[0]!.labels.length;
  for (const base of new Set([...carried, right])) {
    const scaled = (factor: number) => base.map((value) => value * factor);
    if (isBatch) found.push([(words) => words.sumForMean, scaled(batch.length)]);
    found.push(...signAndTransposed(base, shape));
    found.push([(words) => words.meanOverClasses, scaled(1 / K)]);
    found.push([(words) => words.zero, scaled(0)]);
  }
  for (const [likely, derivations] of variants) {
    found.push([likely, of(derivations)]);
  }
  if (isBatch)
    found.push([(words) => words.firstOnly, of(derived({ ...given, batch: batch.slice(0, 1) }))]);
  return found;
}

/** max_i |a_i − n_i| / max_i |n_i|; infinite where a number is not finite. */
function errorOf(found: Float64Array, right: Float64Array): number {
  let [difference, largest] = [0, 0];
  for (const [i, value] of right.entries()) {
    const gap = Math.abs(found[i]! - value);
    if (!Number.isFinite(gap)) return Number.POSITIVE_INFINITY;
    difference = Math.max(difference, gap);
    largest = Math.max(largest, Math.abs(value));
  }
  return difference / Math.max(largest, 1e-12);
}
