import { FileError, UsageError } from '../../errors.js';
import { EN } from '../../explain/words/en.js';
import { warningSentence } from '../../image/warnings.js';
import type { LabelledImages } from '../../images.js';
import { type Interval, wilsonInterval } from '../../metrics.js';
import { readModel } from '../../model/file.js';
import type { ForeignModel, Model } from '../../model/model.js';
import { type OwnPicture, readPicture } from '../../picture-file.js';
import { type Prediction, predict as predictPictures } from '../../predict.js';
import { counted, percent } from '../../text/numbers.js';
import { bars, mostProbable, type Page, type Style, widest, wrap } from '../../text/page.js';
import { drawGrey } from '../../text/picture.js';
import { assertAccuracy, withoutRecord } from '../assess.js';
import { type Context, pageFor } from '../context.js';
import { startKernel } from '../kernel.js';
import type { LanguageOptions, OutputOptions } from '../options.js';
import { errorLine, leftOut, printable, printLines } from '../output.js';
import { assertDistinct, prepareOutputs } from '../outputs.js';
import { listPictures, type NamedPicture } from './named-pictures.js';
import { between } from './output.js';
import { predict, writePage } from './run.js';

/** The flags of `backprop-eval --image`. */
export interface PictureFlags extends OutputOptions, LanguageOptions {
  /** Draw each of several pictures. */
  readonly show?: true | undefined;
  readonly minAccuracy?: number | undefined;
  readonly report?: string | undefined;
}

/** A picture with the model's answer. */
interface Answered extends NamedPicture, Prediction {
  readonly picture: OwnPicture;
}

/** What is found of all pictures; with --json these are the fields of the last line. */
interface Summary {
  readonly pictures: number;
  /** Those that could not be read. */
  readonly unusable: number;
  /** Those whose class a name says; the next three are about them. */
  readonly labelled: number;
  readonly correct: number;
  /** Null where no name says a class. */
  readonly accuracy: number | null;
  readonly accuracyInterval: Interval | null;
}

/**
 * The whole of `backprop-eval --image`: every picture normalised and classified, in a line of its own, and
 * a summary of them all; one picture that is named alone is drawn. A picture that cannot be used is
 * reported at once and the others still get their answers.
 *
 * @param paths PNG and JPEG files, and folders of them
 * @throws ModelError; UsageError if classes are needed and no name says one; FileError after the result,
 *   if a picture could not be used; BackpropError (exit 7) if the accuracy is below the minimum
 */
export async function evaluatePictures(
  modelPath: string,
  paths: readonly string[],
  flags: PictureFlags,
  context: Context,
): Promise<void> {
  const { report, minAccuracy } = flags;
  await assertDistinct({ 'the model': modelPath, '--report': report });
  await prepareOutputs({ '--report': report });
  const { model, sha256 } = await readModel(modelPath);
  if (!model.training && !flags.quiet) {
    context.stderr.write(`warning: ${withoutRecord(modelPath)}\n`);
  }
  const { pictures, failures } = await listPictures(paths, model.classes);
  const total = pictures.length + failures.length;
  const alone = paths.length === 1 && pictures[0]?.file === paths[0];
  if (minAccuracy !== undefined || report !== undefined) assertLabelled(pictures, flags);

  const failed = (error: FileError): void => {
    failures.push(error);
    context.stderr.write(`error: ${errorLine(error)}\n`);
  };
  if (total > 1) for (const error of failures.splice(0)) failed(error);
  const page = pageFor(context, flags.color);
  const lines = flags.show || alone ? drawings(page) : rows(pictures, page, context);
  const answers: Answered[] = [];
  for (const named of pictures) {
    context.signal.throwIfAborted();
    try {
      const picture = await readPicture(named.file, model);
      const [prediction] = predictPictures(model, [picture.pixels]) as [Prediction];
      const answered = { ...named, ...prediction, picture };
      printLines(context.stdout, flags.json ? [pictureJson(answered)] : lines(answered));
      answers.push(answered);
    } catch (error) {
      if (!(error instanceof FileError) || total === 1) throw error;
      failed(error);
    }
  }
  if (total === 1 && failures.length === 1) throw failures[0];

  const summary = summaryOf(answers, failures.length);
  const labelled = answers.filter(isLabelled);
  let written: string | undefined;
  try {
    if (report !== undefined && labelled.length > 0) {
      await writePicturePage(report, { path: modelPath, sha256 }, model, labelled, flags, context);
      written = report;
    }
  } finally {
    if (flags.json) {
      const file = { path: modelPath, sha256 };
      const line = { event: 'images', model: file, ...summary, report: written ?? null };
      printLines(context.stdout, [JSON.stringify(line)]);
    } else {
      if (!alone) printLines(context.stdout, ['', ...summaryText(summary, page)]);
      if (written !== undefined) printLines(context.stdout, ['', `report  ${printable(written)}`]);
    }
  }
  if (failures.length > 0) {
    throw new FileError(`${failures.length} of ${total} pictures could not be used`);
  }
  if (summary.accuracy !== null) assertAccuracy(summary.accuracy, minAccuracy);
}

function isLabelled(answered: Answered): answered is Answered & { readonly label: number } {
  return answered.label !== undefined;
}

/** @throws UsageError unless the name of one of the pictures says its class */
function assertLabelled(pictures: readonly NamedPicture[], { minAccuracy }: PictureFlags): void {
  if (pictures.some(({ label }) => label !== undefined)) return;
  const flag = minAccuracy === undefined ? '--report' : '--min-accuracy';
  throw new UsageError(`${flag} needs pictures whose names say their class, found none`, {
    hint: 'put them into folders named by class, as in 7/a.png, or name them as in 7_a.png',
  });
}

