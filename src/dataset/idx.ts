import { DataError } from '../errors.js';
import type { LabelledImages } from '../images.js';

/** The images of one IDX file; `pixels` is a view of the file's bytes, row by row. */
export interface IdxImages {
  readonly file: string;
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  readonly pixels: Uint8Array;
}

/** The labels of one IDX file; `labels` is a view of the file's bytes. */
export interface IdxLabels {
  readonly file: string;
  readonly count: number;
  readonly labels: Uint8Array;
}

export type IdxKind = 'images' | 'labels';

/** What the first 16 (images) or 8 (labels) bytes say: big-endian unsigned 32-bit numbers. */
interface IdxHeader {
  readonly headerBytes: number;
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  /** Size of the whole file, in bytes, that these numbers call for. */
  readonly fileBytes: number;
}

/** 0, 0, type 8 (unsigned byte), number of dimensions. */
const magicNumbers = { images: 0x00000803, labels: 0x00000801 } as const;

/** Dimensions of which the sizes are told. */
const MOST_SHOWN = 8;

/** The types that IDX knows, by the third byte of the magic number. */
const typesInWords: Readonly<Record<number, string>> = {
  8: 'unsigned bytes',
  9: 'signed bytes',
  11: '16-bit integers',
  12: '32-bit integers',
  13: '32-bit floats',
  14: '64-bit floats',
};

/**
 * Reads and checks an IDX header; allocates nothing, whatever the header claims.
 * Format: http://yann.lecun.com/exdb/mnist/ ("The IDX file format").
 * @param file name for messages
 * @throws {DataError} empty file, truncated header, wrong magic number, no images, empty sides
 */
