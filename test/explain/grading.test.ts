import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWorksheet } from '../../src/explain/create-worksheet.js';
import { grade } from '../../src/explain/grading.js';
import { type Given, signAndTransposed, suspectsOf } from '../../src/explain/suspects.js';
import { EN } from '../../src/explain/words/en.js';
import {
  type AnswerName,
  answerNames,
  answersOf,
  close,
  hiddenLayersOf,
  labelsOf,
  type Worksheet,
} from '../../src/explain/worksheet.js';

const sheet = createWorksheet(3, { classes: 3, inputs: 4 });
const key = answersOf(sheet);
const [K, D] = [3, 4];
const ANSWER_NAMES = answerNames(0);

type File = Partial<Record<AnswerName, Given>>;

/** The key as a student's file. */
function allRight(of = key): File {
  const fields = Object.entries(of).map(([name, answer]) => {
    const { shape, values } = answer!;
    return [name, { shape, values: [...values] }] as const;
  });
  return Object.fromEntries(fields);
}

/** The mark of one quantity whose answer is replaced. */
function markOf(
  quantity: AnswerName,
  values: Iterable<number>,
  shape = answersOf(sheet)[quantity]!.shape,
  of = sheet,
) {
  const given = { ...allRight(answersOf(of)), [quantity]: { shape, values: [...values] } };
  return grade(of, given).find((mark) => mark.quantity === quantity)!;
}

const right = (name: AnswerName) => [...key[name]!.values];
const negative = (name: AnswerName) => right(name).map((value) => -value);
const labels = labelsOf(sheet, sheet.pictures[0]);
const { weight: W, bias: b } = sheet.parameters.linear[0]!;
const y = right('y');
const diagonal = y.map((yi, i) => labels[i]! * (1 - yi));
const u = right('u');
const FROM_1 = 'classes counted from 1';
const { label } = sheet.pictures[0];
const oneBefore = (labels: Iterable<number>) => [...labels].slice(1).concat(0);
const dvFrom1 = oneBefore(labels).map((one, i) => one - y[i]!);
/** Of the second picture ∂L/∂b is twice the mean less that of the first. */
const batchFrom1 = right('batch_dL_db').map((g, i) => {
  const second = labelsOf(sheet, sheet.pictures[1]);
  const moved = sheet.pictures[1].label === 0 ? second : oneBefore(second);
  return g + (dvFrom1[i]! - right('dL_db')[i]! + moved[i]! - second[i]!) / 2;
});
const flipped = Array.from(
  { length: K * D },
  (_, p) => right('dL_dW')[(p % K) * D + Math.floor(p / K)]!,
);

function softmaxOf(v: readonly number[]): number[] {
  const sum = v.reduce((total, vi) => total + Math.exp(vi), 0);
  return v.map((vi) => Math.exp(vi) / sum);
}

/** p qᵀ, row by row. */
function outer(p: readonly number[], q: readonly number[]): number[] {
  return p.flatMap((pi) => q.map((qj) => pi * qj));
}

/** Wᵀ dv. */
function transposedProduct(dv: readonly number[], of: ArrayLike<number> = W): number[] {
  const D = of.length / dv.length;
  return Array.from({ length: D }, (_, j) => dv.reduce((sum, g, i) => sum + of[i * D + j]! * g, 0));
}

