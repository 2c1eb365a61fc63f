import type { Numbers } from '../../text/numbers.js';
import type { Markup, Typeset } from '../html.js';

/** Every sentence of the report's page, in one language. Formulas are the same in all of them. */
export interface PageWords {
  readonly language: string;
  readonly numbers: Numbers;
  /** Of the data sets whose classes are not digits, by their names. */
  readonly classNames: Readonly<Record<string, readonly string[]>>;
  /** What the page's script says. */
  readonly script: ScriptWords;

  // The frame
  readonly contents: string;
  readonly links: {
    readonly pad: string;
    readonly curves: string;
    readonly weights: string;
    readonly confusion: string;
    readonly mistakes: string;
    readonly derivation: string;
  };
  readonly skip: string;
  readonly needsScript: string;
  footer(program: string): Markup;

  // Summary
  title(parameters: number, dataset: string): string;
  softmaxRegression(math: Typeset): Markup;
  network(math: Typeset, hidden: number): Markup;
  readonly below: string;
  readonly accuracy: string;
  onImages(count: number, split: string): string;
  readonly loss: string;
  readonly natsPerImage: string;
  readonly wrong: string;
  ofAll(count: number): string;
  whichSign(math: Typeset): Markup;
  readonly howTrained: string;
  readonly modelAndFlags: string;
  readonly flags: FlagWords;

  // Curves
  readonly epoch: string;
  readonly batchesOfFirst: string;
  readonly howItLearned: string;
  curvesLead(held: boolean, testImages: number): Markup;
  noRecord(path: string): Markup;
  readonly lossTitle: string;
  readonly accuracyTitle: string;
  readonly training: string;
  readonly validation: string;
  readonly test: string;
  readonly numbersBehind: string;
  withoutHistory(program: string, path: string): Markup;
  figuresAt(epoch: number): string;
  readonly images: string;
  readonly moment: string;
  readonly itsWeights: string;
  readonly momentByMoment: string;
  epochByEpoch(shown: number, all: number): string;
  readonly trainingLoss: string;
  readonly validationLoss: string;
  readonly testLoss: string;
  readonly lastRate: string;
  /** A curve in words. */
  curveAt(name: string, value: string, moment: string): string;
  curveFrom(name: string, first: string, from: string, last: string, to: string): string;

  // Weights
  weightsHeading(units: boolean): string;
  weightsLead(math: Typeset, legend: Markup): Markup;
  readonly inkFor: (units: boolean) => string;
  readonly inkAgainst: string;
  legend(positive: string, negative: string): readonly [orange: string, blue: string];
  weightsOf(i: string): string;
  /** @param epoch undefined where the model has no record */
  oneMoment(epoch: number | undefined): Markup;
  readonly moveSlider: string;
  readonly slider: string;
  readonly play: string;
  snapshots(kept: string): Markup;
  readonly anyClass: string;
  className(name: string): string;
  unitWeights(i: number): string;
  showAll(count: number): string;
  readonly unitsOrder: string;
  contribution(math: Typeset, hidden: number, count: number, all: number, split: string): Markup;
  unitsOff(off: number, all: number): Markup;

  // Confusion matrix and mistakes
  readonly whereItErrs: string;
  readonly confusionLead: string;
  readonly confusionMatrix: string;
  readonly trueAxis: string;
  readonly predictedAxis: string;
  /** What the colours of the matrix mean. */
  readonly logarithmic: string;
  kept(wrong: number, right: number): string;
  readonly classByClass: string;
  readonly figuresExplained: string;
  recognised(i: string, count: number): string;
  takenFor(i: string, j: string, count: number): string;
  readonly close: string;
  readonly classFigures: string;
  readonly classHeads: readonly [string, string, string, string, string];
  readonly mean: string;
  readonly mistakesHeading: string;
  mistakesLead(any: boolean): string;
  mistake(index: number, label: string, predicted: string, share: string): string;
  mistakeText(label: string, predicted: string): Markup;

  // Derivation
  readonly derivationHeading: string;
  derivationLead(deep: boolean): string;
  readonly choosePicture: string;
  readonly yourDrawing: string;
  readonly unsure: string;
  readonly mistaken: string;
  readonly recognisedRow: string;
  readonly pictureBehind: string;
  choice(index: number, label: string, predicted: string): string;
  readonly whatToFollow: string;
  followClass(math: Typeset): Markup;
  readonly andPixel: string;
  readonly pressAny: string;
  unitOf(h: Markup): Markup;
  readonly forwardSeminar: string;
  forward(letters: readonly Markup[]): Markup;
  sumForUnits(units: number): string;
  readonly unitIsOn: string;
  unitsOn(place: Markup, units: number): Markup;
  vOfLayer(n: number): string;
  hOfLayer(n: number): string;
  cellForUnit(v: Markup): Markup;
  readonly largestOfScore: string;
  rowsBehind(math: Typeset): Markup;
  readonly sumForClasses: string;
  readonly scoresBecome: string;
  andL(math: Typeset): Markup;
  readonly picture: string;
  readonly forwardTable: string;
  readonly classHead: string;
  readonly unitName: string;
  pickPixel(name: string): string;
  pickUnit(name: string): string;
  pickEntry(name: string): string;

