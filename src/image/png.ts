import { createInflate } from 'node:zlib';
import { FileError } from '../errors.js';
import { CHANNELS, type Level, luminance } from './levels.js';
import type { ColourPlane, Plane } from './plane.js';
import { type Chunks, damaged, type Header, imageDataLength, readChunks } from './png-chunks.js';

/**
 * The luminance of a PNG, 0 to 255, and the channels of a coloured one: any colour type, depth and
 * interlacing of the standard (ISO/IEC 15948), transparent pixels over white paper. Where all that can
 * be seen is of one colour, the drawing is in the transparency alone (white ink on nothing): then it
 * is drawn in black.
 *
 * Nothing of the image's size is allocated before the header has been checked, and no more is inflated
 * than it promises.
 *
 * @param file name for error messages
 * @throws {FileError} naming file and fault
 */
export async function decodePng(bytes: Uint8Array, file: string): Promise<ColourPlane> {
  const chunks = readChunks(bytes, file);
  const image = { ...chunks, file, data: await inflate(chunks, file) };
  unfilterAll(chunks.header, image.data, file);
  const { width, height } = chunks.header;
  const values = new Float32Array(width * height);
  project(image, luminance, values, isOneColour(image));
  return { width, height, values, channels: () => channelsOf(image) };
}

/** The image data, of exactly the length that the header promises. */
async function inflate({ header, imageData }: Chunks, file: string): Promise<Uint8Array> {
  const data = new Uint8Array(imageDataLength(header));
  let found = 0;
  const inflated = createInflate({ chunkSize: 2 ** 18 });
  inflated.end(imageData);
  try {
    for await (const part of inflated as AsyncIterable<Uint8Array>) {
      if (found + part.length > data.length) {
        throw damaged(file, `more image data than the ${data.length} bytes of its size`);
      }
      data.set(part, found);
      found += part.length;
    }
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    const stopped = (cause as NodeJS.ErrnoException).code === 'Z_BUF_ERROR';
    throw damaged(file, stopped ? 'the image data stop too early' : 'bad image data', cause);
  }
  if (found === data.length) return data;
  throw damaged(file, `expected ${data.length} bytes of image data, found ${found}`);
}

/** Undoes the filters of all rows, in place. */
function unfilterAll({ passes, channels, depth }: Header, data: Uint8Array, file: string): void {
  const pixelBytes = Math.ceil((channels * depth) / 8);
  let at = 0;
  for (const { rows, rowBytes } of passes) {
    let above: Uint8Array = new Uint8Array(rowBytes);
    for (let r = 0; r < rows; r++) {
      const filter = data[at]!;
      if (filter > 4) throw damaged(file, `unknown filter ${filter}`);
      const row = data.subarray(at + 1, at + 1 + rowBytes);
      if (filter > 0) unfilter(filter, row, above, pixelBytes);
      above = row;
      at += 1 + rowBytes;
    }
  }
}

/**
 * Adds to every byte what its filter had predicted from its neighbours: a to the left, by a pixel, b
 * above, c above a. 1 predicts a, 2 b, 3 their mean, 4 the one of a, b, c nearest to a + b − c (Paeth).
 */
function unfilter(filter: number, row: Uint8Array, above: Uint8Array, pixelBytes: number): void {
  for (let i = 0; i < row.length; i++) {
    const a = i < pixelBytes ? 0 : row[i - pixelBytes]!;
    const b = above[i]!;
    if (filter === 1) row[i]! += a;
    else if (filter === 2) row[i]! += b;
    else if (filter === 3) row[i]! += (a + b) >> 1;
    else row[i]! += paeth(a, b, i < pixelBytes ? 0 : above[i - pixelBytes]!);
  }
}

function paeth(a: number, b: number, c: number): number {
  const [toA, toB, toC] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (toA <= toB && toA <= toC) return a;
  return toB <= toC ? b : c;
}