describe('grade names the likely mistake', () => {
  const planted: [string, AnswerName, Iterable<number>, string][] = [
    ['bias', 'v', right('v').map((vi, i) => vi - b[i]!), 'forgotten bias'],
    ['no division', 'y', right('v').map(Math.exp), 'not divided by the sum'],
    ['sign', 'L', negative('L'), 'sign: L is the log-likelihood'],
    ['no labels', 'dL_dy', y.map((yi) => 1 / yi), 'labels left out'],
    ['sign', 'dL_dy', negative('dL_dy'), 'sign'],
    [
      'diagonal',
      'dy_dv',
      right('dy_dv').map((value, p) => (p % (K + 1) === 0 ? value : 0)),
      'missing Jacobian term: −y_i y_j',
    ],
    [
      'no 1[i = j]',
      'dy_dv',
      right('dy_dv').map((_, p) => -y[Math.floor(p / K)]! * y[p % K]!),
      'missing Jacobian term: 1[i = j]',
    ],
    ['sign', 'dL_dv', negative('dL_dv'), 'sign: y − labels'],
    ['diagonal', 'dL_dv', diagonal, 'missing Jacobian term'],
    ['no softmax', 'dL_dv', right('dL_dy'), 'softmax left out'],
    ['sign', 'dL_du', negative('dL_du'), 'sign'],
    ['no ln 2', 'dL_du', right('dL_du').map((value) => value / Math.LN2), 'W without its ln 2'],
    [
      'diagonal',
      'dL_du',
      u.map((_, j) => diagonal.reduce((sum, dv, i) => sum + W[i * D + j]! * dv, 0)),
      'missing Jacobian term',
    ],
    ['zero', 'dL_db', [0, 0, 0], 'forgotten bias'],
    ['sign', 'dL_db', negative('dL_db'), 'sign'],
    ['sign', 'dL_dW', negative('dL_dW'), 'sign'],
    [
      'diagonal',
      'dL_dW',
      diagonal.flatMap((dv) => u.map((uj) => dv * uj)),
      'missing Jacobian term',
    ],
    ['flat and transposed', 'dL_dW', flipped, 'transposed'],
    ['sum', 'batch_dL_db', right('batch_dL_db').map((g) => 2 * g), 'sum for mean'],
    ['one only', 'batch_dL_db', right('dL_db'), 'only the first picture'],
    ['sign', 'new_b', right('new_b').map((value, i) => 2 * b[i]! - value), 'sign: this step'],
    ['sum', 'new_b', right('new_b').map((value, i) => 2 * value - b[i]!), 'sum for mean'],
    ['no ln 2', 'v', right('v').map((vi) => vi / Math.LN2), 'W and b without their ln 2'],
    ['bias', 'y', softmaxOf(right('v').map((vi, i) => vi - b[i]!)), 'forgotten bias'],
    ['base 10', 'L', [Math.log10(Math.exp(right('L')[0]!))], 'the logarithm is the natural one'],
    ['base 2', 'L', [Math.log2(Math.exp(right('L')[0]!))], 'the logarithm is the natural one'],
    ['no logarithm', 'L', [Math.exp(right('L')[0]!)], 'logarithm left out'],
    ['times', 'dL_dy', y.map((yi, i) => yi * labels[i]!), 'labels · y in place of labels / y'],
    ['sign off', 'dy_dv', right('dy_dv').map(Math.abs), 'sign off the diagonal'],
    ['no labels', 'dL_dv', y.map((yi) => -yi), 'labels left out'],
    ['no softmax', 'dL_du', transposedProduct(right('dL_dy')), 'softmax left out'],
    ['diagonal', 'dL_dx', transposedProduct(diagonal), 'missing Jacobian term'],
    ['no softmax', 'dL_dx', transposedProduct(right('dL_dy')), 'softmax left out'],
    ['no ln 2', 'dL_dx', right('dL_du').map((value) => value / Math.LN2), 'W without its ln 2'],
    ['times b', 'dL_db', right('dL_db').map((g, i) => g * b[i]!), '∂L/∂b is ∂L/∂v, not times b'],
    ['diagonal', 'dL_db', diagonal, 'missing Jacobian term'],
    ['no softmax', 'dL_db', right('dL_dy'), 'softmax left out'],
    ['no softmax', 'dL_dW', outer(right('dL_dy'), u), 'softmax left out'],
    [
      'W for u',
      'dL_dW',
      [...W].map((w, p) => w * right('dL_dv')[Math.floor(p / D)]!),
      'W in place of u',
    ],
    ['no u', 'dL_dW', outer(right('dL_dv'), [1, 1, 1, 1]), '∂L/∂v without u'],
    [
      'other one',
      'batch_dL_db',
      right('batch_dL_db').map((g, i) => 2 * g - right('dL_db')[i]!),
      'only the second picture',
    ],
    ['no lr', 'new_b', right('batch_dL_db').map((g, i) => b[i]! + g), 'lr left out'],
    [
      'sum, no lr',
      'new_b',
      right('batch_dL_db').map((g, i) => b[i]! + 2 * g),
      'sum for mean, and lr left out',
    ],
    [
      'step alone',
      'new_b',
      right('batch_dL_db').map((g) => sheet.lr * g),
      'the step without the old b',
    ],
    [
      'one only',
      'new_b',
      right('dL_db').map((g, i) => b[i]! + sheet.lr * g),
      'only the first picture',
    ],
    [
      'no ln 2',
      'new_b',
      right('batch_dL_db').map((g, i) => sheet.c[i]! + sheet.lr * g),
      'b without its ln 2',
    ],
    ['from 1', 'L', [Math.log(y[label - 1]!)], FROM_1],
    ['from 1', 'dL_dy', y.map((yi, i) => (i === label - 1 ? 1 / yi : 0)), FROM_1],
    ['from 1', 'dL_dv', dvFrom1, FROM_1],
    ['from 1', 'dL_db', dvFrom1, FROM_1],
    ['from 1', 'dL_du', transposedProduct(dvFrom1), FROM_1],
    ['from 1', 'dL_dx', transposedProduct(dvFrom1), FROM_1],
    ['from 1', 'dL_dW', outer(dvFrom1, u), FROM_1],
    ['from 1', 'batch_dL_db', batchFrom1, FROM_1],
    ['from 1', 'new_b', batchFrom1.map((g, i) => b[i]! + sheet.lr * g), FROM_1],
    ['nonsense', 'dL_dv', [9, 9, 9], 'no common mistake'],
  ];

  it.each(planted)('%s in %s', (_, quantity, values, likely) => {
    const mark = markOf(quantity, values);
    expect(mark.verdict).toBe('wrong');
    expect(mark.likely).toContain(likely);
  });

  it('with a test for each that the program knows', () => {
    expect(untested(sheet, planted)).toEqual([]);
  });

  it('and not its neighbour: of two mistakes of a quantity each is named where it is made', () => {
    const known = suspectsOf(sheet, {});
    let pairs = 0;
    for (const quantity of ANSWER_NAMES) {
      const suspects = (known[quantity] ?? []).filter(([, , from]) => from === undefined);
      for (const [likely, values] of suspects) {
        expect(markOf(quantity, Array.from(values)).likely, quantity).toBe(likely(EN.grading));
        pairs += suspects.length - 1;
      }
    }
    expect(pairs).toBeGreaterThan(100);
  });

  it('dL_dx written flat: there the shape is what is asked for', () => {
    const flat = markOf('dL_dx', right('dL_dx'), [4]);
    expect(flat).toMatchObject({ verdict: 'wrong', at: null });
    expect(flat.likely).toBe(
      'the numbers are right, the shape is wrong: a list of rows, 2×2 as x is',
    );
    const dL_du = { shape: [4], values: negative('dL_du') };
    const both = grade(sheet, { ...allRight(), dL_du, dL_dx: dL_du });
    expect(both.find(({ quantity }) => quantity === 'dL_dx')).toMatchObject({
      likely: 'the numbers follow from dL_du, the shape is wrong: a list of rows, 2×2 as x is',
    });
    expect(both.find(({ quantity }) => quantity === 'dL_dx')).not.toHaveProperty('from');
    expect(markOf('dL_dW', right('dL_dW'), [12]).verdict).toBe('right');
  });

  it('a summed batch carried on follows, and is not named twice', () => {
    const sum = right('batch_dL_db').map((g) => 2 * g);
    const new_b = { shape: [3], values: sum.map((g, i) => b[i]! + sheet.lr * g) };
    const given = { ...allRight(), batch_dL_db: { shape: [3], values: sum }, new_b };
    const marks = grade(sheet, given).slice(-2);
    expect(marks[0]).toMatchObject({ verdict: 'wrong', likely: 'sum for mean' });
    expect(marks[1]).toMatchObject({ verdict: 'wrong', from: 'batch_dL_db' });
    // With a right batch the same numbers are a mistake of the step.
    expect(grade(sheet, { ...allRight(), new_b }).at(-1)!.likely).toBe('sum for mean');
  });

  it('unreadable, with what was expected, and the rest is marked', () => {
    const { y: _, ...rest } = allRight();
    const marks = grade(sheet, rest, { y: '[0]: expected a number' });
    const unread = { quantity: 'y', verdict: 'unreadable', likely: '[0]: expected a number' };
    expect(marks.find(({ quantity }) => quantity === 'y')).toMatchObject(unread);
    expect(marks.filter(({ verdict }) => verdict === 'right')).toHaveLength(12);
  });

  it('transposed, by its shape or written the other way round', () => {
    expect(markOf('dL_dW', flipped, [D, K]).likely).toBe('transposed');
    expect(markOf('dL_dW', Array(12).fill(1), [D, K]).likely).toBe('expected 3×4, found 4×3');
  });

  it('W in place of Wᵀ, where the sizes let it pass', () => {
    const square = createWorksheet(5, { classes: 3, inputs: 3 });
    const theirs = answersOf(square);
    const { weight: W } = square.parameters.linear[0]!;
    const dv = theirs.dL_dv!.values;
    const values = [0, 1, 2].map((i) => dv.reduce((sum, g, j) => sum + W[i * 3 + j]! * g, 0));
    const marks = grade(square, { ...allRight(theirs), dL_du: { shape: [3], values } });
    expect(marks.find(({ quantity }) => quantity === 'dL_du')!.likely).toContain(
      'W in place of Wᵀ',
    );
  });

  it('what follows correctly from a wrong answer before it', () => {
    const own = [0.3, 0.5, 0.2];
    const dL_dv = { shape: [3], values: own };
    const dL_dW = { shape: [3, 4], values: own.flatMap((dv) => u.map((uj) => dv * uj)) };
    const marks = grade(sheet, { ...allRight(), dL_dv, dL_dW });
    const of = (name: AnswerName) => marks.find(({ quantity }) => quantity === name)!.likely;
    expect(of('dL_dv')).toContain('no common mistake');
    expect(of('dL_dW')).toBe('the formula is right; follows from dL_dv');
  });

  it('and where it is: the first wrong entry', () => {
    const values = right('dL_dW');
    values[6] = 5;
    expect(markOf('dL_dW', values).at).toEqual({ index: [1, 2], given: 5 });
    expect(markOf('L', [-5]).at).toEqual({ index: [], given: -5 });
  });

  it('or that the shape is wrong', () => {
    expect(markOf('dL_dv', [1, 2], [2]).likely).toBe('expected 3 numbers, found 2');
    expect(markOf('L', [right('L')[0]!], [1]).likely).toBe('expected one number, found 1');
    expect(markOf('dL_dv', right('dL_dv'), [3, 1]).likely).toBe('expected 3 numbers, found 3×1');
  });
});

