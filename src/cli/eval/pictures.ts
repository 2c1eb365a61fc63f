import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../../errors.js';
import { EN } from '../../explain/words/en.js';
import { warningSentence } from '../../image/warnings.js';
import { readModel } from '../../model/file.js';
import { type OwnPicture, PICTURE_NAME, readPicture } from '../../picture-file.js';
import { type Prediction, predict } from '../../predict.js';
import { percent } from '../../text/numbers.js';
import { bars, mostProbable, type Page, wrap } from '../../text/page.js';
import { drawGrey } from '../../text/picture.js';
import { withoutRecord } from '../assess.js';
import { type Context, pageFor } from '../context.js';
import type { OutputOptions } from '../options.js';
import { errorLine, leftOut, printable, printLines } from '../output.js';

/**
 * The whole of `backprop-eval --image`: every picture normalised, shown and classified. A picture that
 * cannot be used is reported at once and the others still get their answers.
 *
 * @param paths PNG and JPEG files, and folders of them
 * @throws ModelError; FileError after the last picture, if one or more could not be used
 */
export async function evaluatePictures(
  modelPath: string,
  paths: readonly string[],
  flags: OutputOptions,
  context: Context,
): Promise<void> {
  const { model } = await readModel(modelPath);
  if (!model.training && !flags.quiet) {
    context.stderr.write(`warning: ${withoutRecord(modelPath)}\n`);
  }
  const { files, failures } = await listAll(paths);
  const total = files.length + failures.length;
  const failed = (error: FileError): void => {
    failures.push(error);
    context.stderr.write(`error: ${errorLine(error)}\n`);
  };
  if (total > 1) for (const error of failures.splice(0)) failed(error);
  const page = pageFor(context, flags.color);
  let shown = 0;
  for (const file of files) {
    context.signal.throwIfAborted();
    try {
      const picture = await readPicture(file, model);
      const [answer] = predict(model, [picture.pixels]) as [Prediction];
      const lines = flags.json ? [imageJson(picture, answer)] : imageText(picture, answer, page);
      if (!flags.json && shown++ > 0) lines.unshift('');
      printLines(context.stdout, lines);
    } catch (error) {
      if (!(error instanceof FileError) || total === 1) throw error;
      failed(error);
    }
  }
  if (total === 1 && failures.length === 1) throw failures[0];
  if (failures.length > 0) {
    throw new FileError(`${failures.length} of ${total} pictures could not be used`);
  }
}

/** Every folder as its files; a folder without pictures counts as one picture that cannot be used. */
async function listAll(
  paths: readonly string[],
): Promise<{ files: string[]; failures: FileError[] }> {
  const files: string[] = [];
  const failures: FileError[] = [];
  for (const path of paths) {
    try {
      for (const file of await listPictures(path)) files.push(file);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      failures.push(error);
    }
  }
  return { files, failures };
}

/**
 * The pictures that `path` stands for: itself, or, if it is a folder, the pictures in it by name.
 * @throws {FileError} for a folder without any
 */
async function listPictures(path: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch {
    // Not a folder, or none that can be read: what is wrong with it is said when it is.
    return [path];
  }
  const names = entries
    .filter((entry) => !entry.isDirectory() && PICTURE_NAME.test(entry.name))
    .map(({ name }) => name)
    .sort();
  if (names.length > 0) return names.map((name) => join(path, name));
  throw new FileError(`${path}: no .png or .jpg files in this folder`, {
    hint: 'give PNG or JPEG files, or a folder of them',
  });
}

/** The picture's line of --json. */
function imageJson({ file, pixels, inverted, warnings }: OwnPicture, answer: Prediction): string {
  return JSON.stringify({
    event: 'image',
    file,
    ...answer,
    inverted,
    warnings,
    pixels: [...pixels],
  });
}

/** What the model sees, its answer, and how sure it is. */
function imageText(picture: OwnPicture, answer: Prediction, page: Page): string[] {
  const { file, width, height, rows, columns, pixels, inverted, warnings } = picture;
  const { predicted, probabilities } = answer;
  const values = Float32Array.from(pixels, (pixel) => pixel / 255);
  const kind = `${width}×${height}, ${inverted ? 'dark on light' : 'light on dark'}`;
  const found = `class ${predicted}, probability ${percent(probabilities[predicted]!)}`;
  return [
    page.style('bold', printable(file)),
    ...wrap(`${kind}; the model sees ${rows}×${columns}:`, page.width),
    ...drawGrey({ rows, columns, values }, page),
    page.style('bold', found),
    ...(warnings.length > 0 ? wrap(warningSentence(warnings, EN.pictureWarnings), page.width) : []),
    ...bars(probabilities, { answer: predicted, label: undefined }, percent, page),
    ...leftOut(mostProbable(probabilities, undefined).length, probabilities.length, page.width),
  ];
}
