import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import decode, { init } from '@jsquash/jpeg/decode.js';
import { damagedJpeg, readJpegHeader } from './jpeg-header.js';
import { CHANNELS, type Level, luminance } from './levels.js';
import type { ColourPlane, Plane } from './plane.js';

/** Of all pixels of a decoded JPEG: red, green, blue and 255. */
interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/**
 * The luminance of a JPEG, 0 to 255, and its channels, turned as its EXIF orientation says: baseline and
 * progressive, grey and colour. Decoded by MozJPEG in WebAssembly, where a hostile file has nothing to
 * reach but its own memory. The header is checked before that: what is too large is never decoded.
 *
 * @param file name for error messages
 * @throws {FileError} naming file and fault
 */
export async function decodeJpeg(
  bytes: Uint8Array,
  file: string,
): Promise<ColourPlane<Uint8Array>> {
  const { width, height, orientation } = readJpegHeader(bytes, file);
  const image = await decodeImage(bytes, file);
  if (image.width !== width || image.height !== height) {
    throw damagedJpeg(
      file,
      `its size is both ${width}×${height} and ${image.width}×${image.height}`,
    );
  }
  const values = new Uint8Array(width * height);
  const channels = function* (): Generator<Plane<Uint8Array>> {
    // One after the other in the same memory.
    const channel = new Uint8Array(width * height);
    for (const level of CHANNELS) yield project(image, level, orientation, channel);
  };
  return { ...project(image, luminance, orientation, values), channels };
}

let ready = false;
/** What MozJPEG said of the picture that it is at. */
let complaints: string[] = [];
/** Of an encoder's harmless slips it only says how many bytes it skipped. */
const DAMAGE = /^Premature|^Corrupt JPEG data: (?!\d+ extraneous)/;

async function decodeImage(bytes: Uint8Array, file: string): Promise<Image> {
  if (!ready) {
    const path = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm');
    const printErr = (line: string): number => complaints.push(line);
    init({ wasmBinary: await readFile(path), printErr });
    ready = true;
  }
  complaints = [];
  let image: Image;
  try {
    image = await decode(new Uint8Array(bytes).buffer);
  } catch (cause) {
    // It has ended as a program does, and left what it held in its memory.
    ready = false;
    throw damagedJpeg(file, 'bad image data', cause);
  }
  if (complaints.some((line) => DAMAGE.test(line))) throw damagedJpeg(file, 'bad image data');
  return image;
}

/** Sets `values` to one level of all pixels, the right way up. */
function project(
  { width, height, data }: Image,
  level: Level,
  orientation: number,
  values: Uint8Array,
): Plane<Uint8Array> {
  const { first, across, down, turned } = stepsOf(orientation, width, height);
  const [columns, rows] = turned ? [height, width] : [width, height];
  for (let y = 0, i = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, i++) {
      const at = 4 * (first + x * across + y * down);
      values[i] = Math.round(level(data[at]!, data[at + 1]!, data[at + 2]!));
    }
  }
  return { width: columns, height: rows, values };
}

/**
 * Where in a stored picture of width × height the shown one's first pixel is, and how many pixels further
 * the ones to its right and below it are. EXIF's values say where the stored picture's first row and
 * column are shown: 1 top left, 2 top right, 3 bottom right, 4 bottom left; 5 left top, 6 right top,
 * 7 right bottom, 8 left bottom.
 */
function stepsOf(
  orientation: number,
  width: number,
  height: number,
): { first: number; across: number; down: number; turned: boolean } {
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  const column = fromRight ? -1 : 1;
  const row = fromBottom ? -width : width;
  const first = (fromRight ? width - 1 : 0) + (fromBottom ? (height - 1) * width : 0);
  const turned = orientation >= 5;
  return { first, across: turned ? row : column, down: turned ? column : row, turned };
}
