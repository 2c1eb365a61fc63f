import { FileError, UsageError } from '../../errors.js';
import type { Unreadable } from '../../explain/grading.js';
import type { Given, GivenAnswers } from '../../explain/suspects.js';
import type { GradingWords } from '../../explain/words/words.js';
import {
  type AnswerName,
  answerNames,
  nameOfSize,
  sizeFromName,
  type WorksheetSize,
} from '../../explain/worksheet.js';
import { decodeText, parseObject, placeIn, type Refusal, show } from '../../files/json.js';
import { readRegularFile } from '../../files/regular.js';
import { type Context, readStdin } from '../context.js';

/** Which worksheet, as far as the flags say. */
export interface SheetFlags {
  readonly seed?: number | undefined;
  readonly size?: WorksheetSize | undefined;
  readonly hidden?: number | undefined;
}

/** What stands in a file of answers. */
export interface AnswerFile {
  readonly seed: number;
  readonly size: WorksheetSize;
  /** Whose they are, if the file says so. */
  readonly student: string | undefined;
  readonly answers: GivenAnswers;
  readonly unreadable: Unreadable;
}

/** A full sheet of the largest size takes 3 kB. */
const MOST_BYTES = 65_536;
const MOST_VALUES = 1000;
const MOST_NAME = 200;
const HINT = '`backprop-explain worksheet --form` writes the form of this file';
const REFUSAL: Refusal = { error: FileError, hint: HINT };
const FORMS = '0.4286, "-3/7", "5/14 ln 2", "ln(2/5)", "20%"';
export const DEFAULT_SIZE: WorksheetSize = { classes: 3, inputs: 4 };

/**
 * A student's answers to a worksheet.
 * @param path `-` is standard input
 * @throws FileError (exit 4) naming file and field if it is no such file; UsageError as parseAnswers
 */
export async function readAnswers(
  path: string,
  flags: SheetFlags,
  words: GradingWords,
  context: Context,
): Promise<AnswerFile> {
  const expected = { what: 'a file of answers', maximum: MOST_BYTES, ...REFUSAL };
  const file = path === '-' ? 'stdin' : path;
  const bytes =
    path === '-' ? await readStdin(context, expected) : await readRegularFile(path, expected);
  return parseAnswers(decodeText(bytes, file, REFUSAL), file, flags, words);
}

/**
 * @param file name for messages
 * @param words for what is unreadable
 * @throws FileError; UsageError where file and flags name two worksheets, or neither names one
 */
export function parseAnswers(
  text: string,
  file: string,
  flags: SheetFlags,
  words: GradingWords,
): AnswerFile {
  refuseUnquoted(text, file);
  const value = parseObject(text, file, { ...REFUSAL, maxValues: MOST_VALUES });
  const { student, seed, size, hidden, ...fields } = value;
  const sheet = sheetOf({ seed, size, hidden }, file, flags);
  if (student !== undefined && (typeof student !== 'string' || student.length > MOST_NAME)) {
    throw refusal(`${file}: student: expected a name, found ${show(student)}`);
  }
  const names = answerNames(sheet.size.hidden === undefined ? 0 : 1);
  const answers: Partial<Record<AnswerName, Given>> = {};
  const unreadable: Partial<Record<AnswerName, string>> = {};
  for (const [name, given] of Object.entries(fields)) {
    const answer = names.find((known) => known === name);
    if (answer === undefined) {
      const shown = JSON.stringify(name.slice(0, 40));
      throw refusal(`${file}: unknown field ${shown}, expected ${names.join(', ')}`);
    }
    const read = readGiven(given, words);
    if (typeof read === 'string') unreadable[answer] = read;
    else if (read) answers[answer] = read;
  }
  return { ...sheet, student, answers, unreadable };
}

/** `[1/2, 1]` is no JSON, and the commonest slip in these files. */
function refuseUnquoted(text: string, file: string): void {
  const bare = text.replace(/"(?:[^"\\\n]|\\.)*"/g, (quoted) => ' '.repeat(quoted.length));
  const found = /[-−]?\d{1,15}(?:\.\d{1,15})? {0,3}\/ {0,3}\d{1,15}|[-−]?\bln\b|\d{1,15}%/.exec(
    bare,
  );
  if (!found) return;
  const place = placeIn(text, found.index);
  throw new FileError(`${file}: ${found[0]} at ${place} is no JSON`, {
    hint: 'put fractions in quotes, such as "1/2", and all that is no plain decimal',
  });
}

