import type { NetworkShape } from '../network.js';
import type { Moment } from './moments.js';
import type { ScriptWords } from './words/words.js';

/** A picture in the page, and what the model says about it. */
export interface PagePicture {
  /** Position in its set, from 0. */
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** y of the predicted class. */
  readonly probability: number;
  /** See `encodePixels`. */
  readonly pixels: string;
}

/** A moment of training, and the first layer's weights as they were then. */
export interface PageSnapshot extends Moment {
  /** w = scale · byte, byte from −127 to 127. */
  readonly scale: number;
  /** Base64 of the deflated differences of these bytes from those of the snapshot before, see `snapshotsOf`. */
  readonly weight: string;
}

/** What the page's script is given, as JSON; everything else is in the page as HTML. */
export interface PageData {
  readonly words: ScriptWords;
  /** Of classes that are not digits. */
  readonly classNames?: readonly string[] | undefined;
  readonly shape: NetworkShape;
  /** The data set's name, where it is known. */
  readonly trainedOn?: string | undefined;
  /** Base64 of little-endian float32: W row-major, then b, of one layer after the other. */
  readonly parameters: string;
  /** Base64 of K·H float32, row k what the first hidden layer's units add to score k, see `contributions`. */
  readonly contributions?: string;
  /** η that the pad starts from. */
  readonly learningRate: number;
  readonly pictures: readonly PagePicture[];
  /** In the order of training; one only where nothing is known of it. */
  readonly snapshots: readonly PageSnapshot[];
  /** Where each snapshot stands on the time axis of the curves, 0 to 1. */
  readonly times: readonly number[];
}

/** What the build makes for the page; the command line reads it from disk. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
  /** MathML by the names of `PAGE_FORMULAS`. */
  readonly formulas: Readonly<Record<string, string>>;
}

/** The page's data block. */
export const DATA_ELEMENT = 'page-data';
