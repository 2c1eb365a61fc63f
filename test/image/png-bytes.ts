import { deflateSync } from 'node:zlib';

/** A PNG's parts, to be put together rightly or wrongly; written without the code under test. */
export interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly depth?: number;
  /** 0 grey, 2 colour, 3 palette, 4 grey with alpha, 6 colour with alpha. */
  readonly colourType?: number;
  readonly interlace?: number;
  /** Rows of packed samples, each without its filter byte. */
  readonly rows: readonly (readonly number[])[];
  /** Chunks between header and data. */
  readonly extra?: readonly (readonly [string, Uint8Array])[];
  /** In place of the rows, already compressed. */
  readonly data?: Uint8Array;
}

export const SIGNATURE: Uint8Array = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

export function png(parts: PngParts): Uint8Array {
  const {
    extra = [],
    rows,
    data = deflateSync(Uint8Array.from(rows.flatMap((r) => [0, ...r]))),
  } = parts;
  return Buffer.concat([
    SIGNATURE,
    header(parts),
    ...extra.map(([type, bytes]) => chunk(type, bytes)),
    chunk('IDAT', data),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

export function header(parts: Omit<PngParts, 'rows'>): Uint8Array {
  const { width, height, depth = 8, colourType = 0, interlace = 0 } = parts;
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(width, 0);
  bytes.writeUInt32BE(height, 4);
  bytes.set([depth, colourType, 0, 0, interlace], 8);
  return chunk('IHDR', bytes);
}

export function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

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

/** How the samples of an image are written. */
export interface Layout {
  readonly depth: number;
  readonly channels: number;
  readonly interlaced: boolean;
  /** Of the rows in turn, 0 to 4. */
  readonly filters: Iterator<number>;
}

/** Image data, compressed: rows of width × channels samples. */
export function imageData(rows: readonly (readonly number[])[], layout: Layout): Uint8Array {
  const { channels, depth, filters, interlaced } = layout;
  const bytes: number[] = [];
  for (const [left, top, across, down] of interlaced ? ADAM7 : [[0, 0, 1, 1] as const]) {
    let above: number[] | undefined;
    for (let y = top; y < rows.length; y += down) {
      const samples: number[] = [];
      for (let at = left * channels; at < rows[y]!.length; at += across * channels) {
        samples.push(...rows[y]!.slice(at, at + channels));
      }
      if (samples.length === 0) continue;
      const row = packed(samples, depth);
      const filter = filters.next().value as number;
      bytes.push(filter, ...filtered(filter, row, above, Math.ceil((channels * depth) / 8)));
      above = row;
    }
  }
  return deflateSync(Uint8Array.from(bytes));
}

function packed(samples: readonly number[], depth: number): number[] {
  const bits = samples.map((sample) => sample.toString(2).padStart(depth, '0')).join('');
  const bytes = bits.match(/.{1,8}/g) ?? [];
  return bytes.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
}

/** ISO/IEC 15948, 9.2, in its letters: x the byte, a to its left, b above it, c above a. */
function filtered(
  filter: number,
  row: readonly number[],
  above: readonly number[] | undefined,
  pixelBytes: number,
): number[] {
  return row.map((x, i) => {
    const a = row[i - pixelBytes] ?? 0;
    const b = above?.[i] ?? 0;
    const c = above?.[i - pixelBytes] ?? 0;
    const p = a + b - c;
    const nearest = [a, b, c].reduce((best, one) =>
      Math.abs(p - one) < Math.abs(p - best) ? one : best,
    );
    const predicted = [0, a, b, Math.floor((a + b) / 2), nearest][filter]!;
    return (x - predicted) & 255;
  });
}

/** CRC-32 as in PNG's annex D; zlib's own came with Node 20.15. */
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
