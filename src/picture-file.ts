import { FileError } from './errors.js';
import { type Expected, readRegularFile } from './files/regular.js';
import { type NormalisedPicture, normalise } from './image/normalise.js';
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

/** What of a model matters to a picture for it. */
export interface PictureModel {
  readonly rows: number;
  readonly columns: number;
  readonly training?: { readonly dataset: { readonly name: string } } | undefined;
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
 * @param model a saved one, or any sides; its record says what its pictures should look like
 * @throws {FileError} naming the file, if it cannot be read, is not a PNG to be decoded, or is blank
 */
export async function readPicture(path: string, model: PictureModel): Promise<OwnPicture> {
  const picture = await decodePng(await readRegularFile(path, PNG), path);
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
