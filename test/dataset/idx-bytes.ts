import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';

function header(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}

/** An IDX3 file; pixel i has value (7 i + seed) mod 256. */
export function imagesFile(count: number, rows: number, columns: number, seed = 0): Buffer {
  const pixels = Uint8Array.from({ length: count * rows * columns }, (_, i) => 7 * i + seed);
  return Buffer.concat([header(0x803, count, rows, columns), pixels]);
}

/** The header of an IDX file of any type and dimensions. */
export function idxFile(type: number, dimensions: readonly number[]): Buffer {
  return header(type * 256 + dimensions.length, ...dimensions);
}

export function labelsFile(labels: readonly number[]): Buffer {
  return Buffer.concat([header(0x801, labels.length), Uint8Array.from(labels)]);
}

interface GzipFields {
  /** Lengths of the header's optional fields (RFC 1952). */
  readonly name?: number;
  readonly comment?: number;
  readonly extra?: number;
}

/** A gzip file with optional fields of these lengths in its header. */
export function gzipWith(bytes: Uint8Array, { name, comment, extra }: GzipFields): Buffer {
  const packed = gzipSync(bytes);
  const [EXTRA, NAME, COMMENT] = [4, 8, 16];
  const fields: Buffer[] = [];
  if (extra !== undefined) {
    packed[3]! |= EXTRA;
    fields.push(Buffer.from([extra & 255, extra >> 8]), Buffer.alloc(extra, 'x'));
  }
  if (name !== undefined) {
    packed[3]! |= NAME;
    fields.push(Buffer.alloc(name, 'n'), Buffer.alloc(1));
  }
  if (comment !== undefined) {
    packed[3]! |= COMMENT;
    fields.push(Buffer.alloc(comment, 'c'), Buffer.alloc(1));
  }
  return Buffer.concat([packed.subarray(0, 10), ...fields, packed.subarray(10)]);
}

/** A folder of its own for one test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backprop-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
