import { createWorksheet } from '../../explain/create-worksheet.js';
import { wordsIn } from '../../explain/words/language.js';
import type { Letters, Words } from '../../explain/words/words.js';
import {
  type Answer,
  type AnswerName,
  answerNames,
  answersOf,
  hiddenLayersOf,
  inWords,
  nameOfSize,
  type Question,
  questionsOf,
  type WholeLayer,
  type Worksheet,
  type WorksheetPicture,
  type WorksheetSize,
} from '../../explain/worksheet.js';
import { letter } from '../../quantities.js';
import { heading, table, wrap } from '../../text/page.js';
import { type Context, pageFor } from '../context.js';
import type { LanguageOptions } from '../options.js';
import { printLines } from '../output.js';
import type { ExplainPage } from './page.js';

/** The flags of `backprop-explain worksheet`. */
export interface WorksheetFlags extends LanguageOptions {
  readonly seed: number;
  readonly size: WorksheetSize;
  readonly answers?: true | undefined;
  /** Only the blank file of answers. */
  readonly form?: true | undefined;
  readonly json?: true | undefined;
  readonly color: boolean;
}

/** Writes a worksheet, or its key. */
export async function showWorksheet(flags: WorksheetFlags, context: Context): Promise<void> {
  const sheet = createWorksheet(flags.seed, flags.size);
  const page = { ...pageFor(context, flags.color), words: await wordsIn(flags.lang) };
  const lines = flags.json
    ? [JSON.stringify(sheetJson(sheet, flags.answers))]
    : flags.answers
      ? keyText(sheet, page)
      : flags.form
        ? formOf(sheet, page.width)
        : sheetText(sheet, page);
  printLines(context.stdout, lines);
}

/** A question with its right answer. */
export interface Asked extends Question {
  readonly answer: Answer;
  /** What is asked, and the formula that answers it. */
  readonly text: string;
  readonly formula: string;
}

/** All questions of a sheet, in the order in which they are asked. */
export function askedOf(sheet: Worksheet, words: Words): Asked[] {
  const answers = answersOf(sheet);
  const last = hiddenLayersOf(sheet);
  return questionsOf(last).map((question) => {
    const answer = answers[question.name]!;
    return { ...question, answer, ...inSentences(question, last, words) };
  });
}

/** The key, each answer with its name. */
function answersInOrder(sheet: Worksheet): [AnswerName, Answer][] {
  const answers = answersOf(sheet);
  return answerNames(hiddenLayersOf(sheet)).map((name) => [name, answers[name]!]);
}

/** The network in full; with `answers` also the key, in the form that grade takes. */
function sheetJson(sheet: Worksheet, answers: true | undefined): object {
  const { seed, shape, parameters, pictures, lr, hidden } = sheet;
  const asList = ({ x, label }: WorksheetPicture) => ({
    x: nested(x.values, [x.rows, x.columns]),
    label,
  });
  const W = parameters.linear.map(({ weight, bias }) =>
    nested(weight, [bias.length, weight.length / bias.length]),
  );
  const b = parameters.linear.map(({ bias }) => [...bias]);
  const fields = answersInOrder(sheet).map(([name, { values, shape }]) => [
    name,
    nested(values, shape),
  ]);
  return {
    event: 'worksheet',
    seed,
    ...shape,
    ...(hidden ? { W, b } : { W: W[0], b: b[0] }),
    lr,
    pictures: pictures.map(asList),
    ...(answers ? { answers: Object.fromEntries(fields) } : {}),
  };
}

function nested(values: Float64Array, shape: readonly number[]): unknown {
  const [rows, columns] = shape;
  if (rows === undefined) return values[0];
  if (columns === undefined) return [...values];
  return Array.from({ length: rows }, (_, r) => [
    ...values.subarray(r * columns, (r + 1) * columns),
  ]);
}

