import { type Answers, answersOf, QUANTITIES } from '../../explain/answers.js';
import {
  createWorksheet,
  type Worksheet,
  type WorksheetPicture,
  type WorksheetSize,
} from '../../explain/worksheet.js';
import type { Floats } from '../../layers/floats.js';
import { heading, type Page, wrap } from '../../text/page.js';
import { type Context, pageFor } from '../context.js';
import { printLines } from '../output.js';
import { givenText, QUESTIONS, sizeInWords } from './given.js';
import { keyText } from './key.js';

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
  const text = () => (flags.answers ? keyText(sheet, page) : sheetText(sheet, page));
  const lines = flags.json ? [JSON.stringify(sheetJson(sheet, flags.answers))] : text();
  printLines(context.stdout, lines);
}

/** The network in full; with `answers` also the key, in the form that grade takes. */
function sheetJson(sheet: Worksheet, answers: true | undefined): object {
  const { seed, shape, parameters, pictures, lr } = sheet;
  const asList = ({ x, label }: WorksheetPicture) => ({
    x: nested(x.values, [x.rows, x.columns]),
    label,
  });
  const weights = shape.classes * shape.rows * shape.columns;
  const W = nested(parameters.subarray(0, weights), [shape.classes, shape.rows * shape.columns]);
  const b = [...parameters.subarray(weights)];
  const key = answersOf(sheet);
  const fields = QUANTITIES.map((name) => [name, nested(key[name].values, key[name].shape)]);
  return {
    ...{ event: 'worksheet', seed, ...shape, W, b, lr },
    pictures: pictures.map(asList),
    ...(answers ? { answers: Object.fromEntries(fields) } : {}),
  };
}

function nested(values: Floats, shape: readonly number[]): unknown {
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
  const questions = QUANTITIES.flatMap((name, n) => {
    const [question] = QUESTIONS[name];
    const lines = wrap(question, width - 5);
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
  const fields = QUANTITIES.map((name, n) => {
    const [rows, columns] = key[name].shape;
    const comma = n < QUANTITIES.length - 1 ? ',' : '';
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
