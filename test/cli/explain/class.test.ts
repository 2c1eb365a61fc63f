import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { placesOf } from '../../../src/cli/explain/class.js';
import type { Mark } from '../../../src/explain/grading.js';
import {
  answersOf,
  close,
  type Worksheet,
  type WorksheetSize,
} from '../../../src/explain/worksheet.js';
import { finish, run, start, temporaryFolder } from '../process.js';

const SIZE = { classes: 3, inputs: 4 };

type Answers = Record<string, number[] | number[][] | number>;

/** The mistakes, the answer in which each is made, and what is to be said of it. */
const MISTAKES: Record<string, readonly [quantity: string, likely: string]> = {
  bias: ['v', 'forgotten bias'],
  'no ln 2': ['v', 'W and b without their ln 2'],
  'no sum': ['y', 'not divided by the sum'],
  'L positive': ['L', 'sign'],
  'base 10': ['L', 'the logarithm is the natural one'],
  'no labels': ['dL_dy', 'labels left out'],
  times: ['dL_dy', 'labels · y'],
  diagonal: ['dy_dv', 'missing Jacobian term: −y_i y_j'],
  'no diagonal': ['dy_dv', 'missing Jacobian term: 1[i = j]'],
  sign: ['dL_dv', 'sign'],
  'short product': ['dL_dv', 'missing Jacobian term'],
  'no softmax': ['dL_dv', 'softmax left out'],
  'du without ln 2': ['dL_du', 'W without its ln 2'],
  'du sign': ['dL_du', 'sign'],
  'db 0': ['dL_db', 'forgotten bias'],
  transposed: ['dL_dW', 'transposed'],
  'W for u': ['dL_dW', 'W in place of u'],
  flat: ['dL_dx', 'the shape is wrong'],
  sum: ['batch_dL_db', 'sum for mean'],
  first: ['batch_dL_db', 'only the first picture'],
  'no lr': ['new_b', 'lr left out'],
  down: ['new_b', 'sign: this step'],
  'step alone': ['new_b', 'the step without the old b'],
  'b without ln 2': ['new_b', 'b without its ln 2'],
};

/** What a quantity of the last layer is called with a hidden layer below; ∂L/∂u is then its ∂L/∂h¹. */
function deepName(quantity: string): string {
  if (quantity === 'dL_du') return 'dL_dh1';
  return /^(v|dL_dv|dL_db|dL_dW|batch_dL_db|new_b)$/.test(quantity) ? `${quantity}2` : quantity;
}

/** Of a sheet with a hidden layer: the mistakes above in its last layer, and those of the hidden one. */
const HIDDEN_MISTAKES: typeof MISTAKES = {
  'hidden bias': ['v1', 'forgotten bias'],
  'no ReLU': ['h1', 'ReLU left out'],
  'absolute value': ['h1', '|v¹| in place of'],
  ...Object.fromEntries(
    Object.entries(MISTAKES).map(([mistake, [quantity, likely]]) => [
      // Two signs turned on the way would come out right.
      mistake === 'du sign' ? 'dh sign' : mistake,
      [
        deepName(quantity),
        likely
          .replace('W and b', 'W² and b²')
          .replace('W in place of u', 'W² in place of h¹')
          .replace('W without', 'W² without'),
      ] as const,
    ]),
  ),
  'no mask': ['dL_dv1', 'missing mask'],
  'mask turned': ['dL_dv1', 'the mask turned round'],
  'hidden db 0': ['dL_db1', 'forgotten bias'],
  'hidden transposed': ['dL_dW1', 'transposed'],
};

const product = (W: number[][], u: number[]) =>
  W.map((row) => row.reduce((sum, w, j) => sum + w * u[j]!, 0));
const columns = (W: number[][]) => W[0]!.map((_, j) => W.map((row) => row[j]!));
const outer = (dv: number[], u: number[]) => dv.map((g) => u.map((uj) => g * uj));

