/**
 * A picture of any kind made into one as MNIST has them. Pure, and free of Node: the report's page
 * runs it in the browser.
 *
 * MNIST (LeCun et al., http://yann.lecun.com/exdb/mnist): the digit fitted into 20×20 pixels with its
 * proportions kept and anti-aliased, then moved within 28×28 so that its centre of mass is in the
 * middle; light ink on black.
 */
import { FileError } from '../errors.js';
import { findInk, findPieces, type Ink, type NoInk } from './ink.js';
import { edgeWarnings, type LayoutWarning, pieceWarnings } from './layout.js';
import { type Box, boundingBox, type ColourPlane, centreOfMass, type Plane } from './plane.js';
import { resample } from './resample.js';

export interface NormalisedPicture {
  readonly rows: number;
  readonly columns: number;
  /** rows × columns bytes, row by row: 0 background to 255 ink, as the model takes them. */
  readonly pixels: Uint8Array;
  /** The picture was dark on light, so light and dark have changed places. */
  readonly inverted: boolean;
  /** Where in the picture the ink was found, in the picture's pixels. */
  readonly box: Box;
  /** What in the layout of the ink is not as in a picture of one digit; `pictureWarnings` has them all. */
  readonly layout: readonly LayoutWarning[];
}

/** LeCun et al.: the digit fitted into 20 of 28 pixels. */
const DIGIT_SHARE = 20 / 28;
/** MNIST's brightest pixels have 254 or 255 in every picture. */
const FULL_CONTRAST = 254;
/** MNIST's strokes, in shares of the digit's 20 pixels: 1 % are thinner than 1.35, the median is 2.5. */
const THIN_STROKE = 1.35 / 20;
/** What thinner ones become. */
const USUAL_STROKE = 2.2 / 20;
/** Ink is looked for in at most this many pixels a side: what is larger is averaged down first … */
const WORKING_SIDE = 512;
/** … unless the digit then has fewer than this: a small digit on a large page is looked at again. */
const DIGIT_SIDE = 64;

/** What is the matter with a picture without a digit. */
const NO_DIGIT = {
  blank: 'the picture is blank',
  faint: 'no dark or light stroke stands out from the paper',
  specks: 'there is no stroke in the picture, only specks',
} as const;

/** Where MNIST has what in a picture. */
interface Form {
  readonly rows: number;
  readonly columns: number;
  /** Most rows and columns of the digit. */
  readonly digitRows: number;
  readonly digitColumns: number;
}

/**
 * The picture as the model was trained to see it, `rows` × `columns` from the model. Finds by itself
 * whether the ink is dark or light, and takes out the paper with its grain and slanting light. Ink that
 * is of its paper's luminance is looked for in the channels of a coloured picture.
 *
 * @throws RangeError if the sides and the length of `values` do not fit together
 * @throws FileError if no digit is to be seen in the picture
 */
export function normalise(
  picture: Plane<ArrayLike<number>> | ColourPlane<ArrayLike<number>>,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): NormalisedPicture {
  const { width, height, values } = picture;
  if (!(width >= 1 && height >= 1 && values.length === width * height)) {
    throw new RangeError(`picture: expected ${width} × ${height} values, got ${values.length}`);
  }
  const form = formOf(rows, columns);
  const ready = readForm(picture, form);
  if (ready) return { rows, columns, ...ready };
  const found = findInAny(picture);
  if (typeof found === 'string') {
    throw new FileError(NO_DIGIT[found], {
      hint: 'expected one digit that stands out from its background',
    });
  }
  const digit = fitDigit(found.ink, form);
  stretch(digit.values);
  const pixels = centre(digit, form);
  const layout = [...pieceWarnings(found.ink.pieces), ...edgeWarnings(found.box, picture)];
  return { rows, columns, pixels, inverted: found.ink.dark, box: found.box, layout };
}

/** MNIST's form for pictures of these sides. */
function formOf(rows: number, columns: number): Form {
  const share = (side: number): number => Math.max(1, Math.round(side * DIGIT_SHARE));
  return { rows, columns, digitRows: share(rows), digitColumns: share(columns) };
}

/**
 * The pixels of a picture that has the form already, as one exported from MNIST has: its sides, pure
 * black (or white, then with dark ink) around a digit of full contrast that is as large as it may be
 * and in the middle. Undefined for any other picture.
 */
