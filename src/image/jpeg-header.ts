import { FileError } from '../errors.js';

/** What a JPEG's markers say of it. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** EXIF's (Exif 2.3, tag 274), 1 to 8: which way up the camera was. 1, as it is stored, if nothing is said. */
  readonly orientation: number;
}

/** Most pixels, a phone's 24 million: they take three seconds and 370 MB, 12 million 190 MB. */
const MAX_PIXELS = 25_000_000;
/** A progressive one is held whole as coefficients while it is decoded: six bytes a pixel more. */
const MAX_PROGRESSIVE_PIXELS = 12_500_000;
/** Longest side, as of a PNG. */
const MAX_SIDE = 2 ** 13;
/** A bit for each 8×8 pixels is the least that a scan can have of them. */
const MOST_PIXELS_A_BYTE = 8 * 64;
/** Encoders write 10 or so. A scan of a few bytes can pass through the whole picture. */
const MAX_SCANS = 64;

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;
/** Frames that are decoded: baseline, extended and progressive, all of Huffman codes. */
const FRAMES = [0xc0, 0xc1, 0xc2];
const PROGRESSIVE = 0xc2;
/** Markers without a length: TEM, and RST0 to RST7. */
const isBare = (marker: number): boolean => marker === 1 || (marker >= 0xd0 && marker <= 0xd7);
/** Lossless, hierarchical and arithmetically coded frames; C4, C8 and CC are something else. */
const isRareFrame = (marker: number): boolean =>
  marker > 0xc2 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === SOI && bytes[2] === 0xff;
}

/**
 * Walks through a JPEG's markers (ITU-T T.81, annex B) without decoding anything, to its end.
 *
 * @throws {FileError} if it is damaged, ends early, is larger than is decoded, or of a rare kind
 */
export function readJpegHeader(bytes: Uint8Array, file: string): JpegHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let frame: { width: number; height: number } | undefined;
  let orientation = 1;
  let scans = 0;
  for (let at = 2; ; ) {
    // From scan data, in which FF 00 is a byte, or from fill bytes to the next marker.
    at = bytes.indexOf(0xff, at);
    while (bytes[at + 1] === 0xff) at++;
    if (at < 0 || at + 1 >= bytes.length) throw endsEarly(file);
    const marker = bytes[at + 1]!;
    at += 2;
    if (marker === EOI) break;
    if (marker === 0 || isBare(marker)) continue;
    const length = at + 2 <= bytes.length ? view.getUint16(at) : 0;
    if (at + length > bytes.length || at + 2 > bytes.length) throw endsEarly(file);
    if (length < 2) throw damagedJpeg(file, `a segment of ${length} bytes`);
    const segment = bytes.subarray(at + 2, at + length);
    at += length;
    if (marker === APP1) orientation = orientationOf(segment) ?? orientation;
    if (isRareFrame(marker)) throw rare(file, `of a rare kind (SOF${marker - 0xc0})`);
    if (FRAMES.includes(marker)) {
      if (frame) throw damagedJpeg(file, 'a second frame');
      frame = readFrame(segment, marker === PROGRESSIVE, file);
    }
    if (marker === SOS && ++scans > MAX_SCANS) {
      throw new FileError(`${file}: expected at most ${MAX_SCANS} scans, found more`, {
        hint: 'save the picture as JPEG or PNG again',
      });
    }
  }
  if (!frame || scans === 0) throw damagedJpeg(file, 'there is no image in it');
  if (frame.width * frame.height > MOST_PIXELS_A_BYTE * bytes.length) {
    throw damagedJpeg(file, `too few bytes for ${frame.width}×${frame.height}`);
  }
  return { ...frame, orientation };
}

function readFrame(
  segment: Uint8Array,
  progressive: boolean,
  file: string,
): { width: number; height: number } {
  if (segment.length < 6) throw damagedJpeg(file, 'its frame is cut off');
  const [depth, height, width, components] = [
    segment[0]!,
    segment[1]! * 256 + segment[2]!,
    segment[3]! * 256 + segment[4]!,
    segment[5]!,
  ];
  if (depth !== 8) throw rare(file, `of ${depth} bits a sample`);
  if (components === 4) throw rare(file, 'in four inks (CMYK)');
  if (components !== 1 && components !== 3) {
    throw damagedJpeg(file, `${components} components, expected 1 or 3`);
  }
  if (width === 0 || height === 0) throw damagedJpeg(file, `its size is ${width}×${height}`);
  const most = progressive ? MAX_PROGRESSIVE_PIXELS : MAX_PIXELS;
  if (width * height > most) {
    const kind = progressive ? ' of a progressive JPEG' : '';
    throw tooLarge(file, `${most} pixels${kind}, found ${width}×${height}`);
  }
  if (Math.max(width, height) > MAX_SIDE) {
    throw tooLarge(file, `${MAX_SIDE} pixels a side, found ${width}×${height}`);
  }
  return { width, height };
}

/** 'Exif\0\0', behind which a TIFF begins. */
const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0];
const ORIENTATION = 274;
const SHORT = 3;

/** EXIF's orientation; undefined where a segment has none that makes sense. */
function orientationOf(segment: Uint8Array): number | undefined {
  if (EXIF.some((byte, i) => segment[i] !== byte)) return undefined;
  const tiff = segment.subarray(EXIF.length);
  if (tiff.length < 8) return undefined;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const little = tiff[0] === 0x49;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return undefined;
  const entries = view.getUint16(directory, little);
  for (let k = 0; k < entries; k++) {
    const entry = directory + 2 + 12 * k;
    if (entry + 12 > tiff.length) return undefined;
    if (view.getUint16(entry, little) !== ORIENTATION) continue;
    const value = view.getUint16(entry + 8, little);
    const isOne = view.getUint16(entry + 2, little) === SHORT && value >= 1 && value <= 8;
    return isOne ? value : undefined;
  }
  return undefined;
}

function rare(file: string, what: string): FileError {
  return new FileError(`${file}: expected a usual JPEG picture, found one ${what}`, {
    hint: 'save the picture as PNG',
  });
}

function tooLarge(file: string, expectation: string): FileError {
  return new FileError(`${file}: expected at most ${expectation}`, {
    hint: 'make the picture smaller or cut out the digit',
  });
}

function endsEarly(file: string): FileError {
  return damagedJpeg(file, 'the file ends too early');
}

export function damagedJpeg(file: string, fault: string, cause?: unknown): FileError {
  return new FileError(`${file}: damaged JPEG: ${fault}`, {
    hint: 'save the picture as JPEG or PNG again',
    cause,
  });
}
