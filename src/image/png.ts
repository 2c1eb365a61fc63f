import { createInflate } from 'node:zlib';
import { FileError } from '../errors.js';
import type { Plane } from './plane.js';
import { type Chunks, damaged, type Header, imageDataLength, readChunks } from './png-chunks.js';

/**
 * The luminance of a PNG, 0 to 255: any colour type, depth and interlacing of the standard (ISO/IEC
 * 15948), transparent pixels over white paper. Where all that can be seen is of one colour, the
 * drawing is in the transparency alone (white ink on nothing): then it is drawn in black.
 *
 * Nothing of the image's size is allocated before the header has been checked, and no more is inflated
 * than it promises.
 *
 * @param file name for error messages
 * @throws {FileError} naming file and fault
 */
export async function decodePng(bytes: Uint8Array, file: string): Promise<Plane> {
  const chunks = readChunks(bytes, file);
  const data = await inflate(chunks, file);
  const { luminance, alpha } = chunks.header.indexed
    ? fromPalette(chunks, data, file)
    : fromSamples(chunks, data, file);
  if (alpha) putOnPaper(luminance, alpha);
  const { width, height } = chunks.header;
  return { width, height, values: luminance };
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

/** Samples of pixels `first`, `first + step`, … of the image. */
interface Row {
  readonly samples: Uint8Array;
  readonly count: number;
  readonly first: number;
  readonly step: number;
}

/** The rows of all passes, their filters undone, in place. */
function* rowsOf(
  { passes, width, ...header }: Header,
  data: Uint8Array,
  file: string,
): Generator<Row> {
  const pixelBytes = Math.ceil((header.channels * header.depth) / 8);
  let at = 0;
  for (const { left, top, across, down, columns, rows, rowBytes } of passes) {
    let above: Uint8Array = new Uint8Array(rowBytes);
    for (let r = 0; r < rows; r++) {
      const filter = data[at]!;
      if (filter > 4) throw damaged(file, `unknown filter ${filter}`);
      const samples = data.subarray(at + 1, at + 1 + rowBytes);
      if (filter > 0) unfilter(filter, samples, above, pixelBytes);
      yield { samples, count: columns, first: (top + r * down) * width + left, step: across };
      above = samples;
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

/** Luminance of sRGB's primaries (IEC 61966-2-1), here of the gamma-coded values. */
const [RED, GREEN, BLUE] = [0.2126, 0.7152, 0.0722] as const;

interface Pixels {
  /** 0 to 255. */
  readonly luminance: Float32Array;
  /** 0 transparent to 1 opaque; undefined if all are opaque. */
  readonly alpha: Float32Array | undefined;
}

function fromSamples({ header, transparency }: Chunks, data: Uint8Array, file: string): Pixels {
  const { width, height, channels, depth } = header;
  const largest = 2 ** depth - 1;
  const colours = channels <= 2 ? 1 : 3;
  // One of another length, such as an empty one, names no colour.
  const hasKey = channels === colours && transparency.length === 2 * colours;
  const key = Array.from({ length: colours }, (_, k) => sampleAt(transparency, k, 16));
  const luminance = new Float32Array(width * height);
  const alpha = channels > colours || hasKey ? new Float32Array(luminance.length) : undefined;
  for (const { samples, count, first, step } of rowsOf(header, data, file)) {
    for (let c = 0; c < count; c++) {
      const i = first + c * step;
      const at = c * channels;
      const red = sampleAt(samples, at, depth);
      const green = colours === 1 ? red : sampleAt(samples, at + 1, depth);
      const blue = colours === 1 ? red : sampleAt(samples, at + 2, depth);
      const grey = colours === 1 ? red : RED * red + GREEN * green + BLUE * blue;
      luminance[i] = (255 * grey) / largest;
      if (!alpha) continue;
      if (!hasKey) alpha[i] = sampleAt(samples, at + colours, depth) / largest;
      else
        alpha[i] =
          red === key[0] && (colours === 1 || (green === key[1] && blue === key[2])) ? 0 : 1;
    }
  }
  return { luminance, alpha };
}

function fromPalette(
  { header, palette, transparency }: Chunks,
  data: Uint8Array,
  file: string,
): Pixels {
  const { width, height, depth } = header;
  const luminance = new Float32Array(width * height);
  const alpha = transparency.length > 0 ? new Float32Array(luminance.length) : undefined;
  for (const { samples, count, first, step } of rowsOf(header, data, file)) {
    for (let c = 0; c < count; c++) {
      const i = first + c * step;
      const colour = sampleAt(samples, c, depth);
      if (3 * colour >= palette.length) {
        throw damaged(file, `colour ${colour} is not in its palette of ${palette.length / 3}`);
      }
      const [red, green, blue] = [
        palette[3 * colour]!,
        palette[3 * colour + 1]!,
        palette[3 * colour + 2]!,
      ];
      luminance[i] = RED * red + GREEN * green + BLUE * blue;
      if (alpha) alpha[i] = (transparency[colour] ?? 255) / 255;
    }
  }
  return { luminance, alpha };
}

/** Lays the pixels on white paper, in place: a large picture has 67 MB of them. */
function putOnPaper(luminance: Float32Array, alpha: Float32Array): void {
  const black = isOneColour(luminance, alpha);
  for (let i = 0; i < luminance.length; i++) {
    luminance[i] = 255 + ((black ? 0 : luminance[i]!) - 255) * alpha[i]!;
  }
}

/** Colours that differ by less, in grey levels, are one colour. */
const ONE_COLOUR = 8;

function isOneColour(luminance: Float32Array, alpha: Float32Array): boolean {
  let [least, most, clear] = [255, 0, false];
  for (let i = 0; i < alpha.length; i++) {
    if (alpha[i]! < 0.5) clear = true;
    else {
      least = Math.min(least, luminance[i]!);
      most = Math.max(most, luminance[i]!);
    }
  }
  return clear && most - least < ONE_COLOUR;
}
