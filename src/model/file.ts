/** Models on a disk. The ending of a file's name says in which format it is. */
import { extname } from 'node:path';
import { ModelError, UsageError } from '../errors.js';
import { writeFileAtomic } from '../files/atomic.js';
import { type HashedFile, readRegularFile, sha256Of } from '../files/regular.js';
import { endingOf, FORMATS, type Format, READABLE, type ReadableFormat } from './formats/index.js';
import { type ForeignModel, MAX_PARAMETERS, type Model } from './model.js';

/**
 * Largest file that is read: the largest that is written. A float32 takes up to 22 characters and a
 * comma (−1.2345679e20, which JavaScript writes out), all else in a model.json far below 64 KiB.
 * A checkpoint's three arrays take 16 bytes a parameter, and 100,000 epochs 5 × 25 bytes each: less.
 * Other formats have at most 8 bytes a parameter.
 */
export const MAX_BYTES: number = 23 * MAX_PARAMETERS + 2 ** 16;

/** A file that has been written. */
export interface SavedModel {
  readonly path: string;
  readonly bytes: number;
  /** Of its bytes, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Writes `model` to `path`: after a crash there is the old file or the new one, never a part.
 *
 * @param signal ends the wait for a reader, where the path is a pipe
 * @throws {UsageError} if the name has the ending of no format.
 * @throws {ModelError} if a number is not finite or sizes do not fit, before anything is written.
 * @throws {DiskError} if the file cannot be written; the signal's reason
 */
export async function saveModel(
  path: string,
  model: Model | ForeignModel,
  signal?: AbortSignal,
): Promise<SavedModel> {
  const format = await formatToWrite(path)();
  const bytes = format.write(model);
  await writeFileAtomic(path, bytes, signal);
  return { path, bytes: bytes.length, sha256: sha256Of(bytes) };
}

/**
 * The model in the file at `path`, and the SHA-256 of the file's bytes in hexadecimal.
 *
 * @throws {ModelError} if it cannot be read or is not a valid model, naming field or tensor.
 */
export async function readModel(
  path: string,
): Promise<{ model: Model | ForeignModel; sha256: string }> {
  const format = await formatToRead(path);
  const { bytes, sha256 } = await readModelFile(path);
  return { model: format.read(bytes, path), sha256 };
}

/** @throws {ModelError} if it cannot be read, is no file or too large */
export async function readModelFile(path: string): Promise<HashedFile> {
  const hint = `give the path of a model from backprop-train: ${endings(READABLE)}`;
  const expected = { what: 'a model file', maximum: MAX_BYTES, hint, error: ModelError };
  const bytes = await readRegularFile(path, expected);
  return { bytes, sha256: sha256Of(bytes) };
}

/**
 * The format that a model is saved in: by the name's ending, JSON for a name without one.
 *
 * @throws {UsageError} for any other ending
 */
export function formatToWrite(path: string): () => Promise<Format> {
  const format = FORMATS[extname(path) === '' ? '.json' : (endingOf(path) ?? '')];
  if (format) return format;
  throw new UsageError(
    `${path}: expected a file name that ends in ${endings(FORMATS)}, found ${extname(path)}`,
    { hint: 'the ending says in which format the model is saved' },
  );
}

/** Whether a model that is saved at this path can be read again: not the formats that are written only. */
export function isReadable(path: string): boolean {
  return (endingOf(path) ?? '.json') in READABLE;
}

/**
 * The ending that says how a model is read; .json if the name says nothing.
 *
 * @throws {ModelError} for a format that is written only
 */
export function endingToRead(path: string): string {
  const ending = endingOf(path) ?? '.json';
  if (isReadable(path)) return ending;
  throw new ModelError(`${path}: expected a model in ${endings(READABLE)}, found ${ending}`, {
    hint: `${ending} is written only: name the file that it was made from`,
  });
}

/** The format that a model is read in. @throws {ModelError} for one that is written only */
export function formatToRead(path: string): Promise<ReadableFormat> {
  return READABLE[endingToRead(path)]!();
}

/** `.json, .safetensors or .npz` */
function endings(formats: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(formats);
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