function sheetText(sheet: Worksheet, page: ExplainPage): string[] {
  const { width, words } = page;
  const asked = askedOf(sheet, words);
  const { find, findNote, size, toCheck, advice } = words.sheet;
  const questions = asked.flatMap(({ name, text, answer }, n) => {
    const lines = wrap(text, width - 5);
    const field = page.style('dim', `${name}, ${size(answer.shape)}`);
    const start = (i: number) => (i === 0 ? `${String(n + 1).padStart(2)}.  ` : '     ');
    return [...lines.map((line, i) => start(i) + line), `     ${field}`];
  });
  return [
    ...givenText(sheet, page),
    ...heading(page, find, findNote),
    ...questions,
    ...heading(page, toCheck, ''),
    ...wrap(advice, width),
    '',
    ...formOf(sheet, width),
    '',
    'backprop-explain grade answers.json',
  ];
}

/**
 * The answers' file, still empty: which sheet it answers, and a field for each question. JSON does not
 * mind where a list is broken.
 * @param student whose it is
 */
export function formOf(sheet: Worksheet, width: number, student?: string): string[] {
  const asked = answersInOrder(sheet);
  const { rows, columns, classes, hidden } = sheet.shape;
  const which = {
    ...(student === undefined ? {} : { student }),
    seed: sheet.seed,
    size: nameOfSize({ classes, inputs: rows * columns }),
    ...(hidden ? { hidden: hidden[0] } : {}),
  };
  const head = Object.entries(which).map(
    ([name, value]) => `  "${name}": ${JSON.stringify(value)},`,
  );
  const row = (length: number): string => `[${Array(length).fill('null').join(', ')}]`;
  const fields = asked.map(([name, { shape }], n) => {
    const [rows, columns] = shape;
    const comma = n < asked.length - 1 ? ',' : '';
    if (rows === undefined) return [`  "${name}": null${comma}`];
    if (columns === undefined) return wrap(`"${name}": ${row(rows)}${comma}`, width, '  ');
    const lines = Array.from({ length: rows }, (_, r) => row(columns) + (r < rows - 1 ? ',' : ''));
    const body = lines.flatMap((line) => wrap(line, width, '    '));
    return [`  "${name}": [`, ...body, `  ]${comma}`];
  });
  return ['{', ...head, ...fields.flat(), '}'];
}

/** What is asked, and the formula that answers it, in a network with `last` hidden layers. */
function inSentences(
  { key, layer, quantity }: Question,
  last: number,
  { sheet, rowByRow }: Words,
): { text: string; formula: string } {
  const letters = lettersOf(layer, last);
  const { b, v } = letters;
  const ask =
    layer < last && (key === 'v' || key === 'dL_dv')
      ? sheet.questionsOfUnits[key]
      : sheet.questions[key];
  const text = ask(letters);
  if (quantity && key === 'u') return { text, formula: rowByRow(quantity.formula) };
  if (key === 'batch_dL_db') return { text, formula: sheet.meanNotSum(`∂L/∂${b}`) };
  if (key === 'new_b') return { text, formula: sheet.upOnL(`${b} + lr · ∂L/∂${b}`) };
  const bothWays = `∂L/∂${v} = (∂y/∂${v})ᵀ ∂L/∂y = labels − y`;
  const isLastScore = key === 'dL_dv' && layer === last;
  return { text, formula: isLastScore ? bothWays : (quantity?.formula ?? '') };
}

/** The letters of a linear layer, from 0, in a network with `last` hidden layers. */
export function lettersOf(layer: number, last: number): Letters {
  const [W, b, v, h] = (['W', 'b', 'v', 'h'] as const).map((name) => letter(name, layer, last)[0]);
  return { W: W!, b: b!, v: v!, h: h! };
}

/** How the network is made up, what kind of numbers the answers are, and which pictures there are. */
export function introduction(
  { shape, hidden, lr, pictures }: Worksheet,
  { sheet }: Words,
): Readonly<Record<'network' | 'exact' | 'pictures', string>> {
  const { rows, columns, classes } = shape;
  const [last, chain] = hidden ? [1, 'x → u → v¹ → h¹ → v² → y → L'] : [0, 'x → u → v → y → L'];
  const [first, second] = pictures;
  return {
    network: sheet.network(rows * columns, hidden?.c.length, classes, chain),
    exact: sheet.exact(lettersOf(last, last).b),
    pictures: sheet.pictures(first.label, second.label, `1/${Math.round(1 / lr)}`),
  };
}

