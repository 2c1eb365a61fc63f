import { FileError } from '../errors.js';

/** What a PNG's IHDR chunk says. */
export interface Header {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  /** Samples of a pixel: 1 to 4. */
  readonly channels: number;
  /** A sample is the number of a colour in the palette. */
  readonly indexed: boolean;
  readonly interlaced: boolean;
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
/** Chunks that make the image. The rest (text, profiles, animation) is left out. */
const ESSENTIAL = ['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'];
/** How other kinds of picture begin. */
const OTHER_KINDS: readonly (readonly [RegExp, string])[] = [
  [/^\xff\xd8\xff/, 'a JPEG picture'],
  [/^GIF8/, 'a GIF picture'],
  [/^RIFF....WEBP/s, 'a WebP picture'],
  [/^BM/, 'a BMP picture'],
  [/^(II\*\0|MM\0\*)/, 'a TIFF picture'],
  [/^....ftyp/s, 'a HEIC or AVIF picture'],
  [/^%PDF/, 'a PDF'],
  [/^\s*(<\?xml|<svg)/, 'an SVG drawing'],
];

/**
 * Walks through a PNG's chunks without decoding any: the header, checked; the file again with only
 * the chunks that make the image; and the contents of its IDAT chunks, one behind the other.
 *
 * @throws {FileError} if it is no PNG, ends early, or has more than MAX_PIXELS
 */
export function readChunks(
  bytes: Uint8Array,
  file: string,
): { header: Header; essential: Uint8Array; imageData: Uint8Array } {
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) throw notPng(bytes, file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [bytes.subarray(0, SIGNATURE.length)];
  const data: Uint8Array[] = [];
  let header: Header | undefined;
  let type = '';
  for (let at = SIGNATURE.length; type !== 'IEND'; ) {
    const length = at + FRAME <= bytes.length ? view.getUint32(at) : Number.POSITIVE_INFINITY;
    const end = at + FRAME + length;
    if (end > bytes.length) throw truncated(file);
    type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!header) {
      if (type !== 'IHDR' || length !== 13) throw broken(file, 'it does not begin with a header');
      header = readHeader(view, at + 8, file);
    } else if (type === 'IHDR') throw broken(file, 'it has two headers');
    if (ESSENTIAL.includes(type)) kept.push(bytes.subarray(at, end));
    if (type === 'IDAT') data.push(bytes.subarray(at + 8, end - 4));
    at = end;
  }
  return { header: header!, essential: joined(kept), imageData: joined(data) };
}

/** @throws {FileError} unless the header is one of the standard's, and of a size to be decoded */
function readHeader(view: DataView, at: number, file: string): Header {
  const width = view.getUint32(at);
  const height = view.getUint32(at + 4);
  const depth = view.getUint8(at + 8);
  const colourType = view.getUint8(at + 9);
  const colour = COLOUR_TYPES[colourType];
  const interlace = view.getUint8(at + 12);
  if (width === 0 || height === 0) throw broken(file, `its size is ${width}×${height}`);
  if (!colour?.depths.includes(depth)) throw broken(file, 'unknown colour type or depth');
  if (interlace > 1) throw broken(file, `unknown interlacing ${interlace}`);
  if (width * height > MAX_PIXELS) {
    throw tooLarge(file, `${MAX_PIXELS} pixels (4096×4096), found ${width}×${height}`);
  }
  if (Math.max(width, height) > MAX_SIDE) {
    throw tooLarge(file, `${MAX_SIDE} pixels a side, found ${width}×${height}`);
  }
  if (interlace === 1 && depth < 8) {
    throw new FileError(`${file}: interlaced PNG of ${depth} bits a sample cannot be read`, {
      hint: 'save it without interlacing',
    });
  }
  const header = {
    ...{ width, height, depth, channels: colour.channels },
    indexed: colourType === 3,
    interlaced: interlace === 1,
  };
  const length = imageDataLength(header);
  if (length > MAX_IMAGE_DATA) {
    throw tooLarge(file, `${MAX_IMAGE_DATA} bytes of image data, found ${length}`);
  }
  return header;
}

function tooLarge(file: string, expectation: string): FileError {
  return new FileError(`${file}: expected at most ${expectation}`, {
    hint: 'make the picture smaller or cut out the digit',
  });
}

/** First column and row of Adam7's seven passes, and their steps. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Bytes of the inflated image data: a filter's byte and the samples, row by row, pass by pass. */
export function imageDataLength({ width, height, depth, channels, interlaced }: Header): number {
  const passes = interlaced ? PASSES : ([[0, 0, 1, 1]] as const);
  let length = 0;
  for (const [left, top, across, down] of passes) {
    const columns = Math.max(0, Math.ceil((width - left) / across));
    const rows = Math.max(0, Math.ceil((height - top) / down));
    if (columns > 0) length += rows * (1 + Math.ceil((columns * channels * depth) / 8));
  }
  return length;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function notPng(bytes: Uint8Array, file: string): FileError {
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  const other = OTHER_KINDS.find(([pattern]) => pattern.test(start))?.[1];
  if (bytes.length > 0 && SIGNATURE.slice(0, bytes.length).every((byte, i) => bytes[i] === byte)) {
    return truncated(file);
  }
  const found = bytes.length === 0 ? 'an empty file' : (other ?? 'something else');
  return new FileError(`${file}: expected a PNG picture, found ${found}`, {
    hint: other ? 'save it as PNG' : 'give the path of a PNG',
  });
}

function truncated(file: string): FileError {
  return broken(file, 'the file ends too early');
}

function broken(file: string, fault: string): FileError {
  return new FileError(`${file}: damaged PNG: ${fault}`, {
    hint: 'save the picture as PNG again',
  });
}
