import {
  type BackwardExplanation,
  type Explanation,
  largestEntries,
} from '../../explain/explanation.js';
import type { Why } from '../../explain/why.js';
import { GRADIENT_TOLERANCE } from '../../gradient-check.js';
import { largestMagnitude, range } from '../../layers/floats.js';
import { type Quantity, quantityOf } from '../../quantities.js';
import { short } from '../../text/numbers.js';
import { bars, heading, mostProbable, numbered, type Page, table, wrap } from '../../text/page.js';
import { drawGrey, drawSigned, drawStrip, signNames } from '../../text/picture.js';
import { leftOut } from '../output.js';

/** Of ∂L/∂W. */
const ENTRIES_SHOWN = 5;

/** The whole derivation in the seminar's order, as lines. `title` says which picture and which weights. */
export function explanationText(
  explanation: Explanation,
  title: readonly string[],
  page: Page,
): string[] {
  const { backward } = explanation;
  const head = title.flatMap((line) => wrap(line, page.width));
  if (!backward) {
    const missing = 'No label, so no L, and no backward pass from it.';
    return [...head, '', ...forwardText(explanation, page), '', ...wrap(missing, page.width)];
  }
  const sign =
    'L is the log-likelihood, at most 0: training raises it, and every gradient here is one of L. ' +
    'The loss of the other commands is −L.';
  const check =
    backward.check.length > 0
      ? `error: the largest difference from central differences, relative to the quantity's largest entry; ` +
        `right is at most ${GRADIENT_TOLERANCE}. All in double precision.`
      : 'Not checked against central differences: with so many weights it would take minutes.';
  return [
    ...head,
    '',
    ...wrap(sign, page.width),
    ...wrap(check, page.width),
    ...forwardText(explanation, page),
    ...likelihoodText(backward, page),
    ...softmaxBackwardText(explanation, backward, page),
    ...linearBackwardText(explanation, backward, page),
    ...stepText(backward, page),
  ];
}

function forwardText(explanation: Explanation, page: Page): string[] {
  const { shape, x, u, v, y, predicted, backward } = explanation;
  const label = backward?.label;
  const [K, D] = [shape.classes, u.length];
  const inked = u.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
  const mean = u.reduce((sum, value) => sum + value, 0) / D;
  const facts = `${rangeText(u)}, mean ${short(mean)}, ${inked} of ${D} not 0`;
  return [
    ...heading(page, 'x, the picture', `${shape.rows}×${shape.columns}`),
    ...drawGrey(x, page),
    ...heading(page, `${formula('u')}, row by row`, String(D)),
    ...wrap(facts, page.width, '  '),
    ...heading(page, `${formula('v')}, W ${K}×${D}`, String(K)),
    ...numbered(v, page.width),
    ...heading(page, `${formula('y')} = exp(v) / Σ exp(v)`, String(K)),
    ...bars(y, { answer: predicted, label }, (share) => share.toFixed(4), page),
    ...leftOut(mostProbable(y, label).length, K, page.width),
  ];
}

function likelihoodText({ L, label }: BackwardExplanation, page: Page): string[] {
  return [
    ...heading(page, formula('L'), 'a number ≤ 0'),
    ...wrap(`log y_${label} = ${short(L)} nats`, page.width, '  '),
  ];
}

function softmaxBackwardText(
  { shape }: Explanation,
  backward: BackwardExplanation,
  page: Page,
): string[] {
  const { y, dL_dy, dy_dv, dL_dv_by_jacobian, dL_dv, disagreement, label, check } = backward;
  const checked = (key: Quantity['key']) => checkedHeading(key, { shape, check }, page);
  const same =
    disagreement < Number.POSITIVE_INFINITY
      ? `The two differ by ${short(disagreement)} of the largest entry.`
      : 'A probability has underflowed to 0, so labels / y is not a number, and neither is what is made ' +
        'of it. labels − y is right; the backward pass continues from there.';
  return [
    ...checked('dL_dy'),
    ...numbered(dL_dy, page.width),
    ...checked('dy_dv'),
    ...jacobianText(dy_dv, y, label, page),
    ...checked('dL_dv_by_jacobian'),
    ...numbered(dL_dv_by_jacobian, page.width),
    ...checked('dL_dv'),
    ...numbered(dL_dv, page.width),
    ...wrap(same, page.width, '  '),
  ];
}

function linearBackwardText(
  { shape }: Explanation,
  backward: BackwardExplanation,
  page: Page,
): string[] {
  const { dL_dv, dL_du, dL_db, dL_dW, dL_dx, label, check } = backward;
  const checked = (key: Quantity['key']) => checkedHeading(key, { shape, check }, page);
  const { rows, columns, classes: K } = shape;
  const D = dL_du.length;
  const { plus, minus } = signNames(page.palette);
  const norm = Math.sqrt(dL_dW.reduce((sum, value) => sum + value * value, 0));
  const largest = largestEntries(dL_dW, D, ENTRIES_SHOWN).map(
    ({ row, column, value }) =>
      `w[${row}][${column}]: ${short(value)}, row ${Math.floor(column / columns)}, column ${column % columns}`,
  );
  const shown = mostProbable(dL_dv.map(Math.abs), label);
  const pictures = shown.map((i) => ({
    rows,
    columns,
    title: `${i}: ${short(dL_dv[i]!)}`,
    values: dL_dW.subarray(i * D, (i + 1) * D),
  }));
  const scale = largestMagnitude(dL_dx.values);
  const meaning =
    `${plus}: more light there would raise L; ${minus}: it would lower L. Full at ` +
    `±${short(scale)}.`;
  return [
    ...checked('dL_du'),
    ...wrap(rangeText(dL_du), page.width, '  '),
    ...checked('dL_db'),
    ...numbered(dL_db, page.width),
    ...checked('dL_dW'),
    ...wrap(`norm ${short(norm)}; its largest entries, and their pixels:`, page.width, '  '),
    ...largest.flatMap((line) => wrap(line, page.width, '  ')),
    ...wrap(
      `Row i is u times ∂L/∂v_i, the number above it; ${plus}: > 0, ${minus}: < 0; one scale.`,
      page.width,
      '  ',
    ),
    ...drawStrip(pictures, largestMagnitude(dL_dW), page),
    ...leftOut(shown.length, K, page.width),
    ...checked('dL_dx'),
    ...drawSigned(dL_dx, scale, page),
    ...wrap(meaning, page.width, '  '),
  ];
}

