import { DIGIT_LIMIT } from './digit-planes.js';
import { distanceFromDigits, SIDE } from './digit-shape.js';
import type { LayoutWarning } from './layout.js';
import type { NormalisedPicture } from './normalise.js';

/** Why a picture does not look like one digit; `shape`: it is far from all of MNIST's digits. */
export type PictureWarning = LayoutWarning | 'shape';

/** What each says to a reader, and how the sentence begins. */
export type WarningWords = Readonly<Record<'unlike' | PictureWarning, string>>;

/** Data sets of MNIST's digits. Others may be in pieces, or shaped like nothing that was measured. */
const DIGITS: readonly (string | undefined)[] = ['mnist', 'mnist-mini'];

/**
 * What about a picture does not look like one digit, for a model that was trained on MNIST's: its answer
 * says nothing then, however sure it is. Of MNIST's test digits 1 % are warned of. Nothing is said for a
 * model of other data, or without a record of them.
 */
export function pictureWarnings(
  { rows, columns, pixels, layout }: NormalisedPicture,
  { training }: { readonly training?: { readonly dataset: { readonly name: string } } | undefined },
): PictureWarning[] {
  if (!DIGITS.includes(training?.dataset.name) || rows !== SIDE || columns !== SIDE) return [];
  return distanceFromDigits(pixels) > DIGIT_LIMIT ? [...layout, 'shape'] : [...layout];
}

/** The warnings in one sentence. */
export function warningSentence(warnings: readonly PictureWarning[], words: WarningWords): string {
  return `${words.unlike}: ${warnings.map((warning) => words[warning]).join(', ')}`;
}
