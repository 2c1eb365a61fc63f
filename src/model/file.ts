/** Models on a disk. */
import { ModelError } from '../errors.js';
import { writeFileAtomic } from '../files/atomic.js';
import { decodeText } from '../files/json.js';
import { readRegularFile, sha256Of } from '../files/regular.js';
import { formatModel, MAX_PARAMETERS, type Model } from './model.js';
import { parseModel } from './read.js';

/**
 * Largest file that is read: the largest that is written. A float32 takes up to 22 characters and a
 * comma (−1.2345679e20, which JavaScript writes out), all else in a model.json far below 64 KiB.
 * A checkpoint's three arrays take 16 bytes a parameter, and 100,000 epochs 5 × 25 bytes each: less.
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
 * @throws {ModelError} if a number is not finite or sizes do not fit, before anything is written.
 * @throws {DiskError} if the file cannot be written; the signal's reason
 */
export async function saveModel(
  path: string,
  model: Model,
  signal?: AbortSignal,
): Promise<SavedModel> {
  const bytes = Buffer.from(formatModel(model));
  await writeFileAtomic(path, bytes, signal);
  return { path, bytes: bytes.length, sha256: sha256Of(bytes) };
}

/**
 * The model in the file at `path`, and the SHA-256 of the file's bytes in hexadecimal.
 *
 * @throws {ModelError} if it cannot be read or is not a valid model, naming the field.
 */
export async function readModel(path: string): Promise<{ model: Model; sha256: string }> {
  const { text, sha256 } = await readText(path);
  return { model: parseModel(text, path), sha256 };
}

/**
 * The text of a file, and the SHA-256 of its bytes in hexadecimal.
 *
 * @throws {ModelError} if it cannot be read, is no file, too large or not UTF-8.
 */
export async function readText(path: string): Promise<{ text: string; sha256: string }> {
  const hint = 'give the path of a model.json from backprop-train';
  const expected = { what: 'a model file', maximum: MAX_BYTES, hint, error: ModelError };
  const bytes = await readRegularFile(path, expected);
  return { text: decodeText(bytes, path, expected), sha256: sha256Of(bytes) };
}
