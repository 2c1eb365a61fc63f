import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Writes four IDX files of 2×3 pictures in three classes into `folder`: class k has its k-th column
 * white, with some grey that differs from picture to picture.
 */
export function writeSmallData(folder: string): void {
  mkdirSync(folder);
  for (const [split, count] of [
    ['train', 30],
    ['t10k', 9],
  ] as const) {
    const labels = Uint8Array.from({ length: count }, (_, n) => n % 3);
    const pixels = Uint8Array.from({ length: count * 6 }, (_, p) => {
      const [n, column] = [Math.floor(p / 6), p % 3];
      return column === labels[n] ? 255 : (p * 37) % 90;
    });
    const images = [...uint32s(0x803, count, 2, 3), ...pixels];
    writeFileSync(join(folder, `${split}-images-idx3-ubyte`), Uint8Array.from(images));
    const both = Uint8Array.from([...uint32s(0x801, count), ...labels]);
    writeFileSync(join(folder, `${split}-labels-idx1-ubyte`), both);
  }
}

function uint32s(...values: number[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4 * values.length));
  for (const [i, value] of values.entries()) bytes.setUint32(4 * i, value);
  return new Uint8Array(bytes.buffer);
}