/** A student who works the sheet out with two mistakes in it, and otherwise goes on correctly. */
function workOut(sheet: Worksheet, made: readonly string[]): Answers {
  const has = (mistake: string) => made.includes(mistake);
  const { pictures, lr, c, hidden } = sheet;
  const rows = ({ M, c }: { readonly M: readonly number[]; readonly c: readonly number[] }) =>
    c.map((_, i) => M.slice((i * M.length) / c.length, ((i + 1) * M.length) / c.length));
  const W = rows(sheet);
  const u = [...pictures[0].x.values];
  /** v¹ and h¹, or u where there is no hidden layer. */
  const below = (u: number[], mistakes: boolean) => {
    if (!hidden) return { v1: [], h1: u };
    const bias = mistakes && has('hidden bias') ? 0 : 1;
    const v1 = product(rows(hidden), u).map((v, i) => v + bias * hidden.c[i]!);
    if (mistakes && has('no ReLU')) return { v1, h1: v1 };
    return { v1, h1: v1.map(mistakes && has('absolute value') ? Math.abs : (v) => Math.max(0, v)) };
  };
  const { v1, h1 } = below(u, true);
  const scores = (h: number[], unit: number, bias: number) =>
    product(W, h).map((v, i) => unit * (v + bias * c[i]!));
  const softmax = (v: number[]) => {
    const e = v.map(Math.exp);
    return e.map((ei) => ei / e.reduce((sum, one) => sum + one));
  };
  const oneHot = (label: number) => c.map((_, i) => Number(i === label));
  const v = scores(h1, has('no ln 2') ? 1 : Math.LN2, has('bias') ? 0 : 1);
  const y = has('no sum') ? v.map(Math.exp) : softmax(v);
  const labels = oneHot(pictures[0].label);
  const log = has('base 10') ? Math.log10 : Math.log;
  const L = (has('L positive') ? -1 : 1) * log(y[pictures[0].label]!);
  const dL_dy = labels.map((p, i) => {
    if (has('no labels')) return 1 / y[i]!;
    return has('times') ? p * y[i]! : p / y[i]!;
  });
  const dy_dv = y.map((yi, i) =>
    y.map((yj, j) => {
      if (has('diagonal') && i !== j) return 0;
      return yi * ((i === j && !has('no diagonal') ? 1 : 0) - yj);
    }),
  );
  let dL_dv = labels.map((p, i) => p - y[i]!);
  if (has('sign')) dL_dv = dL_dv.map((g) => -g);
  if (has('short product')) dL_dv = labels.map((p, i) => p * (1 - y[i]!));
  if (has('no softmax')) dL_dv = labels.map((p, i) => p / y[i]!);
  const unit = has('du without ln 2') ? 1 : Math.LN2;
  const factor = has(hidden ? 'dh sign' : 'du sign') ? -unit : unit;
  const dL_dh1 = product(columns(W), dL_dv).map((g) => factor * g);
  const dL_dv1 = dL_dh1.map((g, i) => {
    const on = has('mask turned') ? v1[i]! <= 0 : v1[i]! > 0;
    return has('no mask') || on ? g : 0;
  });
  const dL_du = hidden ? product(columns(rows(hidden)), dL_dv1) : dL_dh1;
  const dL_db = has('db 0') ? c.map(() => 0) : dL_dv;
  const dW = has('W for u')
    ? dL_dv.map((g, i) => W[i]!.map((w) => g * Math.LN2 * w))
    : outer(dL_dv, h1);
  const dL_dW = has('transposed') ? columns(dW) : dW;
  const dL_dx = has('flat') ? dL_du : [dL_du.slice(0, 2), dL_du.slice(2)];
  const second = oneHot(pictures[1].label);
  const y2 = softmax(scores(below([...pictures[1].x.values], false).h1, Math.LN2, 1));
  const total = dL_db.map((g, i) => g + second[i]! - y2[i]!);
  const batch_dL_db = has('first') ? dL_db : total.map((g) => (has('sum') ? g : g / 2));
  const rate = (has('down') ? -1 : 1) * (has('no lr') ? 1 : lr);
  const old = has('step alone') ? 0 : has('b without ln 2') ? 1 : Math.LN2;
  const new_b = batch_dL_db.map((g, i) => old * c[i]! + rate * g);
  if (!hidden) {
    return { u, v, y, L, dL_dy, dy_dv, dL_dv, dL_du, dL_db, dL_dW, dL_dx, batch_dL_db, new_b };
  }
  const dL_dW1 = outer(dL_dv1, u);
  return {
    ...{
      u,
      v1,
      h1,
      v2: v,
      y,
      L,
      dL_dy,
      dy_dv,
      dL_dv2: dL_dv,
      dL_dh1,
      dL_db2: dL_db,
      dL_dW2: dL_dW,
    },
    ...{ dL_dv1, dL_du, dL_db1: has('hidden db 0') ? v1.map(() => 0) : dL_dv1 },
    dL_dW1: has('hidden transposed') ? columns(dL_dW1) : dL_dW1,
    ...{ dL_dx, batch_dL_db2: batch_dL_db, new_b2: new_b },
  };
}

