import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { createWorksheet } from '../../../src/explain/create-worksheet.js';
import { signAndTransposed, suspectsOf } from '../../../src/explain/suspects.js';
import { EN } from '../../../src/explain/words/en.js';
import { RU } from '../../../src/explain/words/ru.js';
import { answersOf } from '../../../src/explain/worksheet.js';
import { run, temporaryFolder } from '../process.js';

const student = fileURLToPath(new URL('student.mjs', import.meta.url));
let cwd: string;

beforeEach(() => {
  cwd = temporaryFolder();
});

const show = (...args: string[]) =>
  run('backprop-explain', args, { cwd, env: { BACKPROP_LANG: 'ru' } });

/** Latin words that belong into Russian text: formulas, names of fields, files, flags and commands. */
const LATIN =
  /^(all|answers|backprop|csv|exp|explain|grade|hidden|html|json|key|labels|ln|log|lr|marks|max|min|null|reshape|ReLU|SGD|seed|sheets|size|softmax|Softmax|table)$/;

/** Words of another language; what has a `_` is the name of a quantity. */
function foreign(text: string): string[] {
  const words = text.replace(/\w*_\w*/g, '').match(/[A-Za-z]{2,}/g) ?? [];
  return words.filter((word) => !LATIN.test(word));
}

