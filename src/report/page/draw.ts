import { type Floats, largestMagnitude } from '../../layers/floats.js';

/** Everything that is drawn, to be drawn again in the other scheme's colours, and in paper's. */
const painters = new Map<HTMLCanvasElement, () => void>();

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paintAgain);

/** Draws everything in the colours that the page has now. */
export function paintAgain(): void {
  for (const [canvas, paint] of painters) {
    if (canvas.isConnected) paint();
    else painters.delete(canvas);
  }
}

export interface Sides {
  readonly rows: number;
  readonly columns: number;
}

/** Draws bytes as ink: 0 is the page, 255 its ink. The value is the pixel's alpha. */
export function paintInk(
  canvas: HTMLCanvasElement,
  { rows, columns }: Sides,
  pixels: Uint8Array,
): void {
  remember(canvas, () => {
    const ink = colour(canvas, '--ink');
    fill(canvas, rows, columns, (at, data) => put(data, at, ink, pixels[at]!));
  });
}

/** Exponent of a colour's strength: weak values stay visible beside one strong one. */
const SOFTNESS = 0.7;

/**
 * Draws numbers in two colours, one a sign: 0 is the page, ±`largest` the full colour. Values beyond it
 * are cut off.
 */
export function paintMap(
  canvas: HTMLCanvasElement,
  { rows, columns }: Sides,
  values: Floats,
  largest: number = largestMagnitude(values),
): void {
  remember(canvas, () => {
    const positive = colour(canvas, '--positive');
    const negative = colour(canvas, '--negative');
    fill(canvas, rows, columns, (at, data) => {
      const share = largest > 0 ? Math.min(1, Math.abs(values[at]!) / largest) : 0;
      const rgb = values[at]! > 0 ? positive : negative;
      put(data, at, rgb, Math.round(255 * share ** SOFTNESS));
    });
  });
}

/** Shows a picture whole, in the middle of a canvas of its old size, as it is in every scheme. */
export function paintPhoto(canvas: HTMLCanvasElement, photo: HTMLCanvasElement): void {
  remember(canvas, () => {
    const { width, height } = canvas;
    const scale = Math.min(width / photo.width, height / photo.height);
    const [w, h] = [photo.width * scale, photo.height * scale];
    const context = canvas.getContext('2d')!;
    context.clearRect(0, 0, width, height);
    context.drawImage(photo, (width - w) / 2, (height - h) / 2, w, h);
  });
}

function remember(canvas: HTMLCanvasElement, paint: () => void): void {
  painters.set(canvas, paint);
  paint();
}

function fill(
  canvas: HTMLCanvasElement,
  rows: number,
  columns: number,
  pixel: (at: number, data: Uint8ClampedArray) => void,
): void {
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(columns, rows);
  for (let at = 0; at < rows * columns; at++) pixel(at, image.data);
  context.putImageData(image, 0, 0);
}

function put(data: Uint8ClampedArray, at: number, rgb: readonly number[], alpha: number): void {
  for (let c = 0; c < 3; c++) data[4 * at + c] = rgb[c]!;
  data[4 * at + 3] = alpha;
}

/** Red, green and blue of a colour that the style sheet gives as #rrggbb. */
function colour(element: Element, name: string): number[] {
  const text = getComputedStyle(element).getPropertyValue(name).trim();
  return [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16));
}