/** The names of two mistakes in different answers: 60 for 30 students. */
function twoFor(student: number, mistakes: typeof MISTAKES): [string, string] {
  const names = Object.keys(mistakes);
  const first = names[student % names.length]!;
  let second = student * 5 + 11;
  const at = () => names[second % names.length]!;
  while (mistakes[at()]![0] === mistakes[first]![0]) second++;
  return [first, at()];
}

describe('a class of 30', () => {
  const classes: [string, string[], WorksheetSize, typeof MISTAKES][] = [
    ['without hidden layers', [], SIZE, MISTAKES],
    ['with a hidden layer', ['--hidden', '2'], { ...SIZE, hidden: 2 }, HIDDEN_MISTAKES],
  ];
  test.each(classes)(
    '%s is filled in with 60 known mistakes: each is named or follows, nothing right is marked wrong',
    async (_, flags, size, known) => {
      const cwd = temporaryFolder();
      const explain = (...args: string[]) => run('backprop-explain', args, { cwd });
      const forClass = ['--count', '30', '--seed', '7', '--out', 'sheets/', ...flags];
      const made = await explain('worksheet', ...forClass);
      expect(made).toMatchObject({ code: 0, stderr: '' });
      const files = readdirSync(join(cwd, 'sheets')).filter((name) => name.endsWith('.json'));
      expect(files).toHaveLength(30);
      const names = files.map((_, n) => `Student ${n + 1}`);
      const sheets = placesOf(names, 7, size).map(({ sheet }) => sheet);
      const round = (_: string, value: unknown) =>
        typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(4)) : value;
      for (const [n, file] of files.entries()) {
        const path = join(cwd, 'sheets', file);
        const form = JSON.parse(readFileSync(path, 'utf8'));
        const { student, seed, size, hidden, ...blank } = form;
        const whose = { student: names[n], seed: sheets[n]!.seed, size: '3x4' };
        expect({ student, seed, size }).toEqual(whose);
        const answers = workOut(sheets[n]!, twoFor(n, known));
        expect(Object.keys(blank)).toEqual(Object.keys(answers));
        writeFileSync(path, JSON.stringify({ ...form, ...answers }, round));
      }
      const paths = files.map((file) => `sheets/${file}`);
      const graded = await explain('grade', ...paths, '--table', 'marks.csv', '--json');
      expect(graded).toMatchObject({ code: 0, stderr: '' });
      const { rows, mistakes } = JSON.parse(graded.stdout);
      let [named, right] = [0, 0];
      for (const [n, { student, marks }] of (
        rows as { student: string; marks: Mark[] }[]
      ).entries()) {
        expect(student).toBe(names[n]);
        const both = twoFor(n, known);
        const clean = answersOf(sheets[n]!);
        const theirs = workOut(sheets[n]!, both);
        const made = new Set<string>();
        for (const { quantity, verdict, likely, from } of marks) {
          const values = [theirs[quantity]!].flat(2) as number[];
          const key = clean[quantity]!;
          const isShape = both.some(
            (one) => /^flat$|transposed/.test(one) && known[one]![0] === quantity,
          );
          const isRight = !isShape && values.every((value, i) => close(value, key.values[i]!));
          const where = `${student}, ${both}: ${quantity}: ${likely}`;
          expect(verdict, where).toBe(isRight ? 'right' : 'wrong');
          if (isRight) right++;
          if (isRight || from !== undefined) continue;
          const here = both.filter((one) => known[one]![0] === quantity);
          expect(here, where).not.toEqual([]);
          expect(
            here.some((one) => likely.includes(known[one]![1])),
            where,
          ).toBe(true);
          made.add(quantity);
        }
        named += made.size;
      }
      expect(named).toBe(60);
      expect(right).toBeGreaterThan(150);
      expect(mistakes[0].students.length).toBeGreaterThan(1);
      const csv = readFileSync(join(cwd, 'marks.csv'), 'utf8').trimEnd().split('\r\n');
      expect(csv).toHaveLength(31);
      expect(csv[0]).toMatch(/^student,file,seed,right,of,u,v1?,.*,new_b2?,problem$/);
      expect(csv[1]).toContain('Student 1,sheets/01-Student-1.json,');
      const text = await explain('grade', ...paths);
      expect(text.stdout).toContain('The commonest mistakes, and how many made them');
      expect(
        Math.max(...text.stdout.split('\n').map((line) => [...line].length)),
      ).toBeLessThanOrEqual(80);
    },
  );
});

