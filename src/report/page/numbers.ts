import * as english from '../../text/numbers.js';
import { WORDS } from './words.js';

const decimalSign = (0.5).toLocaleString(document.documentElement.lang)[1]!;

/** The numbers of `text/numbers.ts` in the page's language. */
export function figure(value: number): string {
  return local(english.figure(value));
}

export function tabular(value: number): string {
  return local(english.tabular(value));
}

export function typeset(text: string): string {
  return local(english.typeset(text));
}

/** A loss in nats. */
export function nats(loss: number): string {
  return typeset(english.nats(loss));
}

/** With the sign on one line with its number. */
export function percent(share: number, places: number): string {
  return typeset(english.percent(share, places));
}

function local(text: string): string {
  return text.replace('.', decimalSign).replace('not a number', WORDS.notANumber);
}
