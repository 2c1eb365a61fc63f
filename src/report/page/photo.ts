import { CHANNELS, type Level, luminance } from '../../image/levels.js';
import type { ColourPlane, Plane } from '../../image/plane.js';

/** Longest side of what a file is drawn into; normalising averages down further still. */
const MOST_SIDE = 2048;

/** A picture from a file. */
export interface Photo {
  /** As it is shown on the pad. */
  readonly canvas: HTMLCanvasElement;
  /** For `normalise`. */
  readonly picture: ColourPlane;
}

/** A picture of any format that the browser knows. @throws if it knows none of the file's */
export async function readPhoto(file: Blob): Promise<Photo> {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, MOST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.imageSmoothingQuality = 'high';
  // What is transparent lies on white paper.
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return { canvas, picture: planeOf(context.getImageData(0, 0, canvas.width, canvas.height)) };
}

function planeOf({ width, height, data }: ImageData): ColourPlane {
  const plane = (level: Level): Plane => {
    const values = new Float32Array(width * height);
    for (let i = 0; i < values.length; i++) {
      values[i] = level(data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!);
    }
    return { width, height, values };
  };
  const channels = function* (): Generator<Plane> {
    for (const level of CHANNELS) yield plane(level);
  };
  return { ...plane(luminance), channels };
}
