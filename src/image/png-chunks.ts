import { crc32 } from 'node:zlib';
import { FileError } from '../errors.js';
import { kindOf } from './kinds.js';

/** What a PNG's IHDR chunk says. */
export interface Header {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  /** Samples of a pixel: 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha. */
  readonly channels: number;
  /** A sample is the number of a colour in the palette. */
  readonly indexed: boolean;
  /** In the order of the image data: one, or Adam7's seven without the empty ones. */
  readonly passes: readonly Pass[];
}

/** The pixels at columns left, left + across, … and rows top, top + down, … */
export interface Pass {
  readonly left: number;
  readonly top: number;
  readonly across: number;
  readonly down: number;
  readonly columns: number;
  readonly rows: number;
  /** Of a row's samples, without the byte in front of them that names the filter. */
  readonly rowBytes: number;
}

/** What makes the image. The rest of a file (text, profiles, animation) is left out. */
export interface Chunks {
  readonly header: Header;
  /** Red, green and blue of each colour; empty if there is none. */
  readonly palette: Uint8Array;
  /** tRNS: the palette's alphas, or the one transparent colour in 16 bits a sample. */
  readonly transparency: Uint8Array;
  /** Compressed. */
  readonly imageData: Uint8Array;
}

/** Most pixels that are decoded, 4096 × 4096: more than a phone's camera has, 134 MB at most. */
export const MAX_PIXELS: number = 2 ** 24;
/** Longest side: a row costs as much as hundreds of pixels, so 16 million rows would take seconds. */
const MAX_SIDE = 2 ** 13;
/**
 * Most bytes of inflated image data: a phone's 12 megapixels in colour with transparency. They take a
 * second and 240 MB; MAX_PIXELS of 16 bits a sample took two, and 520 MB, from a file of 130 kB.
 */
const MAX_IMAGE_DATA = 50_000_000;
/** Encoders write 8,192 bytes a chunk, so 64 MB in 8,192; five million empty ones took 27 s and 1.4 GB. */
const MAX_CHUNKS = 2 ** 16;
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Length, type and checksum of a chunk, four bytes each. */
const FRAME = 12;
/** Samples of a pixel and allowed depths, by colour type. */
const COLOUR_TYPES: Readonly<Record<number, { channels: number; depths: readonly number[] }>> = {
  0: { channels: 1, depths: [1, 2, 4, 8, 16] },
  2: { channels: 3, depths: [8, 16] },
  3: { channels: 1, depths: [1, 2, 4, 8] },
  4: { channels: 2, depths: [8, 16] },
  6: { channels: 4, depths: [8, 16] },
};
/** First column and row of Adam7's passes, and their steps. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
/** Chunks that are read; the checksums of others do not matter. */
const ESSENTIAL = ['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'];
/**
 * Walks through a PNG's chunks without inflating any: the header, checked, and what makes the image.
 *
 * @throws {FileError} if it is no PNG, is damaged, ends early, or is larger than is decoded
 */
export function readChunks(bytes: Uint8Array, file: string): Chunks {
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) throw notPng(bytes, file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array[] = [];
  let header: Header | undefined;
  let palette: Uint8Array = new Uint8Array(0);
  let transparency: Uint8Array = new Uint8Array(0);
  let type = '';
  for (let at = SIGNATURE.length, count = 1; type !== 'IEND'; count++) {
    if (count > MAX_CHUNKS) {
      throw new FileError(`${file}: expected at most ${MAX_CHUNKS} chunks, found more`, {
        hint: 'save the picture as PNG again',
      });
    }
    const length = at + FRAME <= bytes.length ? view.getUint32(at) : Number.POSITIVE_INFINITY;
    const end = at + FRAME + length;
    if (end > bytes.length) throw truncated(file);
    type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, end - 4);
    if (!header) {
      if (type !== 'IHDR' || length !== 13) throw damaged(file, 'it does not begin with a header');
      header = readHeader(view, at + 8, file);
    } else if (type === 'IHDR') throw damaged(file, 'it has two headers');
    if (
      ESSENTIAL.includes(type) &&
      crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)
    ) {
      throw damaged(file, `wrong checksum of its ${type} chunk`);
    }
    if (type === 'PLTE') palette = content;
    if (type === 'tRNS') transparency = content;
    if (type === 'IDAT') data.push(content);
    at = end;
  }
  if (palette.length % 3 !== 0) throw damaged(file, `a palette of ${palette.length} bytes`);
  return { header: header!, palette, transparency, imageData: Buffer.concat(data) };
}