/** The worksheet that the file names and the flags do not contradict. */
function sheetOf(
  given: { readonly seed: unknown; readonly size: unknown; readonly hidden: unknown },
  file: string,
  flags: SheetFlags,
): { seed: number; size: WorksheetSize } {
  const seed = wholeNumber(given.seed, 'seed', [0, 2 ** 32 - 1], file);
  const hidden = wholeNumber(given.hidden, 'hidden', [2, 3], file);
  const size = typeof given.size === 'string' ? sizeFromName(given.size) : undefined;
  if (given.size !== undefined && !size) {
    throw refusal(`${file}: size: expected 2x2 to 5x9, found ${show(given.size)}`);
  }
  const agreed = <T>(flag: string, theirs: T | undefined, ours: T | undefined): T | undefined => {
    if (theirs === undefined || ours === undefined || theirs === ours) return ours ?? theirs;
    throw new UsageError(`${file} answers a worksheet with ${flag} ${theirs}, not ${ours}`, {
      hint: `leave --${flag} out, or take the file of the other worksheet`,
    });
  };
  const which = agreed('seed', seed, flags.seed);
  const named = agreed('size', size && nameOfSize(size), flags.size && nameOfSize(flags.size));
  const units = agreed('hidden', hidden, flags.hidden);
  if (which === undefined) {
    throw new UsageError(`${file} does not say which worksheet it answers`, {
      hint: 'give --seed; the form of `worksheet --form` has it inside',
    });
  }
  const sides = named === undefined ? DEFAULT_SIZE : sizeFromName(named)!;
  return { seed: which, size: units === undefined ? sides : { ...sides, hidden: units } };
}

function wholeNumber(
  value: unknown,
  name: string,
  [least, most]: readonly [number, number],
  file: string,
): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) {
    return Number(value);
  }
  throw refusal(
    `${file}: ${name}: expected a whole number from ${least} to ${most}, found ${show(value)}`,
  );
}

/** A number, a list, or a list of rows; undefined where a null is left in it; a text: why not. */
function readGiven(value: unknown, words: GradingWords): Given | string | undefined {
  const flat: unknown[] = [];
  const shape: number[] = [];
  if (!Array.isArray(value)) {
    flat.push(value);
  } else if (value.some(Array.isArray)) {
    shape.push(value.length, Array.isArray(value[0]) ? value[0].length : 0);
    for (const [r, row] of value.entries()) {
      if (!Array.isArray(row) || row.length !== shape[1]) {
        return `[${r}]: ${words.notARow(glimpse(row))}`;
      }
      for (const entry of row) flat.push(entry);
    }
  } else {
    shape.push(value.length);
    for (const entry of value) flat.push(entry);
  }
  const values: number[] = [];
  for (const [p, entry] of flat.entries()) {
    if (entry === null) continue;
    const number = typeof entry === 'string' ? textValue(entry) : entry;
    if (typeof number !== 'number' || !Number.isFinite(number)) {
      const index = shape[1] === undefined ? [p] : [Math.floor(p / shape[1]), p % shape[1]];
      const at = shape.length === 0 ? '' : `${index.map((i) => `[${i}]`).join('')}: `;
      return `${at}${words.notANumber(FORMS, glimpse(entry))}`;
    }
    values.push(number);
  }
  return values.length === flat.length ? { shape, values } : undefined;
}

/** What stands in the place of a number, in no language. */
function glimpse(value: unknown): string {
  if (Array.isArray(value)) return '[…]';
  return typeof value === 'object' && value !== null ? '{…}' : show(value);
}

const DECIMAL = String.raw`\d{1,15}(?:[.,]\d{1,15})?`;
const FRACTION = String.raw`${DECIMAL}(?: ?\/ ?${DECIMAL})?`;
/** ±, a fraction or a percentage, and a logarithm; either of the two may be left out. */
const TERM = new RegExp(
  String.raw`^ ?([-−+]?) ?(?:(${FRACTION})(%)?)?(?: ?[*·×]? ?ln ?(?:(${DECIMAL})|\( ?(${FRACTION}) ?\)))?`,
);

/** `-3/7`, `0,4`, `20%`, `5/14 ln 2`, `-ln(2/5)`, or a sum such as `ln 2 + 1/6`; NaN if it is none. */
export function textValue(text: string): number {
  let rest = text.trim().replace(/\s+/g, ' ');
  let sum = 0;
  for (let terms = 0; terms === 0 || rest !== ''; terms++) {
    const [term = '', sign, factor, percent, number, fraction] = TERM.exec(rest) ?? [];
    const argument = number ?? fraction;
    if (factor === undefined && argument === undefined) return Number.NaN;
    if (terms > 0 && sign === '') return Number.NaN;
    const size = fractionValue(factor ?? '1') / (percent ? 100 : 1);
    const value = argument === undefined ? size : size * Math.log(fractionValue(argument));
    sum += sign === '-' || sign === '−' ? -value : value;
    rest = rest.slice(term.length);
  }
  return sum;
}

function fractionValue(text: string): number {
  const [above, below = 1] = text.split('/').map((part) => Number(part.replace(',', '.')));
  return above! / below;
}

function refusal(message: string): FileError {
  return new FileError(message, { hint: HINT });
}
