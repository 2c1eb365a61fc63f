import type { BackpropError } from '../errors.js';

/** Message and hint as one line of sentences, with nothing in it that could steer a terminal. */
export function errorLine({ message, hint = '' }: Pick<BackpropError, 'message' | 'hint'>): string {
  return [message, hint && hint[0]!.toUpperCase() + hint.slice(1)]
    .map((text) => text.replace(/\p{Cc}+/gu, ' ').trim())
    .filter((text) => text !== '')
    .map((text) => (/[.?!]$/.test(text) ? text : `${text}.`))
    .join(' ');
}