/** Mistakes that the program knows in a sheet and that no planted case names, of their quantity. */
function untested(
  of: Worksheet,
  planted: readonly (readonly [string, AnswerName, Iterable<number>, string])[],
): string[] {
  const known = Object.entries(suspectsOf(of, {})).flatMap(([name, suspects]) =>
    suspects!.map(([likely]) => [name, likely(EN.grading)] as const),
  );
  const isTested = ([name, likely]: readonly [string, string]): boolean =>
    planted.some(([, quantity, , expected]) => quantity === name && likely.includes(expected));
  return known.filter((one) => !isTested(one)).map((one) => one.join(': '));
}

describe('grade knows the mistakes of a hidden layer', () => {
  // Both W are 3 × 3, so that a transposed one fits.
  const deep = createWorksheet(19, { classes: 3, inputs: 3, hidden: 3 });
  const answers = answersOf(deep);
  const right = (name: AnswerName) => [...answers[name]!.values];
  const [first, last] = deep.parameters.linear.map(({ weight, bias }) => ({
    W: [...weight],
    b: [...bias],
  }));
  const [u, v1, h1, v2, y] = (['u', 'v1', 'h1', 'v2', 'y'] as const).map(right);
  const [dy, dv2, dh1, dv1] = (['dL_dy', 'dL_dv2', 'dL_dh1', 'dL_dv1'] as const).map(right);
  const labels = [...labelsOf(deep, deep.pictures[0])];
  const diagonal = y!.map((yi, i) => labels[i]! * (1 - yi));
  const product = (W: readonly number[], q: readonly number[]) =>
    Array.from({ length: 3 }, (_, i) => q.reduce((sum, qj, j) => sum + W[i * 3 + j]! * qj, 0));
  const plus = (p: readonly number[], q: readonly number[]) => p.map((pi, i) => pi + q[i]!);
  const { LN2 } = Math;
  const transposed = (dv: readonly number[], { W } = first!) => transposedProduct(dv, W);

  const from1 = [...labels.slice(1), 0].map((one, i) => one - y![i]!);
  const planted: [string, AnswerName, Iterable<number>, string][] = [
    ['from 1', 'dL_dv2', from1, 'classes counted from 1'],
    ['from 1', 'dL_db2', from1, 'classes counted from 1'],
    ['from 1', 'dL_dh1', transposed(from1, last), 'classes counted from 1'],
    ['from 1', 'dL_dW2', outer(from1, h1!), 'classes counted from 1'],
    ['bias', 'v1', product(first!.W, u!), 'forgotten bias'],
    ['Wᵀ', 'v1', plus(transposed(u!), first!.b), 'transposed: W¹ᵀ in place of W¹'],
    ['no ReLU', 'h1', v1!, 'ReLU left out: v¹ in place of max(0, v¹)'],
    ['absolute value', 'h1', v1!.map(Math.abs), '|v¹| in place of max(0, v¹)'],
    ['minimum', 'h1', v1!.map((v) => Math.min(0, v)), 'min(0, v¹) in place of max(0, v¹)'],
    ['mask', 'h1', v1!.map((v) => Number(v > 0)), '1[v¹ > 0] in place of max(0, v¹)'],
    ['bias', 'v2', product(last!.W, h1!), 'forgotten bias'],
    ['no ln 2', 'v2', v2!.map((v) => v / LN2), 'W² and b² without their ln 2'],
    ['Wᵀ', 'v2', plus(transposed(h1!, last), last!.b), 'transposed: W²ᵀ in place of W²'],
    ['no ReLU', 'v2', plus(product(last!.W, v1!), last!.b), 'ReLU left out: v¹ in place of h¹'],
    ['diagonal', 'dL_dv2', diagonal, 'missing Jacobian term'],
    ['no softmax', 'dL_dv2', dy!, 'softmax left out: ∂L/∂y in place of ∂L/∂v²'],
    ['no ln 2', 'dL_dh1', dh1!.map((dh) => dh / LN2), 'W² without its ln 2'],
    ['diagonal', 'dL_dh1', transposed(diagonal, last), 'missing Jacobian term'],
    ['no softmax', 'dL_dh1', transposed(dy!, last), 'softmax left out'],
    ['W', 'dL_dh1', product(last!.W, dv2!), 'transposed: W² in place of W²ᵀ'],
    ['zero', 'dL_db2', [0, 0, 0], 'forgotten bias: ∂L/∂b² is not 0 but ∂L/∂v²'],
    ['no ReLU', 'dL_dW2', outer(dv2!, v1!), 'ReLU left out: v¹ in place of h¹'],
    ['W for h', 'dL_dW2', last!.W.map((w, p) => w * dv2![Math.floor(p / 3)]!), 'W² in place of h¹'],
    ['no h', 'dL_dW2', outer(dv2!, [1, 1, 1]), '∂L/∂v² without h¹'],
    ['no mask', 'dL_dv1', dh1!, 'missing mask: ∂L/∂v¹ is 0 where v¹ ≤ 0'],
    ['wrong way', 'dL_dv1', dh1!.map((dh, i) => (v1![i]! > 0 ? 0 : dh)), 'the mask turned round'],
    ['mask alone', 'dL_dv1', v1!.map((v) => Number(v > 0)), '1[v¹ > 0] without ∂L/∂h¹'],
    ['h', 'dL_dv1', dh1!.map((dh, i) => dh * h1![i]!), 'h¹ in place of 1[v¹ > 0]'],
    ['no mask', 'dL_du', transposed(dh1!), 'missing mask'],
    ['W', 'dL_du', product(first!.W, dv1!), 'transposed: W¹ in place of W¹ᵀ'],
    ['zero', 'dL_db1', [0, 0, 0], 'forgotten bias: ∂L/∂b¹ is not 0 but ∂L/∂v¹'],
    ['times b', 'dL_db1', dv1!.map((dv, i) => dv * first!.b[i]!), '∂L/∂b¹ is ∂L/∂v¹, not times b¹'],
    ['no mask', 'dL_db1', dh1!, 'missing mask'],
    ['no mask', 'dL_dW1', outer(dh1!, u!), 'missing mask'],
    ['W for u', 'dL_dW1', first!.W.map((w, p) => w * dv1![Math.floor(p / 3)]!), 'W¹ in place of u'],
    ['no u', 'dL_dW1', outer(dv1!, [1, 1, 1]), '∂L/∂v¹ without u'],
    ['no mask', 'dL_dx', transposed(dh1!), 'missing mask'],
    ['W', 'dL_dx', product(first!.W, dv1!), 'transposed: W¹ in place of W¹ᵀ'],
    ['sign', 'dL_dv2', dv2!.map((dv) => -dv), 'sign: y − labels'],
    ['sum', 'batch_dL_db2', right('batch_dL_db2').map((g) => 2 * g), 'sum for mean'],
  ];

  it.each(planted)('%s in %s', (_, quantity, values, likely) => {
    const mark = markOf(quantity, values, answers[quantity]!.shape, deep);
    expect(mark.verdict).toBe('wrong');
    expect(mark.likely).toContain(likely);
  });

  it('with a test for each that a plain sheet has not', () => {
    const plain =
      /^(y|L|dL_dy|dy_dv|batch_dL_db2|new_b2): |: (labels left out|∂L\/∂b² is|missing Jac|softmax left|classes counted)/;
    expect(untested(deep, planted).filter((one) => !plain.test(one))).toEqual([]);
  });

  it('what follows correctly from a wrong answer before it', () => {
    const own = (name: AnswerName, values: number[]) => ({ shape: answers[name]!.shape, values });
    const dh = [0.3, -0.5, 0.2];
    const masked = dh.map((value, i) => (v1![i]! > 0 ? value : 0));
    const marks = grade(deep, {
      ...allRight(answers),
      h1: own('h1', v1!.map(Math.abs)),
      v2: own('v2', plus(product(last!.W, v1!.map(Math.abs)), last!.b)),
      dL_dh1: own('dL_dh1', dh),
      dL_dv1: own('dL_dv1', masked),
      dL_dW1: own('dL_dW1', outer(masked, u!)),
      dL_du: own('dL_du', transposed(masked)),
    });
    const of = (name: AnswerName) => marks.find(({ quantity }) => quantity === name)!.likely;
    expect(of('h1')).toContain('|v¹|');
    expect(of('v2')).toBe('the formula is right; follows from h1');
    expect(of('dL_dh1')).toContain('no common mistake');
    expect(of('dL_dv1')).toBe('the formula is right; follows from dL_dh1');
    expect(of('dL_dW1')).toBe('the formula is right; follows from dL_dv1');
    expect(of('dL_du')).toBe('the formula is right; follows from dL_dv1');
  });

  it('what follows from two wrong answers before it', () => {
    const own = (name: AnswerName, values: number[]) => ({ shape: answers[name]!.shape, values });
    const [dy, dv, dh] = [
      [0.3, 0.7, -2],
      [0.3, 0.5, 0.2],
      [0.3, -0.5, 0.2],
    ];
    const dydv = right('dy_dv').map((value, p) => (p % 4 === 0 ? value : 0));
    const [v, h] = [
      [3, -2, 1],
      [3, 2, 1],
    ];
    const markOf = (quantity: AnswerName, values: number[], given: File) => {
      const marks = grade(deep, {
        ...allRight(answers),
        ...given,
        [quantity]: own(quantity, values),
      });
      return marks.find((mark) => mark.quantity === quantity)!.likely;
    };
    const fromProduct = dy.map((_, j) => dydv[4 * j]! * dy[j]!);
    const before = { dL_dy: own('dL_dy', dy), dy_dv: own('dy_dv', dydv) };
    expect(markOf('dL_dv2', fromProduct, before)).toMatch(/follows from dL_dy$/);
    const both = { dL_dv2: own('dL_dv2', dv), h1: own('h1', h) };
    expect(markOf('dL_dW2', outer(dv, h), both)).toMatch(/follows from dL_dv2$/);
    const masked = { dL_dh1: own('dL_dh1', dh), v1: own('v1', v) };
    expect(markOf('dL_dv1', [0.3, 0, 0.2], masked)).toMatch(/follows from dL_dh1$/);
  });

  it('a missing mask is named on every sheet, and the key is right on every one', () => {
    const size = fc.record({
      classes: fc.integer({ min: 2, max: 5 }),
      inputs: fc.integer({ min: 2, max: 9 }),
      hidden: fc.integer({ min: 2, max: 3 }),
    });
    const property = fc.property(fc.nat(), size, (seed, size) => {
      const one = createWorksheet(seed, size);
      const given = allRight(answersOf(one));
      const marks = grade(one, given);
      expect(marks.map(({ quantity }) => quantity)).toEqual(answerNames(hiddenLayersOf(one)));
      expect(marks.filter(({ verdict }) => verdict !== 'right')).toEqual([]);
      const slip = grade(one, { ...given, dL_dv1: given.dL_dh1! });
      const { likely } = slip.find(({ quantity }) => quantity === 'dL_dv1')!;
      expect(likely).toMatch(/^missing mask/);
    });
    fc.assert(property, { seed: 20230307, numRuns: 60 });
  });
});

