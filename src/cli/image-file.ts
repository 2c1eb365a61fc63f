import { constants, type Dirent } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError } from '../errors.js';
import { type NormalisedPicture, normalise } from '../image/normalise.js';
import { decodePng } from '../image/png.js';

/** A picture as the model takes it, and the size that it had. */
export interface OwnPicture extends NormalisedPicture {
  readonly file: string;
  readonly width: number;
  readonly height: number;
}

/** Largest file that is read: more than MAX_PIXELS in colour that does not compress. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The picture in the PNG file at `path`, made into one of the model's sides as MNIST's were.
 * @throws {ModelError} naming the file, if it cannot be read, is not a PNG to be decoded, or is blank
 */
export async function readPicture(
  path: string,
  sides: { readonly rows: number; readonly columns: number },
): Promise<OwnPicture> {
  const picture = await decodePng(await readBytes(path), path);
  try {
    const { width, height } = picture;
    return { file: path, width, height, ...normalise(picture, sides) };
  } catch (cause) {
    if (!(cause instanceof ModelError)) throw cause;
    const { message, hint = '' } = cause;
    throw new ModelError(`${path}: ${message}`, { hint, cause });
  }
}

/**
 * The pictures that `path` stands for: itself, or, if it is a folder, the .png files in it by name.
 * @throws {ModelError} for a folder without any, or one that cannot be read
 */
export async function listPictures(path: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch (cause) {
    // Whatever is wrong with a file is said when it is read.
    if (!isFolderError(cause)) return [path];
    throw unreadable(path, cause);
  }
  const names = entries
    .filter((entry) => !entry.isDirectory() && /\.png$/i.test(entry.name))
    .map(({ name }) => name)
    .sort();
  if (names.length > 0) return names.map((name) => join(path, name));
  throw new ModelError(`${path}: no .png files in this folder`, {
    hint: 'give PNG files, or a folder of them',
  });
}

function isFolderError(cause: unknown): boolean {
  return ['EACCES', 'EPERM', 'EIO'].includes((cause as NodeJS.ErrnoException).code ?? '');
}

/** Non-blocking: opening a FIFO that nobody writes to would hang for ever. */
async function readBytes(path: string): Promise<Uint8Array> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = await handle.stat();
    if (!stat.isFile()) throw notAFile(path, stat.isDirectory() ? 'a folder' : 'a pipe or device');
    if (stat.size > MAX_BYTES) {
      throw new ModelError(
        `${path}: expected a picture of at most ${MAX_BYTES} bytes, found ${stat.size}`,
        { hint: 'make the picture smaller or cut out the digit' },
      );
    }
    const bytes = new Uint8Array(stat.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } catch (cause) {
    throw cause instanceof ModelError ? cause : unreadable(path, cause);
  } finally {
    await handle?.close();
  }
}

function notAFile(path: string, found: string, cause?: unknown): ModelError {
  return new ModelError(`${path}: expected a picture, found ${found}`, {
    hint: 'give the path of a PNG',
    cause,
  });
}

function unreadable(path: string, cause: unknown): ModelError {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  if (code === 'ENOENT') return notAFile(path, 'nothing there', cause);
  if (code === 'EISDIR') return notAFile(path, 'a folder', cause);
  if (code === 'ENXIO') return notAFile(path, 'a socket or device', cause);
  return new ModelError(`${path}: cannot be read (${code})`, {
    hint: 'check the path and its permissions',
    cause,
  });
}
