import type { GreyPicture } from './normalise.js';
import { type Box, boundingBox, centreOfMass, type Plane } from './plane.js';

/** Where MNIST has what in a picture. */
export interface Form {
  readonly rows: number;
  readonly columns: number;
  /** Most rows and columns of the digit. */
  readonly digitRows: number;
  readonly digitColumns: number;
}

/** LeCun et al.: the digit fitted into 20 of 28 pixels. */
const DIGIT_SHARE = 20 / 28;
/** MNIST's brightest pixels have 254 or 255 in every picture. */
const FULL_CONTRAST = 254;

/** MNIST's form for pictures of these sides. */
export function formOf(rows: number, columns: number): Form {
  const share = (side: number): number => Math.max(1, Math.round(side * DIGIT_SHARE));
  return { rows, columns, digitRows: share(rows), digitColumns: share(columns) };
}

/** Rows and columns by which a plane's ink must move for its centre of mass to be in the middle. */
export function shiftToCentre(
  plane: Plane,
  { rows, columns }: Form,
): { down: number; right: number } {
  const { row, column } = centreOfMass(plane);
  return { down: Math.round(rows / 2 - row), right: Math.round(columns / 2 - column) };
}

/**
 * The pixels of a picture that has the form already, as one exported from MNIST has: its sides, pure
 * black (or white, then with dark ink) around a digit of full contrast that is as large as it may be
 * and in the middle. Undefined for any other picture.
 */
export function readForm(
  { width, height, grey }: GreyPicture,
  form: Form,
): { pixels: Uint8Array; inverted: boolean; box: Box } | undefined {
  if (width !== form.columns || height !== form.rows) return undefined;
  for (const inverted of [false, true]) {
    const values = Float32Array.from(grey, (value) => (inverted ? 255 - value : value));
    const plane = { width, height, values };
    const box = boundingBox(plane);
    if (!box || values.every((value) => value < FULL_CONTRAST)) continue;
    const spare = Math.min(form.digitColumns - box.width, form.digitRows - box.height);
    const { down, right } = shiftToCentre(plane, form);
    if (spare !== 0 || down !== 0 || right !== 0) continue;
    return { pixels: Uint8Array.from(values, Math.round), inverted, box };
  }
  return undefined;
}
