import { createHash } from 'node:crypto';
import { ModelError } from '../errors.js';
import { writeFileAtomic } from '../files/atomic.js';
import { readRegularFile } from '../files/regular.js';
import { formatModel, type Model } from './model.js';

export type { Metrics, Model, Score, Training } from './model.js';
export { formatModel } from './model.js';

/** Largest file that is read: MAX_PARAMETERS numbers of 16 bytes. Reading it takes half a second. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Writes `model` to `path`: after a crash there is the old file or the new one, never a part.
 *
 * @returns the SHA-256 of the bytes written, in hexadecimal, and their number.
 * @throws {ModelError} if a number is not finite or sizes do not fit, before anything is written.
 * @throws {DiskError} if the file cannot be written.
 */
export async function saveModel(
  path: string,
  model: Model,
): Promise<{ sha256: string; bytes: number }> {
  const bytes = Buffer.from(formatModel(model));
  await writeFileAtomic(path, bytes);
  return { sha256: sha256Of(bytes), bytes: bytes.length };
}

/**
 * The model in the file at `path`, and the SHA-256 of the file's bytes in hexadecimal.
 *
 * @throws {ModelError} if it cannot be read or is not a valid model, naming the field.
 */
export async function readModel(path: string): Promise<{ model: Model; sha256: string }> {
  const { text, sha256 } = await readText(path);
  return { model: await parseModel(text, path), sha256 };
}

/**
 * The text of a file, and the SHA-256 of its bytes in hexadecimal.
 *
 * @throws {ModelError} if it cannot be read, is no file, too large or not UTF-8.
 */
export async function readText(path: string): Promise<{ text: string; sha256: string }> {
  const bytes = await readRegularFile(path, {
    what: 'a model file',
    maximum: MAX_BYTES,
    hint: 'give the path of a model.json',
  });
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { text, sha256: sha256Of(bytes) };
  } catch (cause) {
    throw new ModelError(`${path}: expected UTF-8 text, found other bytes`, {
      hint: 'is this a model.json from backprop-train?',
      cause,
    });
  }
}

/**
 * The model in the text of a model.json. Asynchronous because zod is loaded only here: it costs
 * 55 ms, which training should not pay.
 *
 * @param file name for error messages.
 * @throws {ModelError} naming file and field, with what was expected and found.
 */
export async function parseModel(text: string, file: string): Promise<Model> {
  const { parseModelText } = await import('./read.js');
  return parseModelText(text, file);
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
