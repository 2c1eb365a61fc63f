import type { ErrorKind } from '../errors.js';

/** Most fields, lists and objects in a file: a model.json has about 60. */
const MAX_NAMES = 1000;

/** How to refuse a file. */
export interface Refusal {
  readonly error: ErrorKind;
  readonly hint: string;
}

/**
 * UTF-8 bytes as text, with its byte-order mark if there is one.
 * @param file name for messages
 */
export function decodeText(bytes: Uint8Array, file: string, { error, hint }: Refusal): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new error(`${file}: expected UTF-8 text, found other bytes`, { hint, cause });
  }
}

/**
 * The JSON object in `text`, behind a byte-order mark or not; its fields are not looked at.
 *
 * Refuses what JSON.parse would take but should not: millions of lists or numbers (ten million empty
 * lists take 600 MB), deep nesting, and a field given twice, of which it keeps the last.
 *
 * @param file name for messages, which say line and column as far as the engine does
 */
export function parseObject(
  text: string,
  file: string,
  { error, hint, maxValues }: Refusal & { readonly maxValues: number },
): Record<string, unknown> {
  const fail = (message: string, cause?: unknown): never => {
    throw new error(`${file}: ${message}`, { hint, cause });
  };
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (!/\S/.test(json)) fail('the file is empty; expected JSON');
  // Not exact, as strings may hold these characters too: there are few strings, and they are short.
  const names = ['[', '{', ':'].reduce((sum, mark) => sum + count(json, mark, MAX_NAMES), 0);
  if (names > MAX_NAMES) {
    fail(`expected at most ${MAX_NAMES} fields, lists and objects, found more`);
  }
  if (count(json, ',', maxValues) > maxValues) {
    fail(`expected at most ${maxValues} values, found more`);
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    fail(complaint(json, String(cause)), cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fail(`expected a JSON object, found ${show(value)}`);
  }
  const kept = JSON.stringify(value, (_name, part) => (isNumbers(part) ? 0 : part));
  if (colons(kept) !== colons(json)) fail('expected each field once, found one twice');
  return value as Record<string, unknown>;
}

/** Why `json` cannot be parsed, from what the engine says: V8's words, of JavaScriptCore's the end. */
function complaint(json: string, message: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  const end = json.trimEnd().length;
  const truncated = /end of JSON input|EOF|Unterminated string/.test(message);
  if (truncated || Number(position) >= end) {
    return `the text ends at ${placeIn(json, end)}: the file is truncated`;
  }
  // Python writes these; V8 does not say where they are.
  const number = /(?<=[[,:\s]-?)(?:NaN|Infinity)\b/.exec(json);
  const at = position === undefined ? number?.index : Number(position);
  if (at === undefined) return 'not valid JSON';
  if (at !== number?.index) return `not valid JSON at ${placeIn(json, at)}`;
  return `expected a finite number, found ${number[0]} at ${placeIn(json, at)}`;
}

/** `line 2, column 7` */
export function placeIn(text: string, at: number): string {
  const before = text.slice(0, at);
  return `line ${count(before, '\n') + 1}, column ${at - before.lastIndexOf('\n')}`;
}

/** One for each field, and those inside strings, escaped or not. */
function colons(json: string): number {
  return count(json, ':') + count(json, '\\u003a') + count(json, '\\u003A');
}

/** How often `mark` stands in `text`; more than `most` are not counted. */
function count(text: string, mark: string, most: number = Number.POSITIVE_INFINITY): number {
  let found = 0;
  for (let at = text.indexOf(mark); at >= 0 && found <= most; at = text.indexOf(mark, at + 1)) {
    found++;
  }
  return found;
}

function isNumbers(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'number');
}

/** A value in at most one short line, for messages. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  // JSON writes Infinity, which 1e400 becomes, as null. A string may have 40 MB.
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
