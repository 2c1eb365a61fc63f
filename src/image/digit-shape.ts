/**
 * How far a picture is from MNIST's digits. What is compared is where its strokes run in which
 * direction: at equal rates of false alarm that tells a letter from a digit twice as often as pixels do.
 */
import { fromBase64 } from '../base64.js';
import { DIGIT_PLANES } from './digit-planes.js';

/** MNIST's rows and columns: other pictures have nothing to be compared with. */
export const SIDE = 28;
const CELLS = 4;
const CELL = SIDE / CELLS;
const DIRECTIONS = 6;
/** Numbers that describe a shape: directions, row by row of the cells. */
export const FEATURES: number = CELLS * CELLS * DIRECTIONS;
/** Vectors that span each class's plane. */
export const SPAN = 6;
export const CLASSES = 10;

/**
 * f_i = √(h_i / Σ h), where h_i is the gradient's length in one of 4×4 cells and one of 6 directions (of
 * a line, so that light beside dark is dark beside light), shared between neighbours of both by distance.
 *
 * @param pixels 28 × 28 bytes with ink in them
 */
export function strokeDirections(pixels: Uint8Array): Float32Array {
  const h = new Float32Array(FEATURES);
  const at = (r: number, c: number): number =>
    r >= 0 && c >= 0 && r < SIDE && c < SIDE ? pixels[r * SIDE + c]! : 0;
  let sum = 0;
  for (let r = 0; r < SIDE; r++) {
    for (let c = 0; c < SIDE; c++) {
      const across = at(r, c + 1) - at(r, c - 1);
      const down = at(r + 1, c) - at(r - 1, c);
      const length = Math.sqrt(across * across + down * down);
      if (length === 0) continue;
      const turn = (Math.atan2(down, across) / Math.PI + 2) * DIRECTIONS;
      const direction = Math.floor(turn);
      const beyond = turn - direction;
      for (const [row, rowShare] of nearCells(r)) {
        for (const [column, columnShare] of nearCells(c)) {
          const share = length * rowShare * columnShare;
          const cell = (row * CELLS + column) * DIRECTIONS;
          h[cell + (direction % DIRECTIONS)]! += share * (1 - beyond);
          h[cell + ((direction + 1) % DIRECTIONS)]! += share * beyond;
          sum += share;
        }
      }
    }
  }
  return h.map((value) => Math.sqrt(value / sum));
}

/** The one or two cells whose centres are less than a cell away, by nearness. */
function nearCells(pixel: number): readonly (readonly [cell: number, share: number])[] {
  const place = (pixel - (CELL - 1) / 2) / CELL;
  const first = Math.floor(place);
  const shares = [
    [first, first + 1 - place],
    [first + 1, place - first],
  ] as const;
  return shares.filter(([cell, share]) => cell >= 0 && cell < CELLS && share > 0);
}

let planes: Float32Array[] | undefined;

/** For each class the mean of its features, then the vectors of its plane. */
function readPlanes(): Float32Array[] {
  const bytes = new Int8Array(fromBase64(DIGIT_PLANES).buffer);
  const numbers = Float32Array.from(bytes, (byte) => byte / 127);
  const length = (1 + SPAN) * FEATURES;
  return Array.from({ length: CLASSES }, (_, k) => numbers.subarray(k * length, (k + 1) * length));
}

/**
 * min_k ‖d‖² − ‖U_kᵀ d‖² with d = f − m_k: the squared distance of a picture's features from the nearest
 * of ten planes, in each of which the digits of a class lie as nearly as may be (their principal
 * components, m_k their mean, U_k's columns orthonormal). At most 1.
 *
 * @param pixels 28 × 28 bytes with ink in them, as `normalise` gives them
 */
export function distanceFromDigits(pixels: Uint8Array): number {
  planes ??= readPlanes();
  const f = strokeDirections(pixels);
  return Math.min(...planes.map((plane) => distanceFromPlane(f, plane)));
}

/** Of one class: `plane` is its mean, then the vectors that span it. */
export function distanceFromPlane(f: Float32Array, plane: Float32Array): number {
  const d = f.map((value, i) => value - plane[i]!);
  let squares = 0;
  for (const value of d) squares += value * value;
  for (let j = 1; j <= SPAN; j++) {
    let along = 0;
    for (let i = 0; i < FEATURES; i++) along += plane[j * FEATURES + i]! * d[i]!;
    squares -= along * along;
  }
  return squares;
}
