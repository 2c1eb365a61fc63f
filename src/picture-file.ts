import { FileError } from './errors.js';
import { type Expected, readRegularFile } from './files/regular.js';
import { isJpeg } from './image/jpeg-header.js';
import { type NormalisedPicture, normalise } from './image/normalise.js';
import type { ColourPlane } from './image/plane.js';
import { decodePng } from './image/png.js';
import { type PictureWarning, pictureWarnings } from './image/warnings.js';

/** A picture as the model takes it, and the size that it had. */
export interface OwnPicture extends NormalisedPicture {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  /** Why it does not look like one digit; empty for a model of anything else than MNIST's. */
  readonly warnings: readonly PictureWarning[];
}

/** How the names of files end that are looked at in a folder. */
export const PICTURE_NAME: RegExp = /\.(png|jpe?g)$/i;

/** What of a model matters to a picture for it. */
export interface PictureModel {
  readonly rows: number;
  readonly columns: number;
  readonly training?: { readonly dataset: { readonly name: string } } | undefined;
}

/** The size is more than a PNG's most pixels take in colour that does not compress. */
const PICTURE: Expected = {
  what: 'a picture',
  maximum: 64 * 1024 * 1024,
  hint: 'give the path of a PNG or JPEG',
  error: FileError,
};

/**
 * The picture in the PNG or JPEG file at `path`, made into one of the model's sides as MNIST's were.
 * @param model a saved one, or any sides; its record says what its pictures should look like
 * @throws {FileError} naming the file, if it cannot be read, is not a picture to be decoded, or is blank
 */
export async function readPicture(path: string, model: PictureModel): Promise<OwnPicture> {
  const picture = await decodeFile(await readRegularFile(path, PICTURE), path);
  try {
    const { width, height } = picture;
    const normal = normalise(picture, model);
    return { file: path, width, height, ...normal, warnings: pictureWarnings(normal, model) };
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    const { message, hint = '' } = cause;
    throw new FileError(`${path}: ${message}`, { hint, cause });
  }
}

/** The decoder of JPEGs is loaded for the first one. */
async function decodeFile(
  bytes: Uint8Array,
  path: string,
): Promise<ColourPlane<ArrayLike<number>>> {
  if (!isJpeg(bytes)) return decodePng(bytes, path);
  const { decodeJpeg } = await import('./image/jpeg.js');
  return decodeJpeg(bytes, path);
}