function stepText({ step }: BackwardExplanation, page: Page): string[] {
  const { lr, before, after, promised } = step;
  const rise = after - before;
  const risen = `${rise >= 0 ? 'raised' : 'lowered'} by ${short(Math.abs(rise))}`;
  return [
    ...heading(page, 'One step: W ← W + lr ∂L/∂W, b ← b + lr ∂L/∂b', `lr ${lr}`),
    ...wrap(`L before ${short(before)}, after ${short(after)}: ${risen}`, page.width, '  '),
    ...wrap(
      `The tangent promises lr (|∂L/∂W|² + |∂L/∂b|²) = ${short(promised)}; the smaller lr, the nearer.`,
      page.width,
      '  ',
    ),
  ];
}

function formula(key: Quantity['key']): string {
  return quantityOf(key).formula;
}

/** The formula, and `10×10, error 2.1e-12`, with WRONG where it is. */
function checkedHeading(
  key: Quantity['key'],
  { shape, check }: Pick<Explanation, 'shape'> & Pick<BackwardExplanation, 'check'>,
  page: Page,
): string[] {
  const quantity = quantityOf(key);
  const size = quantity.shape(shape).join('×');
  const row = check.find((one) => one.quantity === quantity.sign);
  if (!row) return heading(page, quantity.formula, size);
  const isNumber = row.error < Number.POSITIVE_INFINITY;
  const error = isNumber
    ? `error ${row.error.toExponential(1)}${row.ok ? '' : ' WRONG'}`
    : 'no number to check';
  return heading(page, quantity.formula, `${size}, ${error}`);
}

/** The matrix, in blocks of as many columns as fit; dots are closer to 0 than 0.0005. */
function jacobianText(matrix: Float64Array, y: Float64Array, label: number, page: Page): string[] {
  const shown = mostProbable(y, label);
  const cell = (value: number): string => (Math.abs(value) < 5e-4 ? '·' : value.toFixed(3));
  const fitting = Math.max(1, Math.floor((page.width - 3) / 7));
  const lines: string[] = [];
  for (let first = 0; first < shown.length; first += fitting) {
    const columns = shown.slice(first, first + fitting);
    const [head, ...rows] = table(
      [
        ['i\\j', ...columns.map((j) => String(j).padStart(6))],
        ...shown.map((i) => [String(i), ...columns.map((j) => cell(matrix[i * y.length + j]!))]),
      ],
      1,
    );
    lines.push(page.style('dim', head!), ...rows);
  }
  return [...lines, ...leftOut(shown.length, y.length, page.width)];
}

/** The sum v_a − v_b pixel by pixel, as a picture with its total. */
export function whyText(
  { a, b, pixels, bias, positive, negative, total, difference }: Why,
  { shape, x, y, v }: Explanation,
  title: readonly string[],
  page: Page,
): string[] {
  const { plus, minus } = signNames(page.palette);
  const scale = largestMagnitude(pixels);
  const sum = table([
    [`  pixels for ${a}`, signed(positive)],
    [`  pixels for ${b}`, signed(negative)],
    [`  b_${a} − b_${b}`, signed(bias)],
    ['  total', signed(total)],
    [`  v_${a} − v_${b}`, signed(difference)],
  ]);
  const verdict = total === 0 ? 'neither' : total > 0 ? a : b;
  const rounding = Math.abs(total - difference);
  const odds =
    `v_${a} = ${short(v[a]!)}, v_${b} = ${short(v[b]!)}; y_${a} = ${short(y[a]!)}, y_${b} = ${short(y[b]!)}. ` +
    `Of the two it is ${verdict}: y_${a} / y_${b} = exp(total) = ${short(Math.exp(total))}.`;
  return [
    ...title.flatMap((line) => wrap(line, page.width)),
    ...heading(page, 'x, the picture', `${shape.rows}×${shape.columns}`),
    ...drawGrey(x, page),
    ...heading(
      page,
      `why ${a} and not ${b}: (w_${a}j − w_${b}j) u_j for each pixel j`,
      `±${short(scale)}`,
    ),
    ...drawSigned({ ...shape, values: pixels }, scale, page),
    ...wrap(`${plus}: speaks for ${a}; ${minus}: speaks for ${b}`, page.width, '  '),
    ...heading(page, `v_${a} − v_${b} = Σ_j (w_${a}j − w_${b}j) u_j + (b_${a} − b_${b})`, ''),
    ...sum,
    ...wrap(`The last two are one number, to rounding (${short(rounding)}).`, page.width, '  '),
    ...wrap(odds, page.width, '  '),
  ];
}

function signed(value: number): string {
  return value > 0 ? `+${value.toFixed(6)}` : value.toFixed(6);
}

/** `from 0 to 0.9961` */
function rangeText(values: Float64Array): string {
  const [minimum, maximum] = range(values);
  return `from ${short(minimum)} to ${short(maximum)}`;
}