function summaryOf(answers: readonly Answered[], unusable: number): Summary {
  const known = answers.filter(isLabelled);
  const correct = known.filter(({ label, predicted }) => label === predicted).length;
  const labelled = known.length;
  return {
    pictures: answers.length,
    unusable,
    labelled,
    correct,
    accuracy: labelled === 0 ? null : correct / labelled,
    accuracyInterval: labelled === 0 ? null : wilsonInterval(correct, labelled),
  };
}

/** The picture's line of --json. */
function pictureJson({ file, label, predicted, probabilities, picture }: Answered): string {
  const { inverted, warnings, pixels } = picture;
  const correct = label === undefined ? null : label === predicted;
  const answer = { label: label ?? null, predicted, correct, probabilities };
  return JSON.stringify({
    event: 'image',
    file,
    ...answer,
    inverted,
    warnings,
    pixels: [...pixels],
  });
}

/** The columns behind a picture's name, but the last, which says whether the answer is right. */
const HEAD = ['class', 'answer', '    sure'] as const;
/** What they and the last one take. */
const BEHIND = 32;
/** A longer name in a pipe is not cut, but stands out of line. */
const MOST_NAME = 60;
const LEAST_NAME = 12;

/** A picture as a row of a table, which has its head before the first. */
function rows(
  pictures: readonly NamedPicture[],
  { style, width: pageWidth }: Page,
  { stdout }: Context,
): (answered: Answered) => string[] {
  const room = stdout.isTTY && stdout.columns ? Math.max(LEAST_NAME, stdout.columns - BEHIND) : 0;
  const names = widest(pictures.map(({ file }) => printable(file)));
  const width = Math.max('picture'.length, Math.min(names, room || MOST_NAME));
  let head: string[] = [style('dim', ['picture'.padEnd(width), ...HEAD].join('  '))];
  return ({ file, label, predicted, probabilities, picture }) => {
    const name = printable(file);
    const cells = [
      (room > 0 && name.length > width ? `…${name.slice(1 - width)}` : name).padEnd(width),
      String(label ?? '-').padStart(HEAD[0].length),
      String(predicted).padStart(HEAD[1].length),
      percent(probabilities[predicted]!).padStart(HEAD[2].length),
      ...verdict({ label, predicted }, style),
    ];
    const warned = warningLines(picture, pageWidth - INDENT.length).map((line) => INDENT + line);
    const lines = [...head, cells.join('  '), ...warned];
    head = [];
    return lines;
  };
}

/** Before what is said of the picture in the line above. */
const INDENT = '  ';

/** Why the picture does not look like one digit, if it does not. */
function warningLines({ warnings }: OwnPicture, width: number): string[] {
  return warnings.length > 0 ? wrap(warningSentence(warnings, EN.pictureWarnings), width) : [];
}

/** What is remarked about an answer. */
function verdict(
  { label, predicted }: Pick<Answered, 'label' | 'predicted'>,
  style: Style,
): string[] {
  if (label === undefined) return [];
  return [label === predicted ? 'right' : style('red', 'WRONG')];
}

/** What the model sees, its answer, and how sure it is. */
function drawings(page: Page): (answered: Answered) => string[] {
  let gap: string[] = [];
  return ({ file, label, predicted, probabilities, picture }) => {
    const { width, height, rows, columns, pixels, inverted } = picture;
    const values = Float32Array.from(pixels, (pixel) => pixel / 255);
    const kind = `${width}×${height}, ${inverted ? 'dark on light' : 'light on dark'}`;
    const found = `class ${predicted}, probability ${percent(probabilities[predicted]!)}`;
    const lines = [
      ...gap,
      page.style('bold', printable(file)),
      ...wrap(`${kind}; the model sees ${rows}×${columns}:`, page.width),
      ...drawGrey({ rows, columns, values }, page),
      [page.style('bold', found), ...verdict({ label, predicted }, page.style)].join('  '),
      ...warningLines(picture, page.width),
      ...bars(probabilities, { answer: predicted, label }, percent, page),
      ...leftOut(mostProbable(probabilities, label).length, probabilities.length, page.width),
    ];
    gap = [''];
    return lines;
  };
}

function summaryText(
  { pictures, unusable, labelled, correct, accuracy, accuracyInterval }: Summary,
  { style, width }: Page,
): string[] {
  const lost = unusable === 0 ? [] : [`${unusable} could not be used`];
  const some = labelled === pictures ? [] : [`${labelled || 'none'} with a class in the name`];
  const head = wrap([counted(pictures, 'picture'), ...some, ...lost].join(', '), width);
  if (accuracy === null || accuracyInterval === null) return head;
  return [
    ...head,
    style('bold', `accuracy ${percent(accuracy)}  ${correct} of ${labelled} right`),
    `95 % interval: ${between(accuracyInterval)}`,
  ];
}

/** The page about the pictures whose class is known. */
async function writePicturePage(
  report: string,
  file: { readonly path: string; readonly sha256: string },
  model: Model | ForeignModel,
  answers: readonly (Answered & { readonly label: number })[],
  { lang }: PictureFlags,
  { signal }: Context,
): Promise<void> {
  const { rows, columns, classes } = model;
  const pixels = new Uint8Array(answers.length * rows * columns);
  for (const [n, { picture }] of answers.entries()) pixels.set(picture.pixels, n * rows * columns);
  const labels = Uint8Array.from(answers, ({ label }) => label);
  const images: LabelledImages = { count: answers.length, rows, columns, classes, pixels, labels };
  // In double precision, as `predict` answers.
  const kernel = startKernel({ kernel: 'reference', threads: 1 }, { required: true, warn() {} });
  const predictions = await predict(kernel, model, { images });
  const dataset = { name: 'own pictures', split: 'own' };
  await writePage(report, { file, model, dataset, images, predictions }, signal, lang);
}