function readForm(
  { width, height, values: given }: Plane<ArrayLike<number>>,
  form: Form,
): Omit<NormalisedPicture, 'rows' | 'columns'> | undefined {
  if (width !== form.columns || height !== form.rows) return undefined;
  for (const inverted of [false, true]) {
    const values = Float32Array.from(given, (value) => (inverted ? 255 - value : value));
    const plane = { width, height, values };
    const box = boundingBox(plane);
    if (!box || values.every((value) => value < FULL_CONTRAST)) continue;
    const spare = Math.min(form.digitColumns - box.width, form.digitRows - box.height);
    const { down, right } = shiftToCentre(plane, form);
    if (spare !== 0 || down !== 0 || right !== 0) continue;
    const layout = pieceWarnings(findPieces(plane));
    return { pixels: Uint8Array.from(values, Math.round), inverted, box, layout };
  }
  return undefined;
}

interface Found {
  readonly ink: Ink;
  /** Of the ink, in the picture's own pixels. */
  readonly box: Box;
}

/** The digit by its luminance, or else in the channel where it stands out most. */
function findInAny(
  picture: Plane<ArrayLike<number>> | ColourPlane<ArrayLike<number>>,
): Found | keyof typeof NO_DIGIT {
  const found = findDigit(picture);
  if (typeof found !== 'string') return found;
  let fault: keyof typeof NO_DIGIT = isBlank(picture) ? 'blank' : found;
  let best: Found | undefined;
  for (const channel of 'channels' in picture ? picture.channels() : []) {
    const here = findDigit(channel);
    if (typeof here !== 'string') {
      if (!best || here.ink.contrast > best.ink.contrast) best = here;
    } else if (fault === 'blank' && !isBlank(channel)) fault = here;
  }
  return best ?? fault;
}

function isBlank({ values }: Plane<ArrayLike<number>>): boolean {
  let i = 1;
  while (i < values.length && values[i] === values[0]) i++;
  return i >= values.length;
}

function findDigit(picture: Plane<ArrayLike<number>>): Found | NoInk {
  const { width, height } = picture;
  let area: Box = { left: 0, top: 0, width, height };
  let found: Found | undefined;
  for (;;) {
    const shrink = Math.max(1, Math.max(area.width, area.height) / WORKING_SIDE);
    const columns = Math.ceil(area.width / shrink);
    const rows = Math.ceil(area.height / shrink);
    const ink = findInk(resample(picture, area, columns, rows));
    if (typeof ink === 'string') return found ?? ink;
    const box = enclosing(ink.box, area, area.width / columns, area.height / rows);
    found = { ink, box };
    if (shrink === 1 || Math.max(ink.box.width, ink.box.height) >= DIGIT_SIDE) return found;
    area = grown(box, Math.max(box.width, box.height) / 2, { width, height });
  }
}

/** A box of the reduced picture in pixels of the whole one. */
function enclosing(box: Box, area: Box, across: number, down: number): Box {
  const left = area.left + Math.floor(box.left * across);
  const top = area.top + Math.floor(box.top * down);
  const right = area.left + Math.min(area.width, Math.ceil((box.left + box.width) * across));
  const bottom = area.top + Math.min(area.height, Math.ceil((box.top + box.height) * down));
  return { left, top, width: right - left, height: bottom - top };
}

function grown(
  box: Box,
  margin: number,
  { width, height }: { width: number; height: number },
): Box {
  const left = Math.max(0, Math.floor(box.left - margin));
  const top = Math.max(0, Math.floor(box.top - margin));
  const right = Math.min(width, Math.ceil(box.left + box.width + margin));
  const bottom = Math.min(height, Math.ceil(box.top + box.height + margin));
  return { left, top, width: right - left, height: bottom - top };
}

/**
 * The ink's box, fitted into 20/28 of the model's sides with its proportions kept. Strokes that would
 * be thinner than MNIST's are drawn again with a wider pen.
 */