export function readIdxHeader(bytes: Uint8Array, kind: IdxKind, file: string): IdxHeader {
  if (bytes.length === 0) throw damaged(`${file}: the file is empty, expected IDX ${kind}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = bytes.length < 4 ? magicNumbers[kind] : view.getUint32(0);
  if (magic !== magicNumbers[kind]) throw wrongMagic(magic, view, kind, file);
  const headerBytes = kind === 'images' ? 16 : 8;
  if (bytes.length < headerBytes) {
    throw damaged(
      `${file}: truncated IDX header, expected ${headerBytes} bytes, found ${bytes.length}`,
    );
  }
  const count = view.getUint32(4);
  const rows = kind === 'images' ? view.getUint32(8) : 1;
  const columns = kind === 'images' ? view.getUint32(12) : 1;
  if (count === 0) throw damaged(`${file}: zero ${kind}, expected at least one`);
  if (rows === 0 || columns === 0) {
    throw damaged(`${file}: images of ${rows}×${columns} pixels, expected at least 1×1`);
  }
  return { headerBytes, count, rows, columns, fileBytes: headerBytes + count * rows * columns };
}

/**
 * Compares a header with the size of its file.
 * @throws {DataError} truncated; extra bytes
 */
export function checkFileBytes(size: number, header: IdxHeader, kind: IdxKind, file: string): void {
  const { count, rows, columns, fileBytes } = header;
  if (size === fileBytes) return;
  const fault = size < fileBytes ? 'truncated' : 'extra bytes at the end';
  const content = kind === 'images' ? `images of ${rows}×${columns}` : 'labels';
  throw damaged(
    `${file}: ${fault}, expected ${fileBytes} bytes for ${count} ${content}, found ${size}`,
  );
}

/**
 * An IDX3 file of unsigned bytes, without copying its pixels.
 * @throws {DataError} see {@link readIdxHeader}; truncated; extra bytes
 */
export function parseIdxImages(bytes: Uint8Array, file: string): IdxImages {
  const header = readIdxHeader(bytes, 'images', file);
  checkFileBytes(bytes.length, header, 'images', file);
  const { count, rows, columns } = header;
  return { file, count, rows, columns, pixels: bytes.subarray(header.headerBytes) };
}

/**
 * An IDX1 file of unsigned bytes, without copying its labels.
 * @throws {DataError} see {@link readIdxHeader}; truncated; extra bytes
 */
export function parseIdxLabels(bytes: Uint8Array, file: string): IdxLabels {
  const header = readIdxHeader(bytes, 'labels', file);
  checkFileBytes(bytes.length, header, 'labels', file);
  return { file, count: header.count, labels: bytes.subarray(header.headerBytes) };
}

/** The number of classes that labels alone tell: the largest plus one. */
export function classesOf(...files: readonly IdxLabels[]): number {
  let largest = 0;
  for (const { labels } of files) {
    for (const label of labels) if (label > largest) largest = label;
  }
  return largest + 1;
}

/**
 * Images with their labels, as views.
 * @param classes K; every label must be below it
 * @throws {DataError} counts that differ, or a label outside the classes, with its index
 */
export function joinLabelled(
  images: IdxImages,
  labels: IdxLabels,
  classes: number,
): LabelledImages {
  if (images.count !== labels.count) {
    throw damaged(
      `${images.file} has ${images.count} images but ${labels.file} has ${labels.count} labels`,
      'take both files from the same set',
    );
  }
  const index = labels.labels.findIndex((label) => label >= classes);
  if (index !== -1) {
    throw damaged(
      `${labels.file}: label ${labels.labels[index]} at index ${index}, expected 0 to ${classes - 1}`,
      `the data or model has ${classes} classes; take labels that belong to it`,
    );
  }
  const { count, rows, columns, pixels } = images;
  return { count, rows, columns, classes, pixels, labels: labels.labels };
}

/** @throws {DataError} unless both files hold images of one size */
export function checkSameSides(train: IdxImages, test: IdxImages): void {
  if (train.rows === test.rows && train.columns === test.columns) return;
  throw damaged(
    `${test.file}: images of ${test.rows}×${test.columns} pixels, ` +
      `expected ${train.rows}×${train.columns} as in ${train.file}`,
    'take both files from the same set',
  );
}

function wrongMagic(magic: number, view: DataView, kind: IdxKind, file: string): DataError {
  const type = typesInWords[magic >>> 8];
  const isOtherKind = Object.values<number>(magicNumbers).includes(magic);
  if (type !== undefined && !isOtherKind) return wrongForm(type, magic & 0xff, view, kind, file);
  const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;
  const other = kind === 'images' ? 'labels' : 'images';
  let hint = `it is no IDX file of ${kind}; fetch the file again`;
  if (magic === magicNumbers[other]) hint = `it holds ${other}; are two files mixed up?`;
  if (magic >>> 24 === 0x3c) hint = 'it looks like a web page, not data; fetch the file again';
  return damaged(
    `${file}: wrong magic number, expected ${hex(magicNumbers[kind])} for ${kind}, found ${hex(magic)}`,
    hint,
  );
}

/** IDX that is not damaged, but holds numbers or dimensions that are not taken. */
function wrongForm(
  type: string,
  dimensions: number,
  view: DataView,
  kind: IdxKind,
  file: string,
): DataError {
  const inWords = (count: number) => `${count} ${count === 1 ? 'dimension' : 'dimensions'}`;
  const taken = `unsigned bytes in ${inWords(magicNumbers[kind] & 0xff)}`;
  const sizes = Array.from(
    { length: Math.min(dimensions, Math.floor(view.byteLength / 4) - 1, MOST_SHOWN) },
    (_, d) => view.getUint32(4 + 4 * d),
  );
  const shown = sizes.length === dimensions ? `, ${sizes.join('×')}` : '';
  const found = `${type} in ${inWords(dimensions)}${shown}`;
  const form = kind === 'images' ? 'count × rows × columns, 0 to 255' : 'one class an item';
  return damaged(
    `${file}: expected IDX ${kind}, ${taken}, found ${found}`,
    `write the file as ${taken}: ${form}`,
  );
}

function damaged(message: string, hint = 'fetch the file again'): DataError {
  return new DataError(message, { hint });
}
