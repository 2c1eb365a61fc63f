import { type Explanation, largestEntries, type WayBack } from '../../explain/explanation.js';
import { GRADIENT_TOLERANCE } from '../../gradient-check.js';
import { short } from '../../text/numbers.js';
import { bars, heading, mostProbable, numbered, type Page, wrap } from '../../text/page.js';
import { drawGrey, drawSigned, drawStrip, signNames } from '../../text/picture.js';
import { leftOut } from '../output.js';
import { jacobian } from './classes.js';

/** Of ∂L/∂W. */
const ENTRIES_SHOWN = 5;

/** The whole derivation in the seminar's order, as lines. `title` says which picture and which weights. */
export function explanationText(
  explanation: Explanation,
  title: readonly string[],
  page: Page,
): string[] {
  const { way } = explanation;
  const head = [...title.flatMap((line) => wrap(line, page.width))];
  const sign =
    'L is the log-likelihood, at most 0: training raises it, and every gradient here is one of L. ' +
    'The loss of the other commands is −L.';
  if (!way) {
    const missing = 'No label, so no L, and no way back from it.';
    return [...head, '', ...forwardText(explanation, page), '', ...wrap(missing, page.width)];
  }
  const check =
    way.check.length > 0
      ? `error: the largest difference from central differences, relative to the quantity's largest entry; ` +
        `right is at most ${GRADIENT_TOLERANCE}. All in double precision.`
      : 'Not checked against central differences: with so many weights it would take minutes.';
  return [
    ...head,
    '',
    ...wrap(sign, page.width),
    ...wrap(check, page.width),
    ...forwardText(explanation, page),
    ...likelihoodText(way, page),
    ...softmaxBackText(explanation, way, page),
    ...linearBackText(explanation, way, page),
    ...stepText(way, page),
  ];
}

function forwardText(explanation: Explanation, page: Page): string[] {
  const { shape, x, u, v, y, predicted, way } = explanation;
  const D = u.length;
  const inked = u.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
  const mean = u.reduce((sum, value) => sum + value, 0) / D;
  const facts =
    `from ${short(Math.min(...u))} to ${short(Math.max(...u))}, mean ${short(mean)}, ` +
    `${inked} of ${D} not 0`;
  return [
    ...heading(page, 'x, the picture', `${shape.rows}×${shape.columns}`),
    ...drawGrey(x, page),
    ...heading(page, 'u = reshape(x), row by row', String(D)),
    ...wrap(facts, page.width, '  '),
    ...heading(page, `v = W u + b, W ${shape.classes}×${D}`, String(shape.classes)),
    ...numbered(v, page.width),
    ...heading(page, 'y = softmax(v) = exp(v) / Σ exp(v)', String(shape.classes)),
    ...bars(y, { answer: predicted, label: way?.label }, (share) => share.toFixed(4), page),
    ...leftOut(mostProbable(y, way?.label).length, y.length, page.width),
  ];
}

function likelihoodText({ L, label }: WayBack, page: Page): string[] {
  return [
    ...heading(page, 'L = Σ labels_i log y_i', 'a number ≤ 0'),
    ...wrap(`log y_${label} = ${short(L)} nats`, page.width, '  '),
  ];
}

function softmaxBackText({ y, dydv }: Explanation, way: WayBack, page: Page): string[] {
  const K = String(y.length);
  const same =
    way.waysDiffer < Number.POSITIVE_INFINITY
      ? `The two ways differ by ${short(way.waysDiffer)} of the largest entry.`
      : 'A probability has underflowed to 0, so labels / y is not a number, and neither is what is made ' +
        'of it. labels − y is right; the way back goes on from there.';
  return [
    ...heading(page, '∂L/∂y = labels / y', checked(way, '∂L/∂y', K)),
    ...numbered(way.dy, page.width),
    ...heading(page, '∂y_i/∂v_j = y_i (1[i = j] − y_j)', checked(way, '∂y/∂v', `${K}×${K}`)),
    ...jacobian(dydv, y, way.label, page),
    ...heading(page, '∂L/∂v = (∂y/∂v)ᵀ ∂L/∂y', checked(way, '∂L/∂v', K)),
    ...numbered(way.dvByJacobian, page.width),
    ...heading(page, '∂L/∂v = labels − y', checked(way, 'labels − y', K)),
    ...numbered(way.dv, page.width),
    ...wrap(same, page.width, '  '),
  ];
}

