import { FileError } from '../../errors.js';
import { QUANTITIES, type Quantity } from '../../explain/answers.js';
import type { Given, GivenAnswers } from '../../explain/suspects.js';
import { decodeText, parseObject, type Refusal, show } from '../../files/json.js';
import { readRegularFile } from '../../files/regular.js';

/** A full sheet of the largest size takes 3 kB. */
const MOST_BYTES = 65_536;
const MOST_VALUES = 1000;
const HINT = '`backprop-explain worksheet` ends with the form of this file';
const REFUSAL: Refusal = { error: FileError, hint: HINT };

/**
 * A student's answers to a worksheet.
 * @throws FileError (exit 4) naming file and field if it is no such file
 */
export async function readAnswers(path: string): Promise<GivenAnswers> {
  const expected = { what: 'a file of answers', maximum: MOST_BYTES, ...REFUSAL };
  const bytes = await readRegularFile(path, expected);
  return parseAnswers(decodeText(bytes, path, REFUSAL), path);
}

/** @param file name for messages @throws FileError */
export function parseAnswers(text: string, file: string): GivenAnswers {
  const value = parseObject(text, file, { ...REFUSAL, maxValues: MOST_VALUES });
  const answers: Partial<Record<Quantity, Given>> = {};
  for (const [name, given] of Object.entries(value)) {
    const quantity = QUANTITIES.find((known) => known === name);
    if (quantity === undefined) {
      const shown = JSON.stringify(name.slice(0, 40));
      throw refusal(`${file}: unknown field ${shown}, expected ${QUANTITIES.join(', ')}`);
    }
    const read = readGiven(given, `${file}: ${name}`);
    if (read) answers[quantity] = read;
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
    const [first] = value as unknown[];
    shape.push(value.length, Array.isArray(first) ? first.length : 0);
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
  const values = flat.map((entry, p) => {
    const index = shape[1] === undefined ? [p] : [Math.floor(p / shape[1]), p % shape[1]];
    const at = shape.length === 0 ? '' : index.map((i) => `[${i}]`).join('');
    return entry === null ? null : readNumber(entry, place + at);
  });
  return values.includes(null) ? undefined : { shape, values: values as number[] };
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