function fitDigit({ plane, box }: Ink, form: Form): Plane {
  const { digitRows: highest, digitColumns: widest } = form;
  const scaleOf = ({ width, height }: { width: number; height: number }): number =>
    Math.min(highest / height, widest / width);
  // The digit's longer side once it is fitted: MNIST's 20.
  const tall = box.height >= box.width;
  const side = tall
    ? Math.min(highest, (widest * box.height) / box.width)
    : Math.min(widest, (highest * box.width) / box.height);
  const missing = side * USUAL_STROKE - strokeWidth(plane, box) * scaleOf(box);
  let [source, area] = [plane, box];
  if (missing > side * (USUAL_STROKE - THIN_STROKE)) {
    // The pen widens the box too, so the scale falls to (20 − missing) / 20 of what it was. It stays
    // below an eighth of the box: missing is at most 2.2 of 20.
    const pen = Math.round(missing / (scaleOf(box) * (1 - missing / side)));
    if (pen > 1) {
      source = thicken(plane, box, pen);
      area = { left: 0, top: 0, width: source.width, height: source.height };
    }
  }
  const scale = scaleOf(area);
  const width = Math.min(widest, Math.max(1, Math.round(area.width * scale)));
  const height = Math.min(highest, Math.max(1, Math.round(area.height * scale)));
  return resample(source, area, width, height);
}

/**
 * The mean width of the strokes, in pixels: twice their area by the length of their edge. The edge is
 * counted in steps between neighbours; over all directions π/4 of these is its length (Cauchy and
 * Crofton).
 */
function strokeWidth({ width, values }: Plane, box: Box): number {
  let top = 0;
  for (const value of values) if (value > top) top = value;
  const inked = (r: number, c: number): boolean =>
    r >= 0 && c >= 0 && r < box.height && c < box.width
      ? values[(box.top + r) * width + box.left + c]! > top / 2
      : false;
  let [area, steps] = [0, 0];
  for (let r = 0; r <= box.height; r++) {
    for (let c = 0; c <= box.width; c++) {
      const here = inked(r, c);
      if (here) area += 1;
      if (here !== inked(r - 1, c)) steps += 1;
      if (here !== inked(r, c - 1)) steps += 1;
    }
  }
  return (2 * area) / ((Math.PI / 4) * steps);
}

/**
 * The ink inside `box` drawn again with a square pen of `pen` pixels a side (a dilation): every pixel
 * becomes the strongest one under the pen. The result is larger than the box by pen − 1 a side.
 */
function thicken({ width, values }: Plane, box: Box, pen: number): Plane {
  const columns = box.width + pen - 1;
  const rows = box.height + pen - 1;
  const across = new Float32Array(columns * box.height);
  for (let r = 0; r < box.height; r++) {
    for (let c = 0; c < box.width; c++) {
      const value = values[(box.top + r) * width + box.left + c]!;
      if (value > 0) raise(across, r * columns + c, 1, pen, value);
    }
  }
  const both = new Float32Array(columns * rows);
  for (let i = 0; i < across.length; i++) {
    if (across[i]! > 0) raise(both, i, columns, pen, across[i]!);
  }
  return { width: columns, height: rows, values: both };
}

function raise(values: Float32Array, first: number, step: number, count: number, to: number): void {
  for (let k = 0, i = first; k < count; k++, i += step) if (values[i]! < to) values[i] = to;
}

/** Full contrast: the mean of the strongest quarter of the ink becomes 255, and nothing more. */
function stretch(values: Float32Array): void {
  const strongest = values.filter((value) => value > 0).sort();
  const quarter = strongest.subarray(Math.floor(strongest.length * 0.75));
  const top = quarter.reduce((sum, value) => sum + value, 0) / quarter.length;
  for (const [i, value] of values.entries()) values[i] = Math.min(255, (255 * value) / top);
}

/**
 * Moves the digit by whole pixels so that its centre of mass is nearest to the middle, but no further
 * than the edge: nothing of it is lost.
 */
function centre(digit: Plane, form: Form): Uint8Array {
  const { width, height, values } = digit;
  const { rows, columns } = form;
  const shift = shiftToCentre(digit, form);
  const top = Math.min(Math.max(0, shift.down), rows - height);
  const left = Math.min(Math.max(0, shift.right), columns - width);
  const pixels = new Uint8Array(rows * columns);
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      pixels[(top + r) * columns + left + c] = Math.round(values[r * width + c]!);
    }
  }
  return pixels;
}

/** Rows and columns by which a plane's ink must move for its centre of mass to be in the middle. */
function shiftToCentre(plane: Plane, { rows, columns }: Form): { down: number; right: number } {
  const { row, column } = centreOfMass(plane);
  return { down: Math.round(rows / 2 - row), right: Math.round(columns / 2 - column) };
}
