import { type Floats, largestMagnitude } from '../layers/floats.js';
import { inputsOf, type NetworkShape, parametersOf } from '../network.js';
import { drawStrip } from '../text/picture.js';
import { type Context, pageFor } from './context.js';
import type { Terminal } from './terminal.js';
import type { OnMoment } from './train/observer.js';

/** Two rows of five pictures, as MNIST's ten classes make them. */
const PER_ROW = 5;
/** Units of the first hidden layer that are drawn. */
const MOST_UNITS = 2 * PER_ROW;
/** Characters a picture is wide: every pixel, or every second one. */
const TILES = [28, 14];
/** Between two pictures. */
const GAP = 2;

/**
 * Draws each class's weights on stderr, orange for and blue against, on one scale; of a network with
 * hidden layers those of the first layer's units that changed most since it last drew. Where stderr is
 * no terminal, too narrow or without colours it says so once and draws nothing.
 *
 * @param initial the parameters before the first epoch
 * @returns what to call with the parameters after each epoch
 */
export function watchWeights(
  shape: NetworkShape,
  initial: Floats,
  terminal: Terminal,
  context: Context,
  color: boolean,
): OnMoment {
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
  const deep = shape.hidden !== undefined && shape.hidden.length > 0;
  const firstWeights = (parameters: Floats) => parametersOf(parameters, shape).linear[0]!.weight;
  let before = firstWeights(initial);
  return (_, parameters) => {
    const weight = firstWeights(parameters);
    const drawn = deep
      ? mostChanged(weight, before, inputsOf(shape))
      : Array.from({ length: shape.classes }, (_, i) => i);
    before = weight;
    if (deep) terminal.lines(['hidden units that changed most']);
    const grids = drawn.map((i) => weightGrid(weight, shape, i));
    terminal.lines(drawStrip(grids, largestMagnitude(weight), { ...page, width }, tile));
  };
}

/** The rows of D weights that moved furthest, the furthest first. */
function mostChanged(weight: Floats, before: Floats, D: number): number[] {
  const squares = new Float64Array(weight.length / D);
  for (const [at, w] of weight.entries()) squares[Math.floor(at / D)]! += (w - before[at]!) ** 2;
  const rows = Array.from(squares, (_, i) => i).sort((a, b) => squares[b]! - squares[a]! || a - b);
  return rows.slice(0, MOST_UNITS);
}

function weightGrid(weight: Floats, shape: NetworkShape, i: number) {
  const D = inputsOf(shape);
  const { rows, columns } = shape;
  return { rows, columns, title: String(i), values: weight.subarray(i * D, (i + 1) * D) };
}
