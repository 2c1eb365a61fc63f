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
import { counted, grouped, short } from '../../text/numbers.js';
import { numbered, type Page, wrap } from '../../text/page.js';
import { drawStrip, signNames } from '../../text/picture.js';

/** A hidden layer of more units than this is shown by its most active ones. */
const MOST_UNITS = 20;
const UNITS_SHOWN = 10;
/** Units whose weights are drawn: as many as stand side by side on 80 columns. */
const UNITS_DRAWN = 5;
/** Of ∂L/∂W. */
const ENTRIES_SHOWN = 5;

/** A number for each unit: all of them, or the range and those of the most active units. */
export function unitsText(values: Float64Array, h: Float64Array, { width }: Page): string[] {
  if (values.length <= MOST_UNITS) return numbered(values, width);
  const shown = activeUnits(h).slice(0, UNITS_SHOWN);
  const which = shown.length > 0 ? `the ${shown.length} most active units:` : 'no unit is on';
  return [
    ...wrap(`${rangeText(values)}; ${which}`, width, '  '),
    ...numbered(values, width, shown),
  ];
}

/** How many units are on. */
export function onText(h: Float64Array, { width }: Page): string[] {
  const on = activeUnits(h).length;
  return wrap(`${grouped(on)} of ${grouped(h.length)} units are on`, width, '  ');
}

/** What ReLU's mask keeps back, of layer `l` from 0. */
export function maskText(
  l: number,
  { h, dL_dh }: HiddenDerivation,
  last: number,
  { width }: Page,
): string[] {
  const stopped = dL_dh.map((value, i) => (h[i]! > 0 ? 0 : value));
  const [largest] = largestEntries(stopped, stopped.length, 1);
  const off = h.reduce((count, hi) => count + (hi > 0 ? 0 : 1), 0);
  if (off === 0) return wrap('every unit is on: the mask keeps nothing back', width, '  ');
  const [v] = letter('v', l, last);
  const [dh] = letter('h', l, last);
  const most = largest
    ? `; the largest that it keeps back: ∂L/∂${dh}_${largest.column} = ${short(largest.value)}`
    : '';
  return wrap(`0 where ${v} ≤ 0, at ${counted(off, 'unit')}${most}`, width, '  ');
}

/** W¹'s rows of the most active units: what each of them looks for. */
export function weightPictures({ hidden, parameters, shape }: Explanation, page: Page): string[] {
  const units = activeUnits(hidden[0]!.h).slice(0, UNITS_DRAWN);
  if (units.length === 0) return [];
  const { plus, minus } = signNames(page.palette);
  const meaning = `W¹ of the most active units; ${plus}: light raises v¹_i, ${minus}: lowers it; one scale.`;
  const titles = units.map((i) => `unit ${i}`);
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
  page: Page,
): string[] {
  const last = hidden.length;
  const gradient = hidden[l]?.dL_dW ?? dL_dW;
  const [w] = letter('w', l, last);
  const entry = ({ row, column }: Entry): string => `${w}[${row}][${column}]`;
  if (l > 0) {
    const [hBelow] = letter('h', l - 1, last);
    const to = ({ row }: Entry): string =>
      l === last ? `class ${row}${row === label ? ', the label' : ''}` : `unit ${row}`;
    const ends = (one: Entry): string => `${to(one)}, from ${hBelow}_${one.column}`;
    const inputs = hidden[l - 1]!.h.length;
    return largestText(gradient, inputs, 'and what they join', entry, ends, page);
  }
  const { h, dL_dv } = hidden[0]!;
  const units = activeUnits(h).slice(0, UNITS_DRAWN);
  const { plus, minus } = signNames(page.palette);
  const titles = units.map((i) => `${i}: ${short(dL_dv[i]!)}`);
  const meaning =
    units.length > 0
      ? `Row i is u times ∂L/∂v¹_i, the number above it: 0 for a unit that is off. The most active ` +
        `units first; ${plus}: > 0, ${minus}: < 0; one scale.`
      : 'No unit is on, so every entry is 0.';
  return [
    ...largestText(gradient, u.length, 'and their pixels', entry, pixelOf(shape), page),
    ...wrap(meaning, page.width, '  '),
    ...rowPictures(gradient, units, titles, shape, page),
  ];
}

/** A matrix's norm, and its entries that are furthest from 0. */
export function largestText(
  matrix: Float64Array,
  columns: number,
  what: string,
  name: (entry: Entry) => string,
  place: (entry: Entry) => string,
  { width }: Page,
): string[] {
  const norm = Math.sqrt(matrix.reduce((sum, value) => sum + value * value, 0));
  const largest = largestEntries(matrix, columns, ENTRIES_SHOWN);
  return [
    ...wrap(`norm ${short(norm)}; its largest entries, ${what}:`, width, '  '),
    ...largest.flatMap((entry) =>
      wrap(`${name(entry)}: ${short(entry.value)}, ${place(entry)}`, width, '  '),
    ),
  ];
}

/** Where in the picture an entry's column is. */
export function pixelOf({ columns }: Explanation['shape']): (entry: Entry) => string {
  return ({ column }) => `row ${Math.floor(column / columns)}, column ${column % columns}`;
}

/** Rows of a matrix with a column for each pixel, as pictures on one scale. */
function rowPictures(
  matrix: Float64Array,
  shown: readonly number[],
  titles: readonly string[],
  { rows, columns }: Explanation['shape'],
  page: Page,
): string[] {
  const D = rows * columns;
  const row = (i: number): Float64Array => matrix.subarray(i * D, (i + 1) * D);
  const pictures = shown.map((i, n) => ({ rows, columns, title: titles[n]!, values: row(i) }));
  const scale = Math.max(0, ...shown.map((i) => largestMagnitude(row(i))));
  return drawStrip(pictures, scale, page);
}

/** `from 0 to 0.9961` */
export function rangeText(values: Float64Array): string {
  const [minimum, maximum] = range(values);
  return `from ${short(minimum)} to ${short(maximum)}`;
}