/** @throws {FileError} unless the header is one of the standard's, and of a size to be decoded */
function readHeader(view: DataView, at: number, file: string): Header {
  const width = view.getUint32(at);
  const height = view.getUint32(at + 4);
  const depth = view.getUint8(at + 8);
  const colourType = view.getUint8(at + 9);
  const colour = COLOUR_TYPES[colourType];
  const [compression, filter, interlace] = [10, 11, 12].map((k) => view.getUint8(at + k));
  if (width === 0 || height === 0) throw damaged(file, `its size is ${width}×${height}`);
  if (!colour?.depths.includes(depth)) throw damaged(file, 'unknown colour type or depth');
  if (compression !== 0) throw damaged(file, `unknown compression ${compression}`);
  if (filter !== 0) throw damaged(file, `unknown filtering ${filter}`);
  if (interlace !== 0 && interlace !== 1) throw damaged(file, `unknown interlacing ${interlace}`);
  if (width * height > MAX_PIXELS) {
    throw tooLarge(file, `${MAX_PIXELS} pixels (4096×4096), found ${width}×${height}`);
  }
  if (Math.max(width, height) > MAX_SIDE) {
    throw tooLarge(file, `${MAX_SIDE} pixels a side, found ${width}×${height}`);
  }
  const { channels } = colour;
  const passes = passesOf(
    width,
    height,
    channels * depth,
    interlace === 1 ? ADAM7 : [[0, 0, 1, 1]],
  );
  const header = { width, height, depth, channels, indexed: colourType === 3, passes };
  const length = imageDataLength(header);
  if (length > MAX_IMAGE_DATA) {
    throw tooLarge(file, `${MAX_IMAGE_DATA} bytes of image data, found ${length}`);
  }
  return header;
}

function passesOf(
  width: number,
  height: number,
  pixelBits: number,
  grids: readonly (readonly [left: number, top: number, across: number, down: number])[],
): Pass[] {
  return grids
    .filter(([left, top]) => left < width && top < height)
    .map(([left, top, across, down]) => {
      const columns = Math.ceil((width - left) / across);
      const rows = Math.ceil((height - top) / down);
      const rowBytes = Math.ceil((columns * pixelBits) / 8);
      return { left, top, across, down, columns, rows, rowBytes };
    });
}

/** Bytes of the inflated image data: a filter's byte and the samples, row by row, pass by pass. */
export function imageDataLength({ passes }: Header): number {
  return passes.reduce((sum, { rows, rowBytes }) => sum + rows * (1 + rowBytes), 0);
}

function tooLarge(file: string, expectation: string): FileError {
  return new FileError(`${file}: expected at most ${expectation}`, {
    hint: 'make the picture smaller or cut out the digit',
  });
}

function notPng(bytes: Uint8Array, file: string): FileError {
  if (bytes.length > 0 && SIGNATURE.slice(0, bytes.length).every((byte, i) => bytes[i] === byte)) {
    return truncated(file);
  }
  // A PNG all the same, if its first byte is there or its letters are; as UTF-8 that byte is three.
  if (
    bytes[0] === SIGNATURE[0] ||
    /^.{1,3}PNG/s.test(String.fromCharCode(...bytes.subarray(0, 8)))
  ) {
    return damaged(file, 'its signature was changed, as by a transfer as text');
  }
  const kind = kindOf(bytes);
  const found = bytes.length === 0 ? 'an empty file' : (kind ?? 'something else');
  return new FileError(`${file}: expected a PNG or JPEG picture, found ${found}`, {
    hint: kind ? 'save the picture as PNG or JPEG' : 'give the path of a PNG or JPEG',
  });
}

function truncated(file: string): FileError {
  return damaged(file, 'the file ends too early');
}

export function damaged(file: string, fault: string, cause?: unknown): FileError {
  return new FileError(`${file}: damaged PNG: ${fault}`, {
    hint: 'save the picture as PNG again',
    cause,
  });
}
