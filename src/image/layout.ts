import type { Piece } from './ink.js';
import type { Box } from './plane.js';

/**
 * What the ink of a picture of one digit does not have: `frame` something all around other ink, `pieces`
 * of which each could be a digit or of which there are many, `edge` a side of the picture where it ends.
 */
export type LayoutWarning = 'frame' | 'pieces' | 'edge';

// Of 10,000 training digits these four mark 13. Where a digit is in pieces, mostly a 5 whose bar came
// off, one of them is low or has little ink.
/** Shares of the whole ink's sides that a frame reaches over … */
const FRAME = 0.9;
/** … and of its height that there has to be inside: a zero's dot has less. */
const FRAMED = 0.3;
/** Shares of the whole ink's height and of the largest piece's ink: what has more could be a digit. */
const LEAST_HEIGHT = 0.4;
const LEAST_MASS = 0.3;
/** No digit has so many pieces. */
const MANY = 4;

/** What about these pieces of ink is not as one digit has it. */
export function pieceWarnings(pieces: readonly Piece[]): LayoutWarning[] {
  if (isFramed(pieces)) return ['frame'];
  return hasSeveral(pieces) ? ['pieces'] : [];
}

/**
 * What about the box of a picture's ink is not as one digit has it. A picture that was cut out tightly has
 * ink at two opposite sides, or at all four.
 */
export function edgeWarnings(
  { left, top, width, height }: Box,
  picture: { readonly width: number; readonly height: number },
): LayoutWarning[] {
  const across = (left === 0) !== (left + width === picture.width);
  const down = (top === 0) !== (top + height === picture.height);
  return across || down ? ['edge'] : [];
}

/** Around all pieces. */
function sidesOf(pieces: readonly Piece[]): { width: number; height: number } {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { box } of pieces) {
    left = Math.min(left, box.left);
    right = Math.max(right, box.left + box.width);
    top = Math.min(top, box.top);
    bottom = Math.max(bottom, box.top + box.height);
  }
  return { width: right - left, height: bottom - top };
}

function isFramed(pieces: readonly Piece[]): boolean {
  const { width, height } = sidesOf(pieces);
  const around = pieces.find(
    ({ box }) => box.width >= FRAME * width && box.height >= FRAME * height,
  );
  return pieces.some((piece) => around && piece !== around && piece.box.height >= FRAMED * height);
}

function hasSeveral(pieces: readonly Piece[]): boolean {
  const { height } = sidesOf(pieces);
  const largest = pieces.reduce((most, { mass }) => Math.max(most, mass), 0);
  const large = pieces.filter(
    ({ box, mass }) => box.height >= LEAST_HEIGHT * height && mass >= LEAST_MASS * largest,
  );
  return large.length > 1 || pieces.length >= MANY;
}
