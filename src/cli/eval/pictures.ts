import { FileError } from '../../errors.js';
import { scalePixels } from '../../kernel/reference.js';
import { argmax } from '../../layers/floats.js';
import type { Model } from '../../model/model.js';
import { readModel } from '../../model/read.js';
import { createActivations, forward, inputsOf, parametersOf } from '../../network.js';
import { type Context, pageFor } from '../context.js';
import type { OutputOptions } from '../options.js';
import { errorLine, printLines } from '../output.js';
import { listPictures, type OwnPicture, readPicture } from '../picture-file.js';
import { imageJson, imageText } from './pictures-output.js';

/** The model's answer for one picture. */
export interface Answer {
  /** The class with the largest score; the lowest of those if several share it. */
  readonly predicted: number;
  /** y, one number for each class. */
  readonly probabilities: readonly number[];
}

/**
 * The whole of `backprop-eval --image`: every picture normalised, shown and classified. A picture that
 * cannot be used is reported at once and the others still get their answers.
 *
 * @param paths PNG files and folders of them
 * @throws ModelError; FileError after the last picture, if one or more could not be used
 */
export async function evaluatePictures(
  modelPath: string,
  paths: readonly string[],
  flags: OutputOptions,
  context: Context,
): Promise<void> {
  const { model } = await readModel(modelPath);
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
      const answer = classify(model, picture);
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

/** One picture through the network, in double precision. */
function classify(model: Model, { rows, columns, pixels }: OwnPicture): Answer {
  const parameters = parametersOf(model.parameters, model);
  const activations = createActivations(model, Float64Array);
  const values = new Float64Array(inputsOf(model));
  scalePixels(values, pixels);
  // Nobody knows the label, and L is not looked at: all zeros.
  const labels = new Float64Array(model.classes);
  forward(parameters, { rows, columns, values }, labels, activations);
  const { v, y } = activations;
  return { predicted: argmax(v), probabilities: [...y] };
}
