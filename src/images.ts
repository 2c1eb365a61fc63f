import { assertLength, type Floats } from './layers/floats.js';
import { oneHot } from './layers/log-likelihood.js';
import type { Picture } from './layers/reshape.js';

/**
 * N grey pictures of one size with their labels, as the IDX files hold them: one byte a pixel,
 * row by row, image after image. Everything reads these bytes through views; nothing copies them.
 */
export interface LabelledImages {
  /** N, the number of images. */
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  /** K, the number of classes; every label is below it. */
  readonly classes: number;
  /** N × rows × columns bytes, 0 (background) to 255. */
  readonly pixels: Uint8Array;
  /** N bytes. */
  readonly labels: Uint8Array;
}

/** One picture and its class in double precision: x rows × columns from 0 to 1, labels K one-hot. */
export interface Sample {
  readonly x: Picture<Float64Array>;
  readonly labels: Float64Array;
}

/** The first `count` images, or all of them if there are no more. */
export function firstImages(images: LabelledImages, count: number): LabelledImages {
  if (count >= images.count) return images;
  const pixels = images.pixels.subarray(0, count * images.rows * images.columns);
  return { ...images, count, pixels, labels: images.labels.subarray(0, count) };
}

/** The bytes of image `index`, a view. @throws RangeError if there is none */
export function pixelsAt(images: LabelledImages, index: number): Uint8Array {
  const { count, pixels, rows, columns } = images;
  if (!(index >= 0 && index < count)) {
    throw new RangeError(`image: expected an index from 0 to ${count - 1}, got ${index}`);
  }
  const D = rows * columns;
  return pixels.subarray(index * D, (index + 1) * D);
}

/** x = pixels / 255: bytes 0 to 255 become numbers from 0 to 1. */
export function scalePixels(x: Floats, pixels: Uint8Array): void {
  assertLength('pixels', pixels, x.length);
  for (let j = 0; j < x.length; j++) x[j] = pixels[j]! / 255;
}

/** A picture of bytes as the network takes it. */
export function pictureOf(
  pixels: Uint8Array,
  { rows, columns }: Pick<LabelledImages, 'rows' | 'columns'>,
): Picture<Float64Array> {
  const values = new Float64Array(rows * columns);
  scalePixels(values, pixels);
  return { rows, columns, values };
}

/** A picture of bytes and its class as the network takes them. */
export function sampleOf(
  pixels: Uint8Array,
  label: number,
  shape: Pick<LabelledImages, 'rows' | 'columns' | 'classes'>,
): Sample {
  return { x: pictureOf(pixels, shape), labels: oneHot(new Float64Array(shape.classes), label) };
}

/** Image `index` and its label. */
export function sampleAt(images: LabelledImages, index: number): Sample {
  return sampleOf(pixelsAt(images, index), images.labels[index]!, images);
}
