import { ModelError } from '../errors.js';

/** model.json needs 5 levels and about 50 lists, objects and keys; these leave room. */
const MAX_DEPTH = 16;
const MAX_NAMES = 1000;

/** What to do about a file that is not as it was written. */
export const DAMAGED_HINT = 'restore the file, or train the model again';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const LETTER_I = 0x49;
const LETTER_N = 0x4e;
const SPACE = 0x20;

/**
 * Refuses JSON text that JSON.parse would take but should not: duplicate keys (it keeps the last),
 * `__proto__`, deep nesting, and more values than `maxValues` (it would fill the memory first). Also
 * names the field where the text breaks off, or where Python wrote NaN or Infinity, which JSON.parse
 * reports without a place.
 *
 * One pass, no recursion. It is exact for valid JSON; of other text it may say nothing, and
 * JSON.parse, which comes next, refuses that.
 *
 * @throws {ModelError} naming `file` and the field.
 */
export function checkStructure(text: string, file: string, maxValues: number): void {
  const place = new Place(file, maxValues);
  for (let at = nextMark(text, 0); at >= 0; at = nextMark(text, at + 1)) {
    const character = text.charCodeAt(at);
    if (character === COMMA) {
      place.next();
    } else if (character === QUOTE) {
      const end = endOfString(text, at);
      if (end < 0) place.fail('the text ends inside a string: the file is truncated');
      if (place.inObject && isKey(text, end)) place.enterField(decoded(text.slice(at, end + 1)));
      at = end;
    } else if (character === OPEN_OBJECT || character === OPEN_LIST) {
      place.open(character === OPEN_OBJECT);
    } else if (character === CLOSE_OBJECT || character === CLOSE_LIST) {
      place.close();
    } else if (character === LETTER_N || character === LETTER_I) {
      const found = character === LETTER_N ? 'NaN' : 'Infinity';
      if (text.startsWith(found, at)) place.fail(`expected a finite number, found ${found}`);
    }
  }
  if (place.depth > 0) place.fail('the text ends here: the file is truncated');
}

/** A list or object that is open: `keys` seen so far (null for a list), and where we are in it. */
interface Open {
  keys: Set<string> | null;
  key: string;
  index: number;
}

/** Where in the text we are, as a field, and how much came before. */
class Place {
  readonly #file: string;
  readonly #maxValues: number;
  readonly #stack: Open[] = [];
  #top: Open | undefined;
  #names = 0;
  #values = 0;

  constructor(file: string, maxValues: number) {
    this.#file = file;
    this.#maxValues = maxValues;
  }

  get depth(): number {
    return this.#stack.length;
  }

  get inObject(): boolean {
    return this.#top?.keys != null;
  }

  open(object: boolean): void {
    if (this.depth === MAX_DEPTH) this.fail(`expected at most ${MAX_DEPTH} levels, found more`);
    this.#countName();
    this.#top = { keys: object ? new Set() : null, key: '', index: 0 };
    this.#stack.push(this.#top);
  }

  close(): void {
    this.#stack.pop();
    this.#top = this.#stack.at(-1);
  }

  next(): void {
    if (this.#top) this.#top.index++;
    this.#values++;
    if (this.#values > this.#maxValues) {
      this.fail(`expected at most ${this.#maxValues} values in the file, found more`);
    }
  }

  enterField(key: string): void {
    const { keys } = this.#top!;
    this.#top!.key = key;
    if (keys!.has(key)) this.fail('expected one such field, found it twice');
    if (key === '__proto__') this.fail('unknown field');
    keys!.add(key);
    this.#countName();
  }

  fail(message: string): never {
    const path = this.#stack.map(({ keys, key, index }) => (keys ? key : index));
    while (path.at(-1) === '') path.pop();
    throw new ModelError(`${this.#file}: ${fieldName(path)}: ${message}`, { hint: DAMAGED_HINT });
  }

  #countName(): void {
    this.#names++;
    if (this.#names > MAX_NAMES) {
      this.fail(`expected at most ${MAX_NAMES} fields, lists and objects, found more`);
    }
  }
}

/** A path as a reader writes it, on one line and of bounded length. */
export function fieldName(path: readonly PropertyKey[]): string {
  let name = '';
  for (const part of path.slice(0, 8)) {
    if (typeof part === 'number') name += `[${part}]`;
    else name += `${name === '' ? '' : '.'}${plainName(String(part))}`;
  }
  return name === '' ? 'the top level' : name + (path.length > 8 ? '…' : '');
}

function plainName(key: string): string {
  const short = key.length > 40 ? `${key.slice(0, 40)}…` : key;
  return /^[\w…]+$/.test(short) ? short : JSON.stringify(short);
}

const MARK = /[",[\]{}NI]/g;

/** Index of the next character that matters, or −1. A regular expression skips digits faster. */
function nextMark(text: string, from: number): number {
  MARK.lastIndex = from;
  return MARK.test(text) ? MARK.lastIndex - 1 : -1;
}

/** Index of the closing quote of the string that opens at `start`, or −1. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) return at;
    if (character === BACKSLASH) at++;
  }
  return -1;
}

/** Whether a colon follows the string that ends at `end`. */
function isKey(text: string, end: number): boolean {
  let at = end + 1;
  while (text.charCodeAt(at) <= SPACE) at++;
  return text.charCodeAt(at) === COLON;
}

/** The string's value: `"\u0061"` and `"a"` are the same key. */
function decoded(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted;
  }
}