it('on every sheet every mistake shows: none of them gives the right numbers', () => {
  const size = fc.record({
    classes: fc.integer({ min: 2, max: 5 }),
    inputs: fc.integer({ min: 2, max: 9 }),
    hidden: fc.option(fc.integer({ min: 2, max: 3 }), { nil: undefined }),
  });
  const property = fc.property(fc.nat(2 ** 32 - 1), size, (seed, { hidden, ...plain }) => {
    const one = createWorksheet(seed, hidden === undefined ? plain : { ...plain, hidden });
    const answers = answersOf(one);
    const known = suspectsOf(one, {});
    for (const name of answerNames(hiddenLayersOf(one))) {
      const { shape, values } = answers[name]!;
      // Softmax's Jacobian is its own transpose.
      const general = signAndTransposed(values, name === 'dy_dv' ? [] : shape);
      for (const [likely, wrong] of [...(known[name] ?? []), ...general]) {
        const given = { ...allRight(answers), [name]: { shape, values: Array.from(wrong) } };
        const mark = grade(one, given).find(({ quantity }) => quantity === name)!;
        expect(mark.verdict, `${name}: ${likely(EN.grading)}`).toBe('wrong');
        expect(mark.likely).not.toBe(EN.grading.unknown);
      }
    }
  });
  fc.assert(property, { seed: 20230307, numRuns: 100 });
});

