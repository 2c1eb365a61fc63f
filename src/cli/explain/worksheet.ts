import {
  type Answer,
  answersOf,
  createWorksheet,
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
import { heading, type Page, table, wrap } from '../../text/page.js';
import { type Context, pageFor } from '../context.js';
import { printLines } from '../output.js';

/** The flags of `backprop-explain worksheet`. */
export interface WorksheetFlags {
  readonly seed: number;
  readonly size: WorksheetSize;
  readonly answers?: true | undefined;
  /** Only the blank file of answers. */
  readonly form?: true | undefined;
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
export function askedOf(sheet: Worksheet): Asked[] {
  const answers = answersOf(sheet);
  const last = hiddenLayersOf(sheet);
  return questionsOf(last).map((question) => {
    const [text, formula] = inSentences(question, last);
    return { ...question, answer: answers[question.name]!, text, formula };
  });
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
  const fields = askedOf(sheet).map(({ name, answer }) => [
    name,
    nested(answer.values, answer.shape),
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

function sheetText(sheet: Worksheet, page: Page): string[] {
  const asked = askedOf(sheet);
  const { width } = page;
  const questions = asked.flatMap(({ name, text, answer }, n) => {
    const lines = wrap(text, width - 5);
    const field = page.style('dim', `${name}, ${sizeInWords(answer.shape)}`);
    const start = (i: number) => (i === 0 ? `${String(n + 1).padStart(2)}.  ` : '     ');
    return [...lines.map((line, i) => start(i) + line), `     ${field}`];
  });
  const advice =
    'Write the answers into a file such as answers.json. A number is a decimal with 3 places or more, ' +
    'or a text: "-3/7", "5/14 ln 2", "ln(2/5)", "20%". What stays null is not answered.';
  return [
    ...givenText(sheet, page),
    ...heading(page, 'Find, in this order', 'name in the file, shape'),
    ...questions,
    ...heading(page, 'To have it checked', ''),
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
  const asked = askedOf(sheet);
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
  const fields = asked.map(({ name, answer }, n) => {
    const [rows, columns] = answer.shape;
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
function inSentences({ key, layer, quantity }: Question, last: number): [string, string] {
  const [W, b, v, h] = ['W', 'b', 'v', 'h'].map((name) => letter(name, layer, last)[0]);
  const formula = quantity?.formula ?? '';
  switch (key) {
    case 'u':
      return ['The vector u.', `${formula}, row by row`];
    case 'v':
      return [`The scores ${v}.`, formula];
    case 'h':
      return [`The outputs ${h}. Which units are on?`, formula];
    case 'y':
      return ['The probabilities y.', formula];
    case 'L':
      return ['The log-likelihood L, a decimal.', formula];
    case 'dL_dy':
      return ['∂L/∂y.', formula];
    case 'dy_dv':
      return [`The Jacobian ∂y/∂${v}.`, formula];
    case 'dL_dv': {
      if (layer < last) return [`∂L/∂${v}. What does a unit get that is off?`, formula];
      const product = `∂L/∂${v} = (∂y/∂${v})ᵀ ∂L/∂y = labels − y`;
      return [
        `∂L/∂${v}: as a product with the Jacobian, and as labels − y. Do they agree?`,
        product,
      ];
    }
    case 'dL_dh':
      return [`∂L/∂${h}.`, formula];
    case 'dL_du':
      return ['∂L/∂u.', formula];
    case 'dL_db':
      return [`∂L/∂${b}.`, formula];
    case 'dL_dW':
      return [`∂L/∂${W}. Why is it not (∂${v}/∂${W})ᵀ ∂L/∂${v}?`, formula];
    case 'dL_dx':
      return ['∂L/∂x, of the shape of x.', formula];
    case 'batch_dL_db':
      return [
        `Take x and x′ as a batch of two: ∂L/∂${b} of the batch.`,
        `the mean of both ∂L/∂${b}, not the sum`,
      ];
    case 'new_b':
      return [
        `One SGD step on that batch: the new ${b}, in decimals. In which direction does it go, and why?`,
        `${b} + lr · ∂L/∂${b} of the batch: up on L, down on the loss −L`,
      ];
  }
}

/** The network and the pictures. */
function givenText(sheet: Worksheet, page: Page): string[] {
  const { M, c, hidden, shape, pictures, lr, seed } = sheet;
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
  const last = hiddenLayersOf(sheet);
  const hint =
    `exp(n ln 2) = 2ⁿ, so all but L and the new ${letter('b', last, last)[0]} are fractions, some times ln 2 = 0.6931. ` +
    'Classes count from 0.';
  const layers: readonly (readonly [WholeLayer, string])[] = hidden
    ? [
        [hidden, ''],
        [{ M, c }, ' ln 2 ·'],
      ]
    : [[{ M, c }, ' ln 2 ·']];
  const given = layers.map(([{ M, c }, factor], l) => {
    const [W, b] = ['W', 'b'].map((name) => letter(name, l, last)[0]);
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
  const [parts, chain] = hidden
    ? [
        `${D} pixels, ${hidden.c.length} hidden units and ${K} classes`,
        'x → u → v¹ → h¹ → v² → y → L',
      ]
    : [`${D} pixels and ${K} classes`, 'x → u → v → y → L'];
  return [
    ...wrap(`Worksheet ${seed}: a network of ${parts}, ${chain}.`, page.width),
    ...wrap(hint, page.width),
    ...heading(page, 'Given', `${given.map(({ size }) => size).join(', ')}, x ${rows}×${columns}`),
    ...given.flatMap(({ lines }) => lines),
    ...matrix('  x  =', picture(first)),
    `  its class: ${first.label}`,
    '',
    ...matrix('  x′ =', picture(second)),
    ...wrap(
      `its class: ${second.label}, for the batch at the end; lr = 1/${Math.round(1 / lr)}`,
      page.width,
      '  ',
    ),
  ];
}

/** `3 numbers`, `3×4, a list of rows` */
export function sizeInWords(shape: readonly number[]): string {
  if (shape.length === 0) return 'a number';
  return shape.length === 1 ? `${shape[0]} numbers` : `${shape.join('×')}, a list of rows`;
}

/** The key of a worksheet: fractions, and below them decimals. */
function keyText(sheet: Worksheet, page: Page): string[] {
  const answers = askedOf(sheet).flatMap(({ name, formula, answer }, n) => {
    const { shape, values } = answer;
    const words = Array.from(values, (value) => inWords(value, answer));
    const decimals = (value: number): string => value.toFixed(4).replace(/^-(0\.0000)$/, '$1');
    const columns = shape[1] ?? values.length;
    const fraction = words.some((word) => /[/n]/.test(word));
    const exact = inRows(words, columns);
    const rounded = fraction ? inRows(Array.from(values, decimals), columns) : [];
    const lines = fitted([...exact, ...rounded], page.width);
    return [
      ...heading(page, `${n + 1}. ${formula}`, `${name}, ${sizeInWords(shape)}`),
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
