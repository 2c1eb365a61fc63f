import type { Words } from './words.js';

/** What the commands can speak; their flags and errors are English in each. */
export const LANGUAGES = ['en', 'ru'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Loads this language alone: Intl, which Russian needs, costs a start-up of 10 ms. */
export async function wordsIn(language: Language): Promise<Words> {
  return language === 'ru' ? (await import('./ru.js')).RU : (await import('./en.js')).EN;
}
