import { type Floats, largestMagnitude } from '../layers/floats.js';
import { inputsOf, type NetworkShape } from '../network.js';
import { drawStrip } from '../text/picture.js';
import { type Context, pageFor } from './context.js';
import type { Terminal } from './terminal.js';

/** Two rows of five pictures, as MNIST's ten classes make them. */
const PER_ROW = 5;
/** Characters a picture is wide: every pixel, or every second one. */
const TILES = [28, 14];
/** Between two pictures. */
const GAP = 2;

/**
 * Draws each class's weights on stderr, orange for and blue against, on one scale. Where stderr is no
 * terminal, too narrow or without colours it says so once and draws nothing.
 *
 * @returns what to call with the parameters after each epoch
 */
export function watchWeights(
  shape: NetworkShape,
  terminal: Terminal,
  context: Context,
  color: boolean,
): (parameters: Floats) => void {
  const { stderr } = context;
  const page = pageFor({ ...context, stdout: stderr }, color);
  const columns = stderr.isTTY ? (stderr.columns ?? 0) : 0;
  const tile = TILES.find((side) => PER_ROW * (side + GAP) - GAP <= columns);
  if (tile === undefined || page.palette === 'ascii') {
    const least = PER_ROW * (TILES.at(-1)! + GAP) - GAP;
    terminal.warn(`--watch needs a terminal of ${least} columns with colours; continuing without`);
    return () => {};
  }
  const width = PER_ROW * (tile + GAP) - GAP;
  return (parameters) => {
    const grids = weightGrids(parameters, shape);
    const scale = largestMagnitude(parameters.subarray(0, shape.classes * inputsOf(shape)));
    terminal.lines(drawStrip(grids, scale, { ...page, width }, tile));
  };
}

function weightGrids(parameters: Floats, shape: NetworkShape) {
  const D = inputsOf(shape);
  const { rows, columns, classes } = shape;
  return Array.from({ length: classes }, (_, i) => ({
    rows,
    columns,
    title: String(i),
    values: parameters.subarray(i * D, (i + 1) * D),
  }));
}
