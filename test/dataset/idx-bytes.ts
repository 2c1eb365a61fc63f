import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

export function labelsFile(labels: readonly number[]): Buffer {
  return Buffer.concat([header(0x801, labels.length), Uint8Array.from(labels)]);
}

/** A folder of its own for one test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backprop-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
