import type { PluralForms, ScriptWords } from '../words/words.js';
import { DATA } from './data.js';

/** What the script says, in the page's language. */
export const WORDS: ScriptWords = DATA.words;

/** A class as texts have it: its number, and its name where it has one. */
export function nameOf(i: number): string {
  return DATA.classNames ? `${i} ${DATA.classNames[i]}` : String(i);
}

const language = document.documentElement.lang;
const plurals = new Intl.PluralRules(language);

/** The text with these in place of `{name}`. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}

/** In the form that the language has for so many; `{count}` is the number. */
export function fillCounted(forms: PluralForms, count: number): string {
  return fill(forms[plurals.select(count)] ?? forms.other, { count: grouped(count) });
}

/** A whole number as the language groups it. */
export function grouped(count: number): string {
  return count.toLocaleString(language);
}
