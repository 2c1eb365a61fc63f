import type { Words } from '../../explain/words/words.js';
import { numbered, type Page, wrap } from '../../text/page.js';
import { signNames } from '../../text/picture.js';

/** Where an explanation goes, and its language. */
export interface ExplainPage extends Page {
  readonly words: Words;
}

/** A number for each component: all of them, or these. */
export function numbers(
  values: ArrayLike<number>,
  { width, words }: ExplainPage,
  shown?: readonly number[],
): string[] {
  return numbered(values, width, shown, words.numbers.short);
}

/** What the signed colours are called. */
export function signs({ palette, words }: ExplainPage): ReturnType<typeof signNames> {
  return signNames(palette, words.colours);
}

/** Says that not all classes are shown. */
export function wrapLeftOut(shown: number, all: number, { width, words }: ExplainPage): string[] {
  return shown === all ? [] : wrap(words.leftOut(shown, all), width, '  ');
}
