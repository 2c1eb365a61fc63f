import {
  ANSWER_NAMES,
  type AnswerName,
  type Answers,
  answersOf,
  createWorksheet,
  inWords,
  type Worksheet,
  type WorksheetPicture,
  type WorksheetSize,
} from '../../explain/worksheet.js';
import { type Quantity, quantityOf } from '../../quantities.js';
import { heading, type Page, table, wrap } from '../../text/page.js';
import { type Context, pageFor } from '../context.js';
import { printLines } from '../output.js';

/** The flags of `backprop-explain worksheet`. */
export interface WorksheetFlags {
  readonly seed: number;
  readonly size: WorksheetSize;
  readonly answers?: true | undefined;
  readonly json?: true | undefined;
  readonly color: boolean;
}

/** Writes a worksheet, or its key. */
export function showWorksheet(flags: WorksheetFlags, context: Context): void {
  const sheet = createWorksheet(flags.seed, flags.size);
  const page = pageFor(context, flags.color);
  const lines = flags.json
    ? [JSON.stringify(sheetJson(sheet, flags.answers))]
    : flags.answers
      ? keyText(sheet, page)
      : sheetText(sheet, page);
  printLines(context.stdout, lines);
}

/** The network in full; with `answers` also the key, in the form that grade takes. */
function sheetJson(sheet: Worksheet, answers: true | undefined): object {
  const { seed, shape, parameters, pictures, lr } = sheet;
  const { rows, columns, classes } = shape;
  const asList = ({ x, label }: WorksheetPicture) => ({
    x: nested(x.values, [x.rows, x.columns]),
    label,
  });
  const key = answersOf(sheet);
  const fields = ANSWER_NAMES.map((name) => [name, nested(key[name].values, key[name].shape)]);
  return {
    event: 'worksheet',
    seed,
    ...shape,
    W: nested(parameters.weight, [classes, rows * columns]),
    b: [...parameters.bias],
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

function sheetText(sheet: Worksheet, page: Page): string[] {
  const key = answersOf(sheet);
  const { width } = page;
  const questions = ANSWER_NAMES.flatMap((name, n) => {
    const lines = wrap(QUESTIONS[name][0], width - 5);
    const field = page.style('dim', `${name}, ${sizeInWords(key[name].shape)}`);
    const start = (i: number) => (i === 0 ? `${String(n + 1).padStart(2)}.  ` : '     ');
    return [...lines.map((line, i) => start(i) + line), `     ${field}`];
  });
  const advice =
    'Write the answers into a file such as answers.json. A number is a decimal with 3 places or more, ' +
    'or a text: "-3/7", "5/14 ln 2". What stays null is not answered.';
  return [
    ...givenText(sheet, page),
    ...heading(page, 'Find, in this order', 'name in the file, shape'),
    ...questions,
    ...heading(page, 'To have it checked', ''),
    ...wrap(advice, width),
    '',
    ...form(key, width),
    '',
    ...wrap(`backprop-explain grade answers.json ${flagsOf(sheet)}`, width),
  ];
}

/** The answers' file, still empty. JSON does not mind where a list is broken. */
function form(key: Answers, width: number): string[] {
  const row = (length: number): string => `[${Array(length).fill('null').join(', ')}]`;
  const fields = ANSWER_NAMES.map((name, n) => {
    const [rows, columns] = key[name].shape;
    const comma = n < ANSWER_NAMES.length - 1 ? ',' : '';
    if (rows === undefined) return [`  "${name}": null${comma}`];
    if (columns === undefined) return wrap(`"${name}": ${row(rows)}${comma}`, width, '  ');
    const lines = Array.from({ length: rows }, (_, r) => row(columns) + (r < rows - 1 ? ',' : ''));
    const body = lines.flatMap((line) => wrap(line, width, '    '));
    return [`  "${name}": [`, ...body, `  ]${comma}`];
  });
  return ['{', ...fields.flat(), '}'];
}

/** The flags that name this sheet. */
function flagsOf({ seed, shape: { rows, columns, classes } }: Worksheet): string {
  const size = `${classes}x${rows * columns}`;
  return `--seed ${seed}${size === '3x4' ? '' : ` --size ${size}`}`;
}

/** What is asked, with the formula that answers it. */
const QUESTIONS: Readonly<Record<AnswerName, readonly [question: string, formula: string]>> = {
  u: ['The vector u.', `${formula('u')}, row by row`],
  v: ['The scores v.', formula('v')],
  y: ['The probabilities y.', formula('y')],
  L: ['The log-likelihood L, a decimal.', formula('L')],
  dL_dy: ['∂L/∂y.', formula('dL_dy')],
  dy_dv: ['The Jacobian ∂y/∂v.', formula('dy_dv')],
  dL_dv: [
    '∂L/∂v: as a product with the Jacobian, and as labels − y. Do they agree?',
    `${formula('dL_dv_by_jacobian')} = labels − y`,
  ],
  dL_du: ['∂L/∂u.', formula('dL_du')],
  dL_db: ['∂L/∂b.', formula('dL_db')],
  dL_dW: ['∂L/∂W. Why is it not (∂v/∂W)ᵀ ∂L/∂v?', formula('dL_dW')],
  dL_dx: ['∂L/∂x, of the shape of x.', formula('dL_dx')],
  batch_dL_db: [
    'Take x and x′ as a batch of two: ∂L/∂b of the batch.',
    'the mean of both ∂L/∂b, not the sum',
  ],
  new_b: [
    'One SGD step on that batch: the new b, in decimals. In which direction does it go, and why?',
    'b + lr · ∂L/∂b of the batch: up on L, down on the loss −L',
  ],
};

function formula(key: Quantity['key']): string {
  return quantityOf(key).formula;
}

/** The network and the pictures. */
function givenText(sheet: Worksheet, page: Page): string[] {
  const { M, c, shape, pictures, lr, seed } = sheet;
  const { rows, columns, classes: K } = shape;
  const D = rows * columns;
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
  const hint =
    'exp(n ln 2) = 2ⁿ, so all but L and the new b are fractions, some times ln 2 = 0.6931. ' +
    'Classes count from 0.';
  return [
    ...wrap(
      `Worksheet ${seed}: a network of ${D} pixels and ${K} classes, x → u → v → y → L.`,
      page.width,
    ),
    ...wrap(hint, page.width),
    ...heading(page, 'Given', `W ${K}×${D}, b ${K}, x ${rows}×${columns}`),
    ...matrix('  W = ln 2 ·', rowsOf(M.map(String), D)),
    '',
    ...matrix('  b = ln 2 ·', rowsOf(c.map(String), K)),
    '',
    ...matrix('  x  =', picture(first)),
    `  its class: ${first.label}`,
    '',
    ...matrix('  x′ =', picture(second)),
    ...wrap(
      `its class: ${second.label}, for the batch at the end; lr = ${half(lr)}`,
      page.width,
      '  ',
    ),
  ];
}

/** `3 numbers`, `3×4, a list of rows` */
function sizeInWords(shape: readonly number[]): string {
  if (shape.length === 0) return 'a number';
  return shape.length === 1 ? `${shape[0]} numbers` : `${shape.join('×')}, a list of rows`;
}

/** The key of a worksheet: fractions, and below them decimals. */
function keyText(sheet: Worksheet, page: Page): string[] {
  const key = answersOf(sheet);
  const answers = ANSWER_NAMES.flatMap((name, n) => {
    const { shape, values } = key[name];
    const words = Array.from(values, (value) => inWords(value, key[name]));
    const decimals = (value: number): string => value.toFixed(4).replace(/^-(0\.0000)$/, '$1');
    const columns = shape[1] ?? values.length;
    const fraction = words.some((word) => /[/n]/.test(word));
    const exact = inRows(words, columns);
    const rounded = fraction ? inRows(Array.from(values, decimals), columns) : [];
    const lines = fitted([...exact, ...rounded], page.width);
    return [
      ...heading(page, `${n + 1}. ${QUESTIONS[name][1]}`, `${name}, ${sizeInWords(shape)}`),
      ...lines.slice(0, exact.length).flat(),
      ...lines
        .slice(exact.length)
        .flat()
        .map((line) => page.style('dim', line)),
    ];
  });
  return [...givenText(sheet, page), ...answers];
}

function inRows(cells: readonly string[], columns: number): string[][] {
  return Array.from({ length: cells.length / columns }, (_, r) =>
    cells.slice(r * columns, (r + 1) * columns),
  );
}

/** Each row as a line of a table, or, where that is too wide, as a list over several lines. */
function fitted(rows: readonly string[][], width: number): string[][] {
  const lines = table(rows.map((row) => ['    ', ...row]));
  if (lines.every((line) => line.length <= width)) return lines.map((line) => [line]);
  return rows.map((row) => {
    const list = `[${row.map((cell) => cell.replaceAll(' ', '\u00a0')).join(', ')}]`;
    return wrap(list, width, '    ').map((line) => line.replaceAll('\u00a0', ' '));
  });
}