/** The network and the pictures. */
function givenText(sheet: Worksheet, page: ExplainPage): string[] {
  const { M, c, hidden, shape, pictures, seed } = sheet;
  const { rows, columns } = shape;
  const { words } = page;
  const [first, second] = pictures;
  const matrix = (name: string, lines: string[]): string[] => {
    const wide = name.length + 1 + lines[0]!.length > page.width;
    if (wide) return [name, ...lines.map((line) => `    ${line}`)];
    return lines.map((line, r) => `${r === 0 ? name : ' '.repeat(name.length)} ${line}`);
  };
  const rowsOf = (values: ArrayLike<string>, width: number): string[] =>
    table(
      Array.from({ length: values.length / width }, (_, r) => [
        '[',
        ...Array.from({ length: width }, (_, j) => values[r * width + j]!),
        ']',
      ]),
      1,
    );
  const half = (value: number): string => (value === 0.5 ? '1/2' : String(value));
  const picture = ({ x }: WorksheetPicture): string[] =>
    rowsOf(Array.from(x.values, half), columns);
  const last = hiddenLayersOf(sheet);
  const layers: readonly (readonly [WholeLayer, string])[] = hidden
    ? [
        [hidden, ''],
        [{ M, c }, ' ln 2 ·'],
      ]
    : [[{ M, c }, ' ln 2 ·']];
  const given = layers.map(([{ M, c }, factor], l) => {
    const { W, b } = lettersOf(l, last);
    const inputs = M.length / c.length;
    return {
      size: `${W} ${c.length}×${inputs}, ${b} ${c.length}`,
      lines: [
        ...matrix(`  ${W} =${factor}`, rowsOf(M.map(String), inputs)),
        '',
        ...matrix(`  ${b} =${factor}`, rowsOf(c.map(String), c.length)),
        '',
      ],
    };
  });
  const about = introduction(sheet, words);
  const sizes = `${given.map(({ size }) => size).join(', ')}, x ${rows}×${columns}`;
  return [
    ...wrap(`${words.sheet.worksheet} ${seed}. ${about.network}`, page.width),
    ...wrap(about.exact, page.width),
    ...heading(page, words.sheet.given, sizes),
    ...given.flatMap(({ lines }) => lines),
    ...matrix('  x  =', picture(first)),
    '',
    ...matrix('  x′ =', picture(second)),
    '',
    ...wrap(about.pictures, page.width),
  ];
}

/** The key of a worksheet: fractions, and below them decimals. */
function keyText(sheet: Worksheet, page: ExplainPage): string[] {
  const { size, separator } = page.words.sheet;
  const { decimal } = page.words.numbers;
  const answers = askedOf(sheet, page.words).flatMap(({ name, formula, answer }, n) => {
    const { shape, values } = answer;
    const words = Array.from(values, (value) => decimal(inWords(value, answer)));
    const decimals = (value: number): string => decimal(inDecimals(value));
    const columns = shape[1] ?? values.length;
    const fraction = words.some((word) => /[/n]/.test(word));
    const exact = inRows(words, columns);
    const rounded = fraction ? inRows(Array.from(values, decimals), columns) : [];
    const lines = fitted([...exact, ...rounded], page.width, separator);
    return [
      ...heading(page, `${n + 1}. ${formula}`, `${name}, ${size(shape)}`),
      ...lines.slice(0, exact.length).flat(),
      ...lines
        .slice(exact.length)
        .flat()
        .map((line) => page.style('dim', line)),
    ];
  });
  return [...givenText(sheet, page), ...answers];
}

/** Four places, and no −0. */
export function inDecimals(value: number): string {
  return value.toFixed(4).replace(/^-(0\.0000)$/, '$1');
}

function inRows(cells: readonly string[], columns: number): string[][] {
  return Array.from({ length: cells.length / columns }, (_, r) =>
    cells.slice(r * columns, (r + 1) * columns),
  );
}

/** Each row as a line of a table, or, where that is too wide, as a list over several lines. */
function fitted(rows: readonly string[][], width: number, separator: string): string[][] {
  const lines = table(rows.map((row) => ['    ', ...row]));
  if (lines.every((line) => line.length <= width)) return lines.map((line) => [line]);
  return rows.map((row) => {
    const list = `[${row.map((cell) => cell.replaceAll(' ', '\u00a0')).join(separator)}]`;
    return wrap(list, width, '    ').map((line) => line.replaceAll('\u00a0', ' '));
  });
}
