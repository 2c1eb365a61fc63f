import { FileError } from './errors.js';
import { type Expected, readRegularFile } from './files/regular.js';
import { type NormalisedPicture, normalise } from './image/normalise.js';
import { decodePng } from './image/png.js';

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
