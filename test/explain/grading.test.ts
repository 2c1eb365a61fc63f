import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { close, grade } from '../../src/explain/grading.js';
import type { Given } from '../../src/explain/suspects.js';
import {
  ANSWER_NAMES,
  type AnswerName,
  answersOf,
  createWorksheet,
  labelsOf,
} from '../../src/explain/worksheet.js';

const sheet = createWorksheet(3, { classes: 3, inputs: 4 });
const key = answersOf(sheet);
const [K, D] = [3, 4];

type File = Record<AnswerName, Given>;

function allRight(of = key): File {
  const fields = ANSWER_NAMES.map((name) => [name, { ...of[name], values: [...of[name].values] }]);
  return Object.fromEntries(fields) as File;
}

/** The mark of one quantity whose answer is replaced. */
function markOf(quantity: AnswerName, values: Iterable<number>, shape = key[quantity].shape) {
  const marks = grade(sheet, { ...allRight(), [quantity]: { shape, values: [...values] } });
  return marks.find((mark) => mark.quantity === quantity)!;
}

const right = (name: AnswerName) => [...key[name].values];
const negative = (name: AnswerName) => right(name).map((value) => -value);
const labels = labelsOf(sheet, sheet.pictures[0]);
const { weight: W, bias: b } = sheet.parameters;
const y = right('y');
const diagonal = y.map((yi, i) => labels[i]! * (1 - yi));
const u = right('u');
const flipped = Array.from(
  { length: K * D },
  (_, p) => right('dL_dW')[(p % K) * D + Math.floor(p / K)]!,
);

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
    ['nonsense', 'dL_dv', [9, 9, 9], 'no common mistake'],
  ];

  it.each(planted)('%s in %s', (_, quantity, values, likely) => {
    const mark = markOf(quantity, values);
    expect(mark.verdict).toBe('wrong');
    expect(mark.likely).toContain(likely);
  });

  it('transposed, by its shape or written the other way round', () => {
    expect(markOf('dL_dW', flipped, [D, K]).likely).toBe('transposed');
    expect(markOf('dL_dW', Array(12).fill(1), [D, K]).likely).toBe(
      'transposed shape: expected 3×4',
    );
  });

  it('W in place of Wᵀ, where the sizes let it pass', () => {
    const square = createWorksheet(5, { classes: 3, inputs: 3 });
    const theirs = answersOf(square);
    const { weight: W } = square.parameters;
    const dv = theirs.dL_dv.values;
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
        const { shape, values } = given[name];
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
      expect(mark([...of.dL_dv.values].map((g) => -g)).likely).toMatch(/^sign/);
      const diagonal = [...of.y.values].map((yi, i) => labels[i]! * (1 - yi));
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
