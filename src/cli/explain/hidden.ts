import type { HiddenDerivation } from '../../derivation.js';
import {
  activeUnits,
  type BackwardExplanation,
  type Entry,
  type Explanation,
  largestEntries,
} from '../../explain/explanation.js';
import { largestMagnitude, range } from '../../layers/floats.js';
import { letter } from '../../quantities.js';
import { wrap } from '../../text/page.js';
import { drawStrip } from '../../text/picture.js';
import { type ExplainPage, numbers, signs } from './page.js';

/** A hidden layer of more units than this is shown by its most active ones. */
const MOST_UNITS = 20;
const UNITS_SHOWN = 10;
/** Units whose weights are drawn: as many as stand side by side on 80 columns. */
const UNITS_DRAWN = 5;
/** Of ∂L/∂W. */
const ENTRIES_SHOWN = 5;

/** A number for each unit: all of them, or the range and those of the most active units. */
export function unitsText(values: Float64Array, h: Float64Array, page: ExplainPage): string[] {
  if (values.length <= MOST_UNITS) return numbers(values, page);
  const shown = activeUnits(h).slice(0, UNITS_SHOWN);
  const { range: from, mostActive } = page.words;
  return [
    ...wrap(`${from(...range(values))}; ${mostActive(shown.length)}`, page.width, '  '),
    ...numbers(values, page, shown),
  ];
}

/** How many units are on. */
export function onText(h: Float64Array, { width, words }: ExplainPage): string[] {
  return wrap(words.unitsOn(activeUnits(h).length, h.length), width, '  ');
}

/** What ReLU's mask keeps back, of layer `l` from 0. */
export function maskText(
  l: number,
  { h, dL_dh }: HiddenDerivation,
  last: number,
  { width, words }: ExplainPage,
): string[] {
  const stopped = dL_dh.map((value, i) => (h[i]! > 0 ? 0 : value));
  const [largest] = largestEntries(stopped, stopped.length, 1);
  const off = h.reduce((count, hi) => count + (hi > 0 ? 0 : 1), 0);
  if (off === 0) return wrap(words.nothingStopped, width, '  ');
  const [v] = letter('v', l, last);
  const [dh] = letter('h', l, last);
  const most = largest
    ? `; ${words.mostStopped(`∂L/∂${dh}_${largest.column}`, largest.value)}`
    : '';
  return wrap(`${words.stopped(v, off)}${most}`, width, '  ');
}

/** W¹'s rows of the most active units: what each of them looks for. */
export function weightPictures(
  { hidden, parameters, shape }: Explanation,
  page: ExplainPage,
): string[] {
  const units = activeUnits(hidden[0]!.h).slice(0, UNITS_DRAWN);
  if (units.length === 0) return [];
  const { plus, minus } = signs(page);
  const meaning = page.words.unitPictures(plus, minus);
  const titles = units.map((i) => page.words.unit(i));
  return [
    ...wrap(meaning, page.width, '  '),
    ...rowPictures(parameters.linear[0]!.weight, units, titles, shape, page),
  ];
}

/** ∂L/∂W of linear layer `l` in a network with hidden layers. */
export function hiddenWeightGradient(
  l: number,
  { hidden, u, dL_dW, label }: BackwardExplanation,
  shape: Explanation['shape'],
  page: ExplainPage,
): string[] {
  const { words } = page;
  const last = hidden.length;
  const gradient = hidden[l]?.dL_dW ?? dL_dW;
  const [w] = letter('w', l, last);
  const entry = ({ row, column }: Entry): string => `${w}[${row}][${column}]`;
  if (l > 0) {
    const [hBelow] = letter('h', l - 1, last);
    const to = ({ row }: Entry): string =>
      l === last ? words.toClass(row, row === label) : words.unit(row);
    const ends = (one: Entry): string => words.joined(to(one), `${hBelow}_${one.column}`);
    const inputs = hidden[l - 1]!.h.length;
    return largestText(gradient, inputs, 'units', entry, ends, page);
  }
  const { h, dL_dv } = hidden[0]!;
  const units = activeUnits(h).slice(0, UNITS_DRAWN);
  const { plus, minus } = signs(page);
  const titles = units.map((i) => `${i}: ${words.numbers.short(dL_dv[i]!)}`);
  const meaning = units.length > 0 ? words.unitRows(plus, minus) : words.noUnitOn;
  return [
    ...largestText(gradient, u.length, 'pixels', entry, pixelOf(shape, page), page),
    ...wrap(meaning, page.width, '  '),
    ...rowPictures(gradient, units, titles, shape, page),
  ];
}

/** A matrix's norm, and its entries that are furthest from 0. */
export function largestText(
  matrix: Float64Array,
  columns: number,
  what: 'pixels' | 'units',
  name: (entry: Entry) => string,
  place: (entry: Entry) => string,
  { width, words }: ExplainPage,
): string[] {
  const norm = Math.sqrt(matrix.reduce((sum, value) => sum + value * value, 0));
  const largest = largestEntries(matrix, columns, ENTRIES_SHOWN);
  return [
    ...wrap(words.largest(norm, what), width, '  '),
    ...largest.flatMap((entry) =>
      wrap(`${name(entry)}: ${words.numbers.short(entry.value)}, ${place(entry)}`, width, '  '),
    ),
  ];
}

/** Where in the picture an entry's column is. */
export function pixelOf(
  { columns }: Explanation['shape'],
  { words }: ExplainPage,
): (entry: Entry) => string {
  return ({ column }) => words.pixelAt(Math.floor(column / columns), column % columns);
}

/** Rows of a matrix with a column for each pixel, as pictures on one scale. */
function rowPictures(
  matrix: Float64Array,
  shown: readonly number[],
  titles: readonly string[],
  { rows, columns }: Explanation['shape'],
  page: ExplainPage,
): string[] {
  const D = rows * columns;
  const row = (i: number): Float64Array => matrix.subarray(i * D, (i + 1) * D);
  const pictures = shown.map((i, n) => ({ rows, columns, title: titles[n]!, values: row(i) }));
  const scale = Math.max(0, ...shown.map((i) => largestMagnitude(row(i))));
  return drawStrip(pictures, scale, page);
}
