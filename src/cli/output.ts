import type { BackpropError } from '../errors.js';
import { wrap } from '../text/page.js';

/** Writes lines, each with its end, in one piece. */
export function printLines(stream: NodeJS.WritableStream, lines: readonly string[]): void {
  stream.write(lines.map((line) => `${line}\n`).join(''));
}

/**
 * A text from outside on one line, with nothing in it that steers a terminal (control characters), puts
 * characters in another order, is not seen (format characters, such as U+202E and U+200B), ends the
 * line (U+2028, U+2029) or is no character (half a surrogate pair).
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ');
}

/** Message and hint as one line of sentences. */
export function errorLine({ message, hint = '' }: Pick<BackpropError, 'message' | 'hint'>): string {
  return [message, hint && hint[0]!.toUpperCase() + hint.slice(1)]
    .map((text) => printable(text).trim())
    .filter((text) => text !== '')
    .map((text) => (/[.?!]$/.test(text) ? text : `${text}.`))
    .join(' ');
}

/** Says that not all classes are shown. */
export function leftOut(shown: number, all: number, width: number): string[] {
  if (shown === all) return [];
  return wrap(`the ${shown} largest of ${all} classes; all of them with --json`, width, '  ');
}