/** Sample `index` of a row; below 8 bits they are packed, highest bits first. */
function sampleAt(row: Uint8Array, index: number, depth: number): number {
  if (depth === 8) return row[index]!;
  if (depth === 16) return row[2 * index]! * 256 + row[2 * index + 1]!;
  const bit = index * depth;
  return (row[bit >> 3]! >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
}

/** A PNG without its compression and filters. */
interface Image extends Chunks {
  readonly file: string;
  readonly data: Uint8Array;
}

/** Red, green and blue from 0 to `largestOf` the image; alpha from 0 to 1. */
type Visit = (i: number, red: number, green: number, blue: number, alpha: number) => void;

/** Calls `visit` for every pixel, `i` its place in the picture. */
function forEachPixel(image: Image, visit: Visit): void {
  const { width, passes } = image.header;
  const visitRow = image.header.indexed ? indexedRow(image, visit) : sampledRow(image, visit);
  let at = 0;
  for (const { left, top, across, down, columns, rows, rowBytes } of passes) {
    for (let r = 0; r < rows; r++) {
      const row = image.data.subarray(at + 1, at + 1 + rowBytes);
      visitRow(row, columns, (top + r * down) * width + left, across);
      at += 1 + rowBytes;
    }
  }
}

/** Visits the `count` pixels of a row: `first`, `first + step`, … of the picture. */
type VisitRow = (row: Uint8Array, count: number, first: number, step: number) => void;

function sampledRow({ header, transparency }: Image, visit: Visit): VisitRow {
  const { channels, depth } = header;
  const largest = 2 ** depth - 1;
  const colours = channels <= 2 ? 1 : 3;
  const [greenAt, blueAt] = colours === 1 ? [0, 0] : [1, 2];
  // One of another length, such as an empty one, names no colour; bits above the depth say nothing.
  const hasKey = channels === colours && transparency.length === 2 * colours;
  const key = Array.from({ length: 3 }, (_, k) =>
    hasKey ? sampleAt(transparency, Math.min(k, colours - 1), 16) & largest : -1,
  );
  return (row, count, first, step) => {
    for (let c = 0; c < count; c++) {
      const at = c * channels;
      const red = sampleAt(row, at, depth);
      const green = sampleAt(row, at + greenAt, depth);
      const blue = sampleAt(row, at + blueAt, depth);
      let alpha = 1;
      if (channels > colours) alpha = sampleAt(row, at + colours, depth) / largest;
      else if (red === key[0] && green === key[1] && blue === key[2]) alpha = 0;
      visit(first + c * step, red, green, blue, alpha);
    }
  };
}

function indexedRow({ header, palette, transparency, file }: Image, visit: Visit): VisitRow {
  return (row, count, first, step) => {
    for (let c = 0; c < count; c++) {
      const colour = sampleAt(row, c, header.depth);
      const at = 3 * colour;
      if (at >= palette.length) {
        throw damaged(file, `colour ${colour} is not in its palette of ${palette.length / 3}`);
      }
      const alpha = (transparency[colour] ?? 255) / 255;
      visit(first + c * step, palette[at]!, palette[at + 1]!, palette[at + 2]!, alpha);
    }
  };
}

function largestOf({ header }: Image): number {
  return header.indexed ? 255 : 2 ** header.depth - 1;
}

/** Sets `values` to one level of all pixels, 0 to 255, laid on white paper; in black ink if so asked. */
function project(image: Image, level: Level, values: Float32Array, black: boolean): void {
  const largest = largestOf(image);
  forEachPixel(image, (i, red, green, blue, alpha) => {
    const value = black ? 0 : Math.fround((255 * level(red, green, blue)) / largest);
    values[i] = alpha === 1 ? value : 255 + (value - 255) * Math.fround(alpha);
  });
}

/** Luminances that differ by less, of 255, are one colour. */
const ONE_COLOUR = 8;

/** A part of the picture is transparent, and the rest is of one colour. */
function isOneColour(image: Image): boolean {
  const { channels } = image.header;
  if (channels % 2 === 1 && image.transparency.length === 0) return false;
  const largest = largestOf(image);
  let [least, most, clear] = [largest, 0, false];
  forEachPixel(image, (_, red, green, blue, alpha) => {
    if (alpha < 0.5) clear = true;
    else {
      const value = luminance(red, green, blue);
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  });
  return clear && (255 * (most - least)) / largest < ONE_COLOUR;
}

/** Red, green and blue of a picture that is not grey, one after the other in the same memory. */
function* channelsOf(image: Image): Generator<Plane> {
  if (image.header.channels <= 2 && !image.header.indexed) return;
  let coloured = false;
  forEachPixel(image, (_, red, green, blue) => {
    if (red !== green || green !== blue) coloured = true;
  });
  if (!coloured) return;
  const { width, height } = image.header;
  const values = new Float32Array(width * height);
  for (const level of CHANNELS) {
    project(image, level, values, false);
    yield { width, height, values };
  }
}