/** Nothing is left in English, decimals have commas, and so many columns are enough. */
function expectRussian(text: string, columns = 80): void {
  expect(foreign(text)).toEqual([]);
  expect(text).toMatch(/[а-яё]{4}/);
  expect(text.replaceAll('0.4286', '')).not.toMatch(/\d\.\d/);
  expect(text).not.toMatch(/undefined|\[object/);
  for (const line of text.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(columns);
}

describe('sheets and keys', () => {
  test.each([
    [[]],
    [['--answers']],
    [['--hidden', '3']],
    [['--hidden', '3', '--answers']],
    [['--size', '5x9', '--answers']],
  ])('worksheet %j', async (flags) => {
    const { code, stdout, stderr } = await show('worksheet', '--seed', '3', ...flags);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectRussian(stdout);
    expect(stdout).toMatch(/^Задание 3\. Сеть: \d/);
  });

  test('--lang en overrides the environment; JSON and the form have no language', async () => {
    const english = await run('backprop-explain', ['worksheet'], { cwd });
    expect((await show('worksheet', '--lang', 'en')).stdout).toBe(english.stdout);
    for (const flag of ['--json', '--form']) {
      const plain = await run('backprop-explain', ['worksheet', flag], { cwd });
      expect((await show('worksheet', flag)).stdout).toBe(plain.stdout);
    }
  });

  test('printed pages: language, title and text; the names of files stay', async () => {
    writeFileSync(join(cwd, 'names.txt'), 'Анна\n');
    for (const more of [[], ['--hidden', '2', '--size', '5x9']]) {
      const out = `sheets${more.length}`;
      const made = await show('worksheet', '--class', 'names.txt', '--out', out, ...more);
      expect(made).toMatchObject({ code: 0, stderr: '' });
      expectRussian(made.stdout.replaceAll(out, 'sheets'));
      expect(readdirSync(join(cwd, out))).toContain('all-sheets.html');
      for (const [file, title] of [
        ['01-Анна.html', 'Задание \\d{6}'],
        ['all-sheets.html', 'Задание \\d{6}'],
        ['key/key.html', 'Решение'],
      ] as const) {
        const page = readFileSync(join(cwd, out, file), 'utf8');
        expect(page).toContain('<html lang="ru">');
        expect(page).toMatch(new RegExp(`<title>${title}</title>`));
        const text = page.replace(/^[\s\S]*<body>/, '').replace(/<[^>]*>/g, '\n');
        expectRussian(text.replace(/&[a-z]+;/g, ''), Number.POSITIVE_INFINITY);
      }
    }
  });
});

describe('marks', () => {
  const answers = {
    ...{ seed: 3, student: 'Анна', u: [1, 2], v: ['a', 1, 1], dL_dv: [-0.5, 0.25, 0.25] },
    ...{ dL_db: [-0.5, 0.25, 0.25], dL_dW: [[1, 2], [3]], L: -1.5, dL_dx: [0, 0, 0, 1] },
  };

  test('of one: sentences on the terminal and in JSON, whose keys and verdicts stay', async () => {
    writeFileSync(join(cwd, 'a.json'), JSON.stringify(answers));
    const { code, stdout, stderr } = await show('grade', 'a.json');
    expect(code).toBe(7);
    expectRussian(stdout.replace('"a"', ''));
    expect(stdout).toMatch(/^u +неверно +нужно 4 числа, дано 2$/m);
    expect(stdout).toMatch(/^v +не прочитано +\[0\]: нужно число/m);
    expect(stdout).toMatch(/^dL_db +неверно +формула верна; следует из ошибки в dL_dv;/m);
    expect(stdout).toMatch(/^dL_du +нет ответа$/m);
    expect(stdout).toContain('дано -0,5000');
    expect(stderr).toMatch(/^error: 13 of 13 answers are not right\./);
    const { marks } = JSON.parse((await show('grade', 'a.json', '--json')).stdout);
    expect(marks[0]).toMatchObject({ verdict: 'wrong', likely: 'нужно 4 числа, дано 2' });
  });

  test('of a class: the table on the terminal and the file, whose first row stays', async () => {
    for (const [file, student] of Object.entries({ 'a.json': 'Анна', 'b.json': 'Пётр' })) {
      writeFileSync(join(cwd, file), JSON.stringify({ ...answers, student }));
    }
    const { code, stdout } = await show('grade', 'a.json', 'b.json', '--table', 'marks.csv');
    expect(code).toBe(0);
    expectRussian(stdout);
    expect(stdout).toContain('  верно  неверно  следует  не прочитано  нет ответа\n');
    const [head, row] = readFileSync(join(cwd, 'marks.csv'), 'utf8').split('\r\n');
    expect(head).toMatch(/^student,file,seed,right,of,u,v,/);
    expect(row).toMatch(/^Анна,a\.json,3,0,13,"неверно: нужно 4 числа, дано 2",не прочитано,нет/);
    expect(row).toContain(',следует из ошибки в dL_dv,');
  });

  test('of a program', async () => {
    const command = [process.execPath, student, 'sign'];
    const { code, stdout } = await show('check', '--require', 'dL_dx', '--', ...command);
    expect(code).toBe(7);
    expectRussian(stdout);
    expect(stdout).toMatch(/^v +3 +верно$/m);
    expect(stdout).toMatch(/^dL_dv +3 +неверно +неверный знак; впервые в примере 1, погрешность$/m);
    expect(stdout).toMatch(/^dL_dx +2×2 +нет ответа$/m);
  });

  test('every mistake that is known has a sentence, and another one than its neighbour', () => {
    const sheets = [
      createWorksheet(3, { classes: 3, inputs: 3 }),
      createWorksheet(19, { classes: 3, inputs: 3, hidden: 3 }),
    ];
    for (const sheet of sheets) {
      const answers = answersOf(sheet);
      for (const [name, suspects] of Object.entries(suspectsOf(sheet, {}))) {
        const { values, shape } = Object.entries(answers).find(([one]) => one === name)![1]!;
        const all = [...suspects!, ...signAndTransposed(values, shape)];
        const russian = all.map(([likely]) => likely(RU.grading));
        for (const sentence of russian) {
          expect(sentence).toMatch(/[а-яё]{4}/);
          expect(foreign(sentence)).toEqual([]);
        }
        const english = all.map(([likely]) => likely(EN.grading));
        expect(new Set(russian).size).toBe(new Set(english).size);
      }
    }
  });
});
