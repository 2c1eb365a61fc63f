import { findPaper, type Paper } from './paper.js';
import { type Box, boundingBox, type Plane } from './plane.js';

/** What is drawn in a picture, without its paper. */
export interface Ink {
  /** Grey levels away from the paper: 0 where nothing is drawn. */
  readonly plane: Plane;
  /** Around all that is drawn. */
  readonly box: Box;
  /** The strokes that hang together, in the order of their first pixels. */
  readonly pieces: readonly Piece[];
  /** The ink is darker than the paper. */
  readonly dark: boolean;
  /** Grey levels by which the ink usually differs from the paper. */
  readonly contrast: number;
}

/** Ink that hangs together. */
export interface Piece {
  readonly box: Box;
  /** The sum of its values. */
  readonly mass: number;
}

/** Why no ink was found: nothing stands out from the paper and its grain, or dots alone. */
export type NoInk = 'faint' | 'specks';

/** Ink differs from the paper by this many of the paper's standard deviations … */
const NOISE_FACTOR = 4;
/** … and by this share of the ink's usual difference: JPEG leaves smaller ripples around a stroke. */
const LEAST_SHARE = 0.1;
/**
 * A stroke's outline is where this share of the usual difference is left. Soft edges reach further:
 * boxed with them, digits that were scaled smoothly came out smaller than MNIST's (−0.8 points).
 */
const OUTLINE = 0.3;
/** Grey levels of 255: less contrast than this is dirt, not ink. */
const LEAST_CONTRAST = 16;
/** In the paper's standard deviations: its own grain reaches 5 in a large picture. */
const LEAST_SIGNAL = 6;
/** Dots with less than this share of the largest stroke's ink are dirt … */
const LEAST_STROKE = 0.03;
/** … and all is dirt if the largest has less than this share of the whole ink … */
const LEAST_MAIN_STROKE = 0.04;
/** … or fewer pixels than this share of the picture's longer side. */
const LEAST_LENGTH = 0.02;

/** The ink of a picture, or why there is none. */
export function findInk(picture: Plane): Ink | NoInk {
  const paper = findPaper(picture);
  const floor = Math.max(0.5, NOISE_FACTOR * paper.noise);
  const difference = subtract(picture, paper);
  const dark = weight(difference, -1, floor) > weight(difference, 1, floor);
  const values = difference.map((value) => Math.max(0, dark ? -value : value));
  const contrast = usualDifference(values, floor);
  if (!(contrast >= Math.max(LEAST_CONTRAST, LEAST_SIGNAL * paper.noise))) return 'faint';
  const { width, height } = picture;
  const plane = { width, height, values };
  const { labels, pieces: found } = labelPieces(plane, Math.max(floor, LEAST_SHARE * contrast));
  const largest = found.reduce((most, { mass }) => Math.max(most, mass), 0);
  const total = found.reduce((sum, { mass }) => sum + mass, 0);
  const least = LEAST_LENGTH * Math.max(width, height) * contrast;
  if (largest < Math.max(least, LEAST_MAIN_STROKE * total)) return 'specks';
  const isStroke = found.map(({ mass }) => mass >= LEAST_STROKE * largest);
  keepStrokes(plane, labels, isStroke, Math.max(0.5, 2 * paper.noise));
  const pieces = found.filter((_, k) => isStroke[k]);
  const box = boundingBox(plane, OUTLINE * contrast) ?? boundingBox(plane);
  return box ? { plane, box, pieces, dark, contrast } : 'specks';
}

/** Grey minus the paper's grey, pixel by pixel. */
function subtract({ width, height, values }: Plane, paper: Paper): Float32Array {
  const result = new Float32Array(values.length);
  for (let r = 0, i = 0; r < height; r++) {
    const start = paper.base + paper.down * r;
    for (let c = 0; c < width; c++, i++) result[i] = values[i]! - start - paper.across * c;
  }
  return result;
}

/** Σ d³ over the differences on one side: cubes, so that a few strokes outweigh much grain. */
function weight(difference: Float32Array, side: 1 | -1, floor: number): number {
  let sum = 0;
  for (const value of difference) {
    const d = side * value;
    if (d > floor) sum += d * d * d;
  }
  return sum;
}

/** Σ d² / Σ d over the differences above the floor: near the stroke's level, whatever its area. */
function usualDifference(values: Float32Array, floor: number): number {
  let [sum, squares] = [0, 0];
  for (const d of values) {
    if (d <= floor) continue;
    sum += d;
    squares += d * d;
  }
  return squares / sum;
}

/** The pieces of a picture of which all is ink, as MNIST's are. */
export function findPieces(plane: Plane): readonly Piece[] {
  const { pieces } = labelPieces(plane, LEAST_SHARE * 255);
  const largest = pieces.reduce((most, { mass }) => Math.max(most, mass), 0);
  return pieces.filter(({ mass }) => mass >= LEAST_STROKE * largest);
}

/**
 * Connected parts of a plane: for each pixel above `threshold` 1 + the index of its piece, 0 for the
 * rest. Pixels of a piece touch by an edge or a corner.
 */
function labelPieces(
  { width, height, values }: Plane,
  threshold: number,
): { labels: Int32Array; pieces: Piece[] } {
  const labels = new Int32Array(values.length);
  const pieces: Piece[] = [];
  const open: number[] = [];
  for (let start = 0; start < values.length; start++) {
    if (labels[start] !== 0 || values[start]! <= threshold) continue;
    const label = pieces.length + 1;
    labels[start] = label;
    open.push(start);
    let mass = 0;
    let [left, right, top, bottom] = [width, -1, height, -1];
    for (let i = open.pop(); i !== undefined; i = open.pop()) {
      mass += values[i]!;
      const r = Math.floor(i / width);
      const c = i % width;
      if (c < left) left = c;
      if (c > right) right = c;
      if (r < top) top = r;
      if (r > bottom) bottom = r;
      for (let y = Math.max(0, r - 1); y <= Math.min(height - 1, r + 1); y++) {
        for (let x = Math.max(0, c - 1); x <= Math.min(width - 1, c + 1); x++) {
          const next = y * width + x;
          if (labels[next] !== 0 || values[next]! <= threshold) continue;
          labels[next] = label;
          open.push(next);
        }
      }
    }
    pieces.push({ mass, box: { left, top, width: right - left + 1, height: bottom - top + 1 } });
  }
  return { labels, pieces };
}

/** Clears all but the strokes and the soft edge, of one pixel and above `edge`, around them. */
function keepStrokes(
  { width, height, values }: Plane,
  labels: Int32Array,
  isStroke: readonly boolean[],
  edge: number,
): void {
  const kept = (r: number, c: number): boolean =>
    r >= 0 && r < height && c >= 0 && c < width && isStroke[labels[r * width + c]! - 1] === true;
  for (let r = 0, i = 0; r < height; r++) {
    for (let c = 0; c < width; c++, i++) {
      if (values[i] === 0 || kept(r, c)) continue;
      let near = false;
      for (let dr = -1; dr <= 1 && !near; dr++) {
        near = kept(r + dr, c - 1) || kept(r + dr, c) || kept(r + dr, c + 1);
      }
      if (!near || values[i]! <= edge) values[i] = 0;
    }
  }
}
