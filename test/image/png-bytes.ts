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

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
