import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../errors.js';
import { type Expected, readRegularFile } from '../files/regular.js';
import { type NormalisedPicture, normalise } from '../image/normalise.js';
import { decodePng } from '../image/png.js';

/** A picture as the model takes it, and the size that it had. */
export interface OwnPicture extends NormalisedPicture {
  readonly file: string;
  readonly width: number;
  readonly height: number;
}

/** The size is more than MAX_PIXELS take in colour that does not compress. */
const PNG: Expected = {
  what: 'a picture',
  maximum: 64 * 1024 * 1024,
  hint: 'give the path of a PNG',
  error: FileError,
};

/**
 * The picture in the PNG file at `path`, made into one of the model's sides as MNIST's were.
 * @throws {FileError} naming the file, if it cannot be read, is not a PNG to be decoded, or is blank
 */
export async function readPicture(
  path: string,
  sides: { readonly rows: number; readonly columns: number },
): Promise<OwnPicture> {
  const picture = await decodePng(await readRegularFile(path, PNG), path);
  try {
    const { width, height } = picture;
    return { file: path, width, height, ...normalise(picture, sides) };
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    const { message, hint = '' } = cause;
    throw new FileError(`${path}: ${message}`, { hint, cause });
  }
}

/**
 * The pictures that `path` stands for: itself, or, if it is a folder, the .png files in it by name.
 * @throws {FileError} for a folder without any
 */
export async function listPictures(path: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch {
    // Not a folder, or none that can be read: what is wrong with it is said when it is.
    return [path];
  }
  const names = entries
    .filter((entry) => !entry.isDirectory() && /\.png$/i.test(entry.name))
    .map(({ name }) => name)
    .sort();
  if (names.length > 0) return names.map((name) => join(path, name));
  throw new FileError(`${path}: no .png files in this folder`, {
    hint: 'give PNG files, or a folder of them',
  });
}
