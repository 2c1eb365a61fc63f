import type { Numbers } from '../../text/numbers.js';
import type { MistakeName } from '../mistakes.js';

/**
 * Every sentence that `backprop-explain` says, in one language. Letters and formulas are the same in all
 * of them and stand where they are used; numbers come as numbers.
 */
export interface Words {
  readonly numbers: Numbers;

  // Which picture and which weights
  /** @param split which of the two sets */
  imageOf(split: 'train' | 'test', index: number, dataset: string, label: number): string;
  untrained(seed: number): string;
  labelled(label: number | undefined): string;

  // Pictures, bars and lists
  readonly picture: string;
  readonly colours: { readonly plus: string; readonly minus: string };
  /** Beside a bar: the network's answer, and the right one. */
  readonly marks: { readonly answer: string; readonly label: string };
  leftOut(shown: number, all: number): string;

  /** Why a picture of the reader's own does not look like one digit. */
  readonly pictureWarnings: Readonly<
    Record<'unlike' | 'frame' | 'pieces' | 'edge' | 'shape', string>
  >;

  // The derivation
  readonly noLabel: string;
  readonly whichSign: string;
  whatError(tolerance: number): string;
  rowByRow(formula: string): string;
  range(minimum: number, maximum: number): string;
  pixels(mean: number, inked: number, all: number): string;
  readonly aNumber: string;
  nats(value: number): string;
  moreLight(plus: string, minus: string, scale: number): string;
  differBy(error: number): string;
  readonly underflow: string;
  largest(norm: number, what: 'pixels' | 'units'): string;
  pixelAt(row: number, column: number): string;
  classRows(plus: string, minus: string): string;
  oneStep(isDeep: boolean): string;
  stepped(before: number, after: number): string;
  promised(formula: string, promised: number): string;
  error(error: number, ok: boolean): string;
  readonly nothingToCheck: string;
  sampled(entries: number, directions: number): string;
  kinks(count: number): string;

  // Hidden layers
  mostActive(count: number): string;
  unitsOn(on: number, all: number): string;
  readonly nothingStopped: string;
  stopped(letter: string, off: number): string;
  mostStopped(formula: string, value: number): string;
  unitPictures(plus: string, minus: string): string;
  unit(i: number): string;
  unitRows(plus: string, minus: string): string;
  readonly noUnitOn: string;
  /** Where an entry of ∂L/∂W leads: to a class or a unit. */
  toClass(i: number, isLabel: boolean): string;
  joined(to: string, from: string): string;

  // --why
  pixelsFor(k: number): string;
  readonly total: string;
  whyTitle(a: number, b: number, terms: string): string;
  speaksFor(plus: string, a: number, minus: string, b: number): string;
  rounding(error: number): string;
  /** @param winner undefined: neither */
  verdict(a: number, b: number, winner: number | undefined, ratio: number): string;
  /** @param on units that are on, and all, of each hidden layer */
  effective(weights: string, on: readonly (readonly [number, number])[], biases: string): string;

  // --break
  readonly right: string;
  readonly wrong: string;
  readonly whatCheckSays: string;
  whatIsRight(tolerance: number): string;
  readonly whatTrainingShows: string;
  /** @param hidden units of each hidden layer */
  trainedOn(training: number, hidden: readonly number[] | undefined, test: number): string;
  readonly whatToLearn: string;
  readonly verdicts: {
    readonly notANumber: string;
    readonly kink: string;
    readonly right: string;
    readonly wrong: string;
  };
  /** Heads of the table of epochs, and of its two halves. */
  readonly epochs: {
    readonly epoch: string;
    readonly loss: string;
    readonly accuracy: string;
    readonly right: string;
    readonly broken: string;
  };
  atStep(step: number): string;
  differentUnits(right: number, broken: number): string;
  readonly mistakes: Readonly<Record<MistakeName, MistakeWords>>;
  readonly demonstration: DemonstrationWords;
}

/** The formula as it should be, as the mistake has it, and what is to be learned from it. */
export interface MistakeWords {
  readonly right: string;
  readonly wrong: string;
  readonly lesson: string;
}

/** On what a mistake is shown. */
export interface DemonstrationWords {
  readonly onePicture: string;
  alike(weight: number): string;
  shifted(by: number): string;
  rightShifted(by: number): string;
  batch(count: number): string;
  readonly meanByB: string;
  readonly onLine: string;
  batches(size: number, lr: number): string;
  scaledPixels(size: number, lr: number): string;
  rawPixels(size: number, lr: number): string;
  trainedAlike(weight: number, size: number, lr: number): string;
}