  // Backward
  dy(math: Typeset): Markup;
  readonly byY: string;
  jacobianWords(classes: number): string;
  readonly oneHot: string;
  bothWays(place: Markup): Markup;
  readonly byVBothWays: string;
  readonly jacobian: string;
  jacobianCaption(v: Markup): Markup;
  dinput(math: Typeset, pixel: boolean, last: boolean): Markup;
  terms(pixel: boolean, largest: boolean): string;
  byH(n: number): string;
  byV(n: number): string;
  readonly byX: string;
  byWeightsOf(i: string): string;
  byW(n: number): string;
  readonly db: string;
  length(place: Markup): Markup;
  readonly raisingWeight: readonly [raising: string, lowering: string];
  itself(math: Typeset, units: boolean): Markup;
  matrixCaption(math: Typeset, l: number, classes: boolean): Markup;
  dW(math: Typeset, l: number): Markup;
  readonly allTogether: string;
  readonly mask: string;
  dx(math: Typeset, legend: Markup): Markup;
  readonly moreInk: readonly [more: string, less: string];
  readonly unitGradient: string;

  // Pad
  readonly padHeading: string;
  padLead(digits: boolean): string;
  readonly seen: string;
  readonly seenCaption: string;
  readonly itSays: string;
  readonly padTable: string;
  readonly padName: string;
  readonly undo: string;
  readonly clear: string;
  readonly choosePhoto: string;
  readonly followDrawing: string;
  readonly keys: string;
  readonly teach: string;
  readonly whatDrawn: string;
  readonly lesson: string;
  rate(math: Typeset): Markup;
  readonly suggestRate: string;
  gentleRate(math: Typeset): Markup;
  usualRate(rate: number, batchSize: number): string;
  readonly oneStep: string;
  readonly before: string;
  readonly after: string;
  raisedL(math: Typeset): Markup;
  loweredLoss(math: Typeset): Markup;
  readonly answer: string;
  /** Of the pictures in the page, those answered rightly. */
  readonly othersRight: string;
  readonly takeStep: string;
  readonly changedCopy: string;
  readonly backToTrained: string;
  readonly copy: string;
  readonly lessonTable: string;
  yAfter(math: Typeset): Markup;
  added(math: Typeset, units: boolean, legend: Markup): Markup;
  readonly weightGrows: readonly [grows: string, shrinks: string];
  changeOf(i: string): string;
}

/** The table of how the model was trained. */
export interface FlagWords {
  readonly model: string;
  readonly network: string;
  networkOf(rows: number, columns: number, hidden: readonly number[], classes: number): string;
  readonly epochs: string;
  epochsOf(epochs: number, kept: number): string;
  readonly batchSize: string;
  readonly learningRate: string;
  readonly momentum: string;
  readonly weightDecay: string;
  readonly init: string;
  resumed(from: string): string;
  readonly heldOut: string;
  readonly seed: string;
  inFileOrder(seed: number): string;
  readonly trainedOn: string;
  first(name: string, limit: number): string;
  readonly kernel: string;
  readonly trained: string;
  readonly byAnother: string;
}

/** Texts with `{name}` where the script puts a number or a text. Data, as they go into the page. */
export interface ScriptWords {
  readonly recognised: string;
  readonly takenFor: string;
  readonly firstOfSet: string;
  readonly mostConfident: string;
  readonly someImages: string;
  readonly oneImage: string;
  readonly allImages: string;
  readonly thumbnail: string;
  readonly chosen: string;
  readonly drawing: string;
  /** Of a drawing about which the user has not said what it is. */
  readonly drawingUnsaid: string;
  readonly pixel: string;
  readonly savedAgain: string;
  readonly steps: PluralForms;
  readonly answer: string;
  readonly sure: string;
  readonly noDigit: string;
  /** Why a drawing does not look like one digit. */
  readonly pictureWarnings: Readonly<
    Record<'unlike' | 'frame' | 'pieces' | 'edge' | 'shape', string>
  >;
  readonly notAPicture: string;
  readonly badRate: string;
  readonly ofAll: string;
  readonly stepEffect: string;
  readonly penDown: string;
  readonly penLifted: string;
  readonly showFewer: string;
  readonly showAll: string;
  readonly unitGradient: string;
  /** Of the slider's moment: `{position}`, `{loss}` and `{accuracy}` on the test images. */
  readonly moment: string;
  readonly position: {
    readonly start: string;
    readonly firstEpoch: string;
    readonly afterEpoch: string;
    readonly laterEpoch: string;
  };
  readonly play: string;
  readonly stop: string;
  readonly notANumber: string;
}

/** By the names of `Intl.PluralRules`; a language has those that it tells apart. */
export type PluralForms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & {
  readonly other: string;
};