describe('for every sheet', () => {
  const sizes = fc.record({
    classes: fc.integer({ min: 2, max: 5 }),
    inputs: fc.integer({ min: 2, max: 9 }),
  });
  const seeded = { seed: 20230307, numRuns: 60 };

  it('answers rounded to 3 decimals are right, missing ones missing', () => {
    const property = fc.property(fc.nat(), sizes, (seed, size) => {
      const one = createWorksheet(seed, size);
      const given = allRight(answersOf(one));
      for (const name of ANSWER_NAMES) {
        const { shape, values } = given[name]!;
        given[name] = { shape, values: values.map((value) => Number(value.toFixed(3))) };
      }
      expect(grade(one, given).every(({ verdict }) => verdict === 'right')).toBe(true);
      const nothing = grade(one, {});
      expect(nothing.map(({ verdict }) => verdict)).toEqual(ANSWER_NAMES.map(() => 'missing'));
    });
    fc.assert(property, seeded);
  });

  it('numbers of any count in any shape are marked, also none at all', () => {
    const empty = [[0], [1, 0], [2, 0]].map((shape) => ({ shape, values: [] }));
    const lists = fc.array(fc.double({ noDefaultInfinity: true, noNaN: true }), { maxLength: 12 });
    const given = fc.oneof(
      fc.constantFrom(...empty),
      lists.map((values) => ({ shape: [values.length], values })),
      lists.map((values) => ({ shape: [1, values.length], values })),
    );
    const answers = fc.dictionary(fc.constantFrom(...ANSWER_NAMES), given);
    const property = fc.property(fc.nat(), sizes, answers, (seed, size, all) => {
      const marks = grade(createWorksheet(seed, size), all);
      expect(marks.map(({ quantity }) => quantity)).toEqual(ANSWER_NAMES);
    });
    fc.assert(property, { ...seeded, numRuns: 300 });
    for (const none of empty) {
      const given = Object.fromEntries(ANSWER_NAMES.map((name) => [name, none]));
      expect(grade(sheet, given).every(({ verdict }) => verdict === 'wrong')).toBe(true);
    }
  });

  it('a wrong sign and a missing Jacobian term in ∂L/∂v are always named', () => {
    const property = fc.property(fc.nat(), sizes, (seed, size) => {
      const one = createWorksheet(seed, size);
      const of = answersOf(one);
      const labels = labelsOf(one, one.pictures[0]);
      const mark = (values: number[]) => {
        const marks = grade(one, { dL_dv: { shape: [values.length], values } });
        return marks.find(({ quantity }) => quantity === 'dL_dv')!;
      };
      expect(mark([...of.dL_dv!.values].map((g) => -g)).likely).toMatch(/^sign/);
      const diagonal = [...of.y!.values].map((yi, i) => labels[i]! * (1 - yi));
      expect(mark(diagonal).likely).toMatch(/^missing Jacobian/);
    });
    fc.assert(property, seeded);
  });
});

it('close: 3 decimals or 3 digits, no more', () => {
  expect(close(0.429, 3 / 7)).toBe(true);
  expect(close(13.3, 40 / 3)).toBe(true);
  expect(close(0.43, 3 / 7)).toBe(true);
  expect(close(0.4, 3 / 7)).toBe(false);
  expect(close(Number.NaN, 0)).toBe(false);
});