function linearBackText({ shape, b, W }: Explanation, way: WayBack, page: Page): string[] {
  const [K, D] = [b.length, W.length / b.length];
  const { plus, minus } = signNames(page.palette);
  const { rows, columns } = shape;
  const largest = largestEntries(way.dw, D, ENTRIES_SHOWN).map(
    ({ row, column, value }) =>
      `w[${row}][${column}]: ${short(value)}, row ${Math.floor(column / columns)}, column ${column % columns}`,
  );
  const shown = mostProbable(way.dv.map(Math.abs), way.label);
  const pictures = shown.map((i) => ({
    ...{ rows, columns, title: `${i}: ${short(way.dv[i]!)}` },
    values: way.dw.subarray(i * D, (i + 1) * D),
  }));
  const meaning =
    `${plus}: more light there would raise L; ${minus}: it would lower L. Full at ` +
    `±${short(extent(way.dx.values))}.`;
  return [
    ...heading(page, '∂L/∂u = Wᵀ ∂L/∂v', checked(way, '∂L/∂u', String(D))),
    ...wrap(
      `from ${short(Math.min(...way.du))} to ${short(Math.max(...way.du))}`,
      page.width,
      '  ',
    ),
    ...heading(page, '∂L/∂b = ∂L/∂v', checked(way, '∂L/∂b', String(K))),
    ...numbered(way.db, page.width),
    ...heading(page, '∂L/∂W = ∂L/∂v uᵀ', checked(way, '∂L/∂W', `${K}×${D}`)),
    ...wrap(
      `norm ${short(Math.hypot(...way.dw))}; its largest entries, and their pixels:`,
      page.width,
      '  ',
    ),
    ...largest.flatMap((line) => wrap(line, page.width, '  ')),
    ...wrap(
      `Row i is u times ∂L/∂v_i, the number above it; ${plus}: > 0, ${minus}: < 0; one scale.`,
      page.width,
      '  ',
    ),
    ...drawStrip(pictures, extent(way.dw), page),
    ...leftOut(shown.length, K, page.width),
    ...heading(page, '∂L/∂x = reshape⁻¹(∂L/∂u)', checked(way, '∂L/∂x', `${rows}×${columns}`)),
    ...drawSigned(way.dx, extent(way.dx.values), page),
    ...wrap(meaning, page.width, '  '),
  ];
}

function stepText({ step }: WayBack, page: Page): string[] {
  const { lr, before, after, promised } = step;
  const rise = after - before;
  return [
    ...heading(page, 'One step: W ← W + lr ∂L/∂W, b ← b + lr ∂L/∂b', `lr ${lr}`),
    ...wrap(`L before ${short(before)}, after ${short(after)}: ${risen(rise)}`, page.width, '  '),
    ...wrap(
      `The tangent promises lr (|∂L/∂W|² + |∂L/∂b|²) = ${short(promised)}; the smaller lr, the nearer.`,
      page.width,
      '  ',
    ),
  ];
}

function risen(rise: number): string {
  return `${rise >= 0 ? 'raised' : 'lowered'} by ${short(Math.abs(rise))}`;
}

/** `10×10, error 2.1e-12`, and WRONG where it is. */
function checked({ check }: WayBack, quantity: string, shape: string): string {
  const row = check.find((one) => one.quantity === quantity);
  if (!row) return shape;
  if (row.error === Number.POSITIVE_INFINITY) return `${shape}, no number to check`;
  return `${shape}, error ${row.error.toExponential(1)}${row.ok ? '' : ' WRONG'}`;
}

function extent(values: ArrayLike<number>): number {
  let largest = 0;
  for (let p = 0; p < values.length; p++) largest = Math.max(largest, Math.abs(values[p]!));
  return largest;
}