describe('a class by name', () => {
  test('everyone has a sheet of their own, the same for the same seed, and the key apart', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'names.txt'), '\uFEFFАнна Петрова\r\n\r\n<b>Bo</b> & "Co"\n=1+1\n');
    const make = (out: string) =>
      run('backprop-explain', ['worksheet', '--class', 'names.txt', '--out', out], { cwd });
    expect(await make('one')).toMatchObject({ code: 0, stderr: '' });
    await make('two');
    const list = readdirSync(join(cwd, 'one')).sort();
    expect(list).toEqual([
      ...['01-Анна-Петрова.html', '01-Анна-Петрова.json', '02-b-Bo-b-Co.html', '02-b-Bo-b-Co.json'],
      ...['03-1-1.html', '03-1-1.json', 'all-sheets.html', 'key'],
    ]);
    const read = (name: string) => readFileSync(join(cwd, name), 'utf8');
    for (const name of [...list.slice(0, 7), 'key/key.html']) {
      expect(read(`one/${name}`)).toBe(read(`two/${name}`));
    }
    const page = read('one/02-b-Bo-b-Co.html');
    expect(page).toContain('&lt;b&gt;Bo&lt;/b&gt; &amp; &quot;Co&quot;');
    expect(page).toContain('<mfrac>');
    expect(page).not.toMatch(/<script|https?:/);
    const seeds = ['01-Анна-Петрова', '02-b-Bo-b-Co', '03-1-1'].map(
      (name) => JSON.parse(read(`one/${name}.json`)).seed,
    );
    expect(new Set(seeds).size).toBe(3);
    for (const seed of seeds) expect(read('one/key/key.html')).toContain(`Key ${seed}`);
    const again = await make('one');
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('is there already, perhaps filled in');
    writeFileSync(join(cwd, 'broken.json'), '{"seed": 1, "y": [1/2]}');
    const grade = ['grade', 'one/03-1-1.json', 'broken.json', '--table', 'marks.csv'];
    const graded = await run('backprop-explain', grade, { cwd });
    expect(graded.code).toBe(4);
    expect(graded.stderr).toMatch(/^error: 1 of 2 files cannot be read as answers\. /);
    expect(read('marks.csv')).toMatch(/^'=1\+1,one\/03-1-1\.json,\d{6},0,13,missing,/m);
    expect(read('marks.csv')).toContain('1/2 at line 1, column 19 is no JSON');
  });

  test.each([
    [['--count', '3'], 'a class needs --out'],
    [['--out', 'x'], '--out is for a class'],
    [
      ['--class', 'none.txt', '--out', 'x'],
      'none.txt: expected a list of names, found nothing there',
    ],
    [['--count', '0', '--out', 'x'], 'expected a whole number from 1 to 1000'],
    [['--count', '1', '--out', 'x', '--answers'], 'cannot be used with'],
  ])('%j is refused', async (flags, message) => {
    const { code, stderr } = await run('backprop-explain', ['worksheet', ...flags], {});
    expect(code).toBeGreaterThan(1);
    expect(stderr).toContain(message);
  });
});

test('grade - reads standard input', async () => {
  const child = start('backprop-explain', ['grade', '-']);
  child.stdin!.end('{"seed": 3, "u": [9, 9, 9, 9]}');
  const { code, stdout } = await finish(child);
  expect(code).toBe(7);
  expect(stdout).toMatch(/^u +wrong/m);
  const large = start('backprop-explain', ['grade', '-']);
  large.stdin!.on('error', () => {}).end(' '.repeat(100_000));
  expect((await finish(large)).stderr).toContain('stdin: expected a file of answers of at most');
});
