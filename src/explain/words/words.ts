import type { Numbers } from '../../text/numbers.js';
import type { MistakeName } from '../mistakes.js';
import type { AnswerKey } from '../worksheet.js';

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

  readonly sheet: SheetWords;
  readonly grading: GradingWords;
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

/** A worksheet and its key, on a terminal and in print. */
export interface SheetWords {
  /** Headings, with the sheet's number behind them; and of many. */
  readonly worksheet: string;
  readonly worksheets: string;
  readonly key: string;
  readonly name: string;
  /** Who has no name but a number. */
  student(n: number): string;
  readonly given: string;
  /** @param hidden units, if there are any */
  network(pixels: number, hidden: number | undefined, classes: number, chain: string): string;
  /** @param bias of the last layer */
  exact(bias: string): string;
  pictures(first: number, second: number, lr: string): string;
  readonly find: string;
  readonly findNote: string;
  /** What is asked of the whole network or its last layer, and of hidden units. */
  readonly questions: Readonly<Record<AnswerKey, (letters: Letters) => string>>;
  readonly questionsOfUnits: Readonly<Record<'v' | 'dL_dv', (letters: Letters) => string>>;
  meanNotSum(formula: string): string;
  upOnL(formula: string): string;
  /** [] is a number, [n] a list, [rows, columns] a matrix. */
  size(shape: readonly number[]): string;
  /** Between the numbers of a list. */
  readonly separator: string;
  readonly toCheck: string;
  readonly advice: string;
  made(sheets: number, folder: string): string;
  madeKey(file: string, seed: number): string;
  madeMarks(command: string): string;
}

/** What the quantities of a layer are called. */
export type Letters = Readonly<Record<'W' | 'b' | 'v' | 'h', string>>;

/** What is to be said, in any language. */
export type Saying = (words: GradingWords) => string;

/** The marks of a worksheet and of a student's program. */
export interface GradingWords {
  readonly verdicts: Readonly<Record<'right' | 'wrong' | 'unreadable' | 'missing', string>>;
  followsFrom(quantity: string): string;
  formulaIsRight(quantity: string): string;
  readonly unknown: string;
  /** Where the first wrong entry is, and what stands there. */
  firstAt(place: string, given: number): string;
  /** @param error relative to the largest entry */
  firstInCase(number: number, error: number | null): string;

  // A class
  readonly follows: string;
  readonly fileNotRead: string;
  readonly commonest: string;

  // What cannot be read, or has another shape; [] is a number
  notANumber(forms: string, found: string): string;
  notARow(found: string): string;
  shape(expected: readonly number[], found: readonly number[]): string;
  /** @param from what the numbers follow from; undefined: they are right */
  shapeOfX(shape: readonly number[], from?: string): string;
  readonly notFinite: string;

  // Mistakes
  inPlaceOf(given: string, right: string): string;
  and(one: string, other: string): string;
  readonly sign: string;
  readonly signOfL: string;
  readonly signOfStep: string;
  readonly signOffDiagonal: string;
  readonly transposed: string;
  readonly zero: string;
  readonly forgottenBias: string;
  biasNotZero(db: string, dv: string): string;
  notTimesBias(db: string, dv: string, b: string): string;
  withoutLn2(...letters: string[]): string;
  without(product: string, factor: string): string;
  readonly reluLeftOut: string;
  mask(v: string): string;
  maskTurned(v: string): string;
  softmaxLeftOut(v: string): string;
  readonly notNormalised: string;
  readonly jacobian: string;
  readonly jacobianDiagonal: string;
  readonly labelsLeftOut: string;
  readonly naturalLogarithm: string;
  readonly logarithmLeftOut: string;
  readonly from1: string;
  readonly meanOverClasses: string;
  readonly sumForMean: string;
  readonly firstOnly: string;
  readonly secondOnly: string;
  readonly lrLeftOut: string;
  readonly stepAlone: string;
  readonly scaledDown: string;
  readonly scaledUp: string;
  readonly weightColumns: string;
  readonly pictureColumns: string;
}
