import { setTimeout as sleep } from 'node:timers/promises';
import { type Floats, largestMagnitude } from '../layers/floats.js';
import { inputsOf, type NetworkShape, parametersOf } from '../network.js';
import { positionInWords } from '../report/moments.js';
import { PAGE_EN } from '../report/words/en.js';
import { nats, percent, short } from '../text/numbers.js';
import { fit } from '../text/page.js';
import { drawStrip } from '../text/picture.js';
import { type Context, isInteractive, type Output, pageFor } from './context.js';
import type { Terminal } from './terminal.js';
import type { OnMoment } from './train/observer.js';

/** Two rows of five pictures, as MNIST's ten classes make them. */
const PER_ROW = 5;
/** Units of the first hidden layer that are drawn. */
const MOST_UNITS = 2 * PER_ROW;
/** Characters a picture is wide: every pixel of MNIST's, every second one, and the least that shows a digit. */
const TILES = [28, 14, 10];
/** Between two pictures. */
const GAP = 2;
/** Milliseconds for which a frame is seen at least: thirty of them take some five seconds. */
const FRAME = 160;

/**
 * Draws each class's weights on stderr, in place, orange for and blue against, on one scale; of a network
 * with hidden layers those of the first layer's units that changed most. Where stderr is no terminal, too
 * small or without colours it says so once and draws nothing.
 *
 * @param initial the parameters that training starts from
 * @returns what to call at each moment; it waits while the frame before is still to be seen
 */
export function watchWeights(
  shape: NetworkShape,
  initial: Floats,
  terminal: Terminal,
  context: Context,
  color: boolean,
): OnMoment {
  const { stderr, signal } = context;
  const page = pageFor({ ...context, stdout: stderr }, color);
  const { hidden = [], classes } = shape;
  const firstWeights = (parameters: Floats) => parametersOf(parameters, shape).linear[0]!.weight;
  const before = firstWeights(initial);
  const pictures = (weight: Floats, tile: number): string[] => {
    const drawn =
      hidden.length > 0
        ? mostChanged(weight, before, inputsOf(shape))
        : Array.from({ length: classes }, (_, i) => i);
    const grids = drawn.map((i) => weightGrid(weight, shape, i));
    const width = widthOf(tile);
    return drawStrip(grids, largestMagnitude(weight), { ...page, width }, tile);
  };
  // Beside the pictures: the caption, the bar, and a line for the cursor.
  const rowsFor = (tile: number): number => pictures(before, tile).length + 3;
  const tile = TILES.find((tile) => hasRoom(stderr, widthOf(tile), rowsFor(tile)));
  const canDraw = page.palette !== 'ascii' && isInteractive(stderr, context.env);
  if (tile === undefined || !canDraw) {
    const least = TILES.at(-1)!;
    const size = `${widthOf(least)} columns and ${rowsFor(least)} rows`;
    terminal.warn(`--watch needs a terminal of ${size} with colours; continuing without`);
    return () => {};
  }
  let seenUntil = 0;
  return async (moment, parameters) => {
    await sleep(Math.max(0, seenUntil - performance.now()), undefined, { signal }).catch(() => {});
    const weight = firstWeights(parameters);
    const lines = pictures(weight, tile);
    // The terminal may have become smaller.
    if (!hasRoom(stderr, widthOf(tile), lines.length + 3)) return;
    const caption = [
      positionInWords(moment, PAGE_EN.script.position),
      `test ${percent(moment.test.accuracy)}, ${nats(moment.test.loss)}`,
      ...(hidden.length > 0 ? ['units that changed most'] : []),
      `full colour ±${short(largestMagnitude(weight))}`,
    ];
    terminal.frame([fit(caption, widthOf(tile)), ...lines]);
    seenUntil = performance.now() + FRAME;
  };
}

/** Of a row of pictures. */
function widthOf(tile: number): number {
  return PER_ROW * (tile + GAP) - GAP;
}

function hasRoom({ columns = 0, rows = 0 }: Output, width: number, height: number): boolean {
  return columns >= width && rows >= height;
}

/** The rows of D weights that moved furthest, in their own order. */
function mostChanged(weight: Floats, before: Floats, D: number): number[] {
  const squares = new Float64Array(weight.length / D);
  for (const [at, w] of weight.entries()) squares[Math.floor(at / D)]! += (w - before[at]!) ** 2;
  const rows = Array.from(squares, (_, i) => i).sort((a, b) => squares[b]! - squares[a]! || a - b);
  return rows.slice(0, MOST_UNITS).sort((a, b) => a - b);
}

function weightGrid(weight: Floats, shape: NetworkShape, i: number) {
  const D = inputsOf(shape);
  const { rows, columns } = shape;
  return { rows, columns, title: String(i), values: weight.subarray(i * D, (i + 1) * D) };
}
