import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { type Help, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { catalogue, DEFAULT_DATASET } from '../dataset/catalogue.js';
import { LANGUAGES, type Language } from '../explain/words/language.js';
import { isInRange, MOST_HIDDEN, RANGES, type Range, UNITS } from '../sgd.js';

/** Reads an option's argument or throws commander's InvalidArgumentError, which names the option. */
export type Parser<T> = (text: string) => T;

/** A number in this range: whole ones in plain decimal digits, others such as 0.5, .5 or 1e-3. */
export function numberIn(range: Range): Parser<number> {
  const { whole, minimum, above, maximum, below } = range;
  const form = whole ? /^(0|[1-9]\d*)$/ : /^-?(\d+(\.\d+)?|\.\d+)(e[+-]?\d+)?$/i;
  const words = [
    minimum === undefined ? `above ${above}` : `from ${minimum}`,
    ...(maximum === undefined ? [] : [`to ${maximum}`]),
    ...(below === undefined ? [] : [`to below ${below}`]),
  ];
  return (text) => {
    const value = form.test(text) ? Number(text) : Number.NaN;
    if (Number.isFinite(value) && isInRange(value, range)) return value;
    const kind = whole ? 'a whole number' : 'a number';
    throw new InvalidArgumentError(`expected ${kind} ${words.join(' ')}`);
  };
}

/** A whole number in plain decimal digits: no sign, point, exponent, or other base. */
export function wholeNumber(minimum: number, maximum: number): Parser<number> {
  return numberIn({ whole: true, minimum, maximum });
}

export const learningRate: Parser<number> = numberIn(RANGES.learningRate);
export const seed: Parser<number> = numberIn(RANGES.seed);
export const share: Parser<number> = numberIn({ whole: false, minimum: 0, maximum: 1 });

/** `128` or `256,64`: the units of each hidden layer, from the picture's side. */
export function hiddenLayers(text: string): number[] {
  const units = numberIn(UNITS);
  const sizes = text.split(',');
  try {
    if (sizes.length <= MOST_HIDDEN) return sizes.map(units);
  } catch {
    // Said below for the list as a whole.
  }
  throw new InvalidArgumentError(
    `expected 1 to ${MOST_HIDDEN} whole numbers from ${UNITS.minimum} to ${UNITS.maximum}, such as 128 or 256,64`,
  );
}

/** A path whose ending says the format of the history. */
export function historyPath(text: string): string {
  if (['.csv', '.jsonl'].includes(extname(text).toLowerCase())) return text;
  throw new InvalidArgumentError('expected a file name that ends in .csv or .jsonl');
}

/** An empty path is a forgotten variable in a script, not the current folder. */
export function path(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('expected a path');
}

/** Which data are read, and how. */
export interface DataOptions {
  readonly dataset: string;
  readonly dataDir?: string | undefined;
  readonly offline?: true | undefined;
}

/** The data flags of a command that is given a model, which knows its own data set. */
export interface ModelDataOptions extends Omit<DataOptions, 'dataset'> {
  readonly dataset?: string | undefined;
}

/** The output flags that every command has. */
export interface OutputOptions {
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
  readonly color: boolean;
}

type DatasetOption<Default> = Option<
  '--dataset <name>',
  undefined,
  Default,
  undefined,
  false,
  string
>;

/** @param otherwise which data are read without the flag, in words: a model's */
export function modelDatasetOption(otherwise: string): DatasetOption<undefined> {
  return new Option('--dataset <name>', 'data set, fetched and verified')
    .choices(catalogue.map(({ name }) => name))
    .default(undefined, otherwise)
    .conflicts('dataDir');
}

export function datasetOption(): DatasetOption<typeof DEFAULT_DATASET> {
  return modelDatasetOption(DEFAULT_DATASET).default(DEFAULT_DATASET);
}

export function dataDirOption(): Option<
  '--data-dir <folder>',
  undefined,
  undefined,
  string,
  false,
  undefined
> {
  return new Option('--data-dir <folder>', 'your own four IDX files instead').argParser(path);
}

/** The flag by which both commands write the page. */
export function reportOption(): Option<
  '--report <file>',
  undefined,
  undefined,
  string,
  false,
  undefined
> {
  return new Option('--report <file>', 'a page to open in a browser, .html').argParser(reportPath);
}

/** Another ending is a slip that could cost a model. */
function reportPath(text: string): string {
  if (['.html', '.htm'].includes(extname(text).toLowerCase())) return text;
  throw new InvalidArgumentError('expected a file name that ends in .html');
}

/** The language flag. */
export interface LanguageOptions {
  readonly lang: Language;
}

/** Of what is to be read: the page, explanations. English whatever the locale, unless asked. */
export function languageOption(): Option<
  '--lang <language>',
  undefined,
  'en',
  undefined,
  false,
  Language
> {
  return new Option('--lang <language>', 'language of what is explained, or BACKPROP_LANG')
    .choices(LANGUAGES)
    .default('en')
    .env('BACKPROP_LANG');
}

/** Texts of the flags that every command has. */
export const FLAG_TEXT = {
  offline: 'never use the network',
  minAccuracy: 'exit with code 7 if the accuracy is below, 0 to 1',
  json: 'results on stdout as JSON, one object a line',
  quiet: 'no progress and no notes, only the result',
  noColor: 'plain text, as with NO_COLOR or in a pipe',
  version: 'show the version',
  help: 'show this help',
} as const;

/** What 'loss' means wherever a command shows one. */
export const LOSS_MEANING = "Every 'loss' is the mean negative log-likelihood, in nats per image.";

/** How help looks: commander's own, with choices and defaults in fewer signs. */
export const HELP_STYLE: Partial<Help> = {
  minWidthToWrap: 20,
  optionDescription({ description, argChoices, defaultValue, defaultValueDescription, negate }) {
    const otherwise = defaultValueDescription ?? defaultValue;
    const notes = [
      ...(argChoices ? [argChoices.join(', ')] : []),
      ...(otherwise === undefined || negate ? [] : [`default: ${otherwise}`]),
    ];
    return notes.length > 0 ? `${description} (${notes.join('; ')})` : description;
  },
};

/** This package's version. Its `exports` let the package find itself, from src and from dist. */
export function packageVersion(): string {
  const require = createRequire(import.meta.url);
  return (require('backprop-train/package.json') as { version: string }).version;
}
