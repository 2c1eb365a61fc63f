/**
 * The library without anything of Node's: for a page, as one file that imports nothing
 * (`scripts/build-browser.mjs`). What is missing here needs a disk, a network or threads.
 */

export {
  type IdxImages,
  type IdxLabels,
  joinLabelled,
  parseIdxImages,
  parseIdxLabels,
} from './dataset/idx.js';
export * from './derivation.js';
export {
  BackpropError,
  DataError,
  DivergedError,
  type ErrorDetails,
  type ErrorKind,
  FileError,
  ModelError,
  UsageError,
} from './errors.js';
export { createWorksheet } from './explain/create-worksheet.js';
export {
  type BreakCheck,
  type Demonstration,
  type DemonstrationInput,
  demonstrate,
  type EpochFigures,
  type SideBySide,
  type TrainingRun,
} from './explain/demonstration.js';
export * from './explain/explanation.js';
export { grade, type Mark } from './explain/grading.js';
export type { MistakeName } from './explain/mistakes.js';
export type { Given, GivenAnswers } from './explain/suspects.js';
export { type Why, why } from './explain/why.js';
export {
  type Answer,
  type AnswerKey,
  type AnswerName,
  type Answers,
  answerNames,
  answersOf,
  type WholeLayer,
  type Worksheet,
  type WorksheetPicture,
  type WorksheetSize,
} from './explain/worksheet.js';
export * from './gradient-check.js';
export type { LayoutWarning } from './image/layout.js';
export { type NormalisedPicture, normalise } from './image/normalise.js';
export type { Box, ColourPlane, Plane } from './image/plane.js';
export { type PictureWarning, pictureWarnings } from './image/warnings.js';
export * from './images.js';
export type { ImageSet, Kernel, Predictions, Steps, StepsResult } from './kernel/kernel.js';
export { createReferenceKernel } from './kernel/reference.js';
export { createSimdKernel } from './kernel/simd-browser.js';
export type { Floats, FloatsConstructor } from './layers/floats.js';
export type { Formulas, Layer, LayerParameters } from './layers/index.js';
export * from './layers/linear.js';
export * from './layers/log-likelihood.js';
export * from './layers/relu.js';
export * from './layers/reshape.js';
export * from './layers/softmax.js';
export * from './metrics.js';
export { FORMATS, type Format, READABLE, type ReadableFormat } from './model/formats/index.js';
export type { ForeignModel, Metrics, Model, Training } from './model/model.js';
export { formatModel } from './model/model.js';
export { parseModel } from './model/read.js';
export { type FinishedTraining, type TrainingRecord, trainedModel } from './model/trained.js';
export * from './network.js';
export * from './predict.js';
export {
  QUANTITIES,
  type Quantity,
  type QuantityKey,
  quantitiesOf,
  quantityOf,
} from './quantities.js';
export * from './random.js';
export * from './sgd.js';
export * from './train.js';
