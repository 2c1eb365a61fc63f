import { BackpropError, ExitCode, FileError } from '../../errors.js';
import { grade, type Mark } from '../../explain/grading.js';
import type { Given, GivenAnswers } from '../../explain/suspects.js';
import {
  type AnswerName,
  answerNames,
  createWorksheet,
  hiddenLayersOf,
  type WorksheetSize,
} from '../../explain/worksheet.js';
import { decodeText, parseObject, type Refusal, show } from '../../files/json.js';
import { readRegularFile } from '../../files/regular.js';
import { short } from '../../text/numbers.js';
import { type Page, widest, wrap } from '../../text/page.js';
import { type Context, pageFor } from '../context.js';
import { printLines } from '../output.js';

/** The flags of `backprop-explain grade`. */
export interface GradeFlags {
  readonly seed: number;
  readonly size: WorksheetSize;
  readonly json?: true | undefined;
  readonly color: boolean;
}

/**
 * Checks a file of answers and says of each what it is.
 * @throws FileError (exit 4) if it cannot be read; BackpropError (exit 7), after the marks, unless
 *   all is right
 */
export async function gradeAnswers(
  path: string,
  { seed, size, json, color }: GradeFlags,
  context: Context,
): Promise<void> {
  const sheet = createWorksheet(seed, size);
  const names = answerNames(hiddenLayersOf(sheet));
  const marks = grade(sheet, await readAnswers(path, names));
  const right = marks.filter(({ verdict }) => verdict === 'right').length;
  const lines = json
    ? [JSON.stringify({ event: 'grade', seed, ...sheet.shape, right, of: marks.length, marks })]
    : gradeText(marks, pageFor(context, color));
  printLines(context.stdout, lines);
  if (right === marks.length) return;
  throw new BackpropError(`${marks.length - right} of ${marks.length} answers are not right`, {
    code: 'ERR_NOT_RIGHT',
    exitCode: ExitCode.belowMinimum,
    hint: 'correct them from the top down: later ones follow from earlier ones',
  });
}

const VERDICT_WIDTH = 'missing'.length;

function gradeText(marks: readonly Mark[], { width, style }: Page): string[] {
  const nameWidth = widest(marks.map(({ quantity }) => quantity));
  return marks.flatMap(({ quantity, verdict, likely, at }) => {
    const colour = verdict === 'right' ? 'green' : verdict === 'wrong' ? 'red' : 'yellow';
    const start = `${quantity.padEnd(nameWidth)}  ${verdict.padEnd(VERDICT_WIDTH)}`;
    const place = at
      ? `; first at ${quantity}${at.index.map((i) => `[${i}]`).join('')}, ${short(at.given)}`
      : '';
    const remark = likely === '' ? [] : wrap(likely + place, width - start.length - 2);
    const [first = '', ...rest] = remark;
    const indent = ' '.repeat(start.length + 2);
    const head =
      start.slice(0, nameWidth + 2) + style(colour, start.slice(nameWidth + 2).trimEnd());
    const padding = ' '.repeat(VERDICT_WIDTH - verdict.length + 2);
    return [first === '' ? head : head + padding + first, ...rest.map((line) => indent + line)];
  });
}

/** A full sheet of the largest size takes 3 kB. */
const MOST_BYTES = 65_536;
const MOST_VALUES = 1000;
const HINT = '`backprop-explain worksheet` ends with the form of this file';
const REFUSAL: Refusal = { error: FileError, hint: HINT };

/**
 * A student's answers to a worksheet.
 * @throws FileError (exit 4) naming file and field if it is no such file
 */
async function readAnswers(path: string, names: readonly AnswerName[]): Promise<GivenAnswers> {
  const expected = { what: 'a file of answers', maximum: MOST_BYTES, ...REFUSAL };
  const bytes = await readRegularFile(path, expected);
  return parseAnswers(decodeText(bytes, path, REFUSAL), path, names);
}

/** @param file name for messages @param names of the worksheet's answers @throws FileError */
export function parseAnswers(
  text: string,
  file: string,
  names: readonly AnswerName[],
): GivenAnswers {
  const value = parseObject(text, file, { ...REFUSAL, maxValues: MOST_VALUES });
  const answers: Partial<Record<AnswerName, Given>> = {};
  for (const [name, given] of Object.entries(value)) {
    const answer = names.find((known) => known === name);
    if (answer === undefined) {
      const shown = JSON.stringify(name.slice(0, 40));
      throw refusal(`${file}: unknown field ${shown}, expected ${names.join(', ')}`);
    }
    const read = readGiven(given, `${file}: ${name}`);
    if (read) answers[answer] = read;
  }
  return answers;
}

/** A number, a list, or a list of rows; undefined where a null is left in it. */
function readGiven(value: unknown, place: string): Given | undefined {
  const flat: unknown[] = [];
  const shape: number[] = [];
  if (!Array.isArray(value)) {
    flat.push(value);
  } else if (value.some(Array.isArray)) {
    shape.push(value.length, Array.isArray(value[0]) ? value[0].length : 0);
    for (const [r, row] of value.entries()) {
      if (!Array.isArray(row) || row.length !== shape[1]) {
        throw refusal(`${place}[${r}]: expected a row as long as the first, found ${show(row)}`);
      }
      for (const entry of row) flat.push(entry);
    }
  } else {
    shape.push(value.length);
    for (const entry of value) flat.push(entry);
  }
  const values: number[] = [];
  for (const [p, entry] of flat.entries()) {
    const index = shape[1] === undefined ? [p] : [Math.floor(p / shape[1]), p % shape[1]];
    const at = shape.length === 0 ? '' : index.map((i) => `[${i}]`).join('');
    if (entry !== null) values.push(readNumber(entry, place + at));
  }
  return values.length === flat.length ? { shape, values } : undefined;
}

const DECIMAL = String.raw`\d{1,15}(?:\.\d{1,15})?`;
const TEXT = new RegExp(`^([-−]?)(?:(${DECIMAL})(?: ?/ ?(${DECIMAL}))?)?( ?[*·]? ?ln ?2)?$`);

/** 0.4286, "3/7", "-5/14 ln 2", "ln 2". */
function readNumber(value: unknown, place: string): number {
  const number = typeof value === 'string' ? textValue(value.trim()) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw refusal(
    `${place}: expected a number, or a text such as "-3/7" or "5/14 ln 2", found ${show(value)}`,
  );
}

function textValue(text: string): number {
  const match = TEXT.exec(text);
  if (!match) return Number.NaN;
  const [, sign, above, below = '1', ln2] = match;
  if (above === undefined && ln2 === undefined) return Number.NaN;
  const size = (Number(above ?? 1) / Number(below)) * (ln2 === undefined ? 1 : Math.LN2);
  return sign === '' ? size : -size;
}

function refusal(message: string): FileError {
  return new FileError(message, { hint: HINT });
}
