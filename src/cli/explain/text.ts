import type { BackwardExplanation, Entry, Explanation } from '../../explain/explanation.js';
import { GRADIENT_TOLERANCE, type GradientCheckRow } from '../../gradient-check.js';
import { largestMagnitude } from '../../layers/floats.js';
import { letter, type Quantity, quantitiesOf } from '../../quantities.js';
import { grouped, short } from '../../text/numbers.js';
import { bars, heading, mostProbable, numbered, type Page, table, wrap } from '../../text/page.js';
import { drawGrey, drawSigned, drawStrip, signNames } from '../../text/picture.js';
import { leftOut } from '../output.js';
import {
  hiddenWeightGradient,
  largestText,
  maskText,
  onText,
  pixelOf,
  rangeText,
  unitsText,
  weightPictures,
} from './hidden.js';

/** The whole derivation in the seminar's order, as lines. `title` says which picture and which weights. */
export function explanationText(
  explanation: Explanation,
  title: readonly string[],
  page: Page,
): string[] {
  const { shape, x, hidden, backward } = explanation;
  const quantities = quantitiesOf(hidden.length);
  const head = title.flatMap((line) => wrap(line, page.width));
  const picture = [
    ...heading(page, 'x, the picture', `${shape.rows}×${shape.columns}`),
    ...drawGrey(x, page),
  ];
  const forward = quantities
    .slice(
      0,
      quantities.findIndex(({ key }) => key === 'L'),
    )
    .flatMap((quantity) => forwardText(quantity, explanation, page));
  if (!backward) {
    const missing = 'No label, so no L, and no backward pass from it.';
    return [...head, '', ...picture, ...forward, '', ...wrap(missing, page.width)];
  }
  const sign =
    'L is the log-likelihood, at most 0: training raises it, and every gradient here is one of L. ' +
    'The loss of the other commands is −L.';
  const check =
    `error: the largest difference from central differences, relative to the quantity's largest entry; ` +
    `right is at most ${GRADIENT_TOLERANCE}. All in double precision.`;
  return [
    ...head,
    '',
    ...wrap(sign, page.width),
    ...wrap(check, page.width),
    ...picture,
    ...forward,
    ...quantities.flatMap((quantity) => backwardText(quantity, explanation, backward, page)),
    ...stepText(backward, page),
  ];
}

/** A quantity of the forward pass: its formula, and its numbers. */
function forwardText(
  { key, layer = 0, formula, shape: sidesOf }: Quantity,
  explanation: Explanation,
  page: Page,
): string[] {
  const { shape, parameters, hidden, u, y, predicted, backward } = explanation;
  const title = (text: string) => heading(page, text, sidesOf(shape).join('×'));
  const last = hidden.length;
  if (key === 'u') {
    const inked = u.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
    const mean = u.reduce((sum, value) => sum + value, 0) / u.length;
    const facts = `${rangeText(u)}, mean ${short(mean)}, ${inked} of ${u.length} not 0`;
    return [...title(`${formula}, row by row`), ...wrap(facts, page.width, '  ')];
  }
  if (key === 'v') {
    const { weight, bias } = parameters.linear[layer]!;
    const W = `${letter('W', layer, last)[0]} ${bias.length}×${weight.length / bias.length}`;
    const head = title(`${formula}, ${W}`);
    if (layer === last) return [...head, ...numbered(explanation.v, page.width)];
    const { v, h } = hidden[layer]!;
    const pictures = layer === 0 ? weightPictures(explanation, page) : [];
    return [...head, ...unitsText(v, h, page), ...pictures];
  }
  if (key === 'h') {
    const { h } = hidden[layer]!;
    return [...title(formula), ...onText(h, page), ...unitsText(h, h, page)];
  }
  const [v] = letter('v', last, last);
  const label = backward?.label;
  return [
    ...title(`${formula} = exp(${v}) / Σ exp(${v})`),
    ...bars(y, { answer: predicted, label }, (share) => share.toFixed(4), page),
    ...leftOut(mostProbable(y, label).length, y.length, page.width),
  ];
}

/** A quantity of the backward pass: its formula, its error, its numbers. Nothing for one before L. */
function backwardText(
  quantity: Quantity,
  explanation: Explanation,
  backward: BackwardExplanation,
  page: Page,
): string[] {
  const { shape } = explanation;
  const { y, L, dy_dv, dL_du, dL_dx, hidden, label, check } = backward;
  const { key, layer = 0 } = quantity;
  const head = checkedHeading(quantity, shape, check, page);
  const values = quantity.values(backward);
  const hiddenLayer = hidden[layer];
  switch (key) {
    case 'L':
      return [
        ...heading(page, quantity.formula, 'a number ≤ 0'),
        ...wrap(`log y_${label} = ${short(L)} nats`, page.width, '  '),
      ];
    case 'dL_dy':
    case 'dL_dv_by_jacobian':
      return [...head, ...numbered(values, page.width)];
    case 'dy_dv':
      return [...head, ...jacobianText(dy_dv, y, label, page)];
    case 'dL_dv':
      if (hiddenLayer) {
        const mask = maskText(layer, hiddenLayer, hidden.length, page);
        return [...head, ...unitsText(values, hiddenLayer.h, page), ...mask];
      }
      return [...head, ...numbered(values, page.width), ...bothWaysText(backward, page)];
    case 'dL_dh':
    case 'dL_db':
      if (hiddenLayer) return [...head, ...unitsText(values, hiddenLayer.h, page)];
      return [...head, ...numbered(values, page.width)];
    case 'dL_du':
      return [...head, ...wrap(rangeText(dL_du), page.width, '  ')];
    case 'dL_dW':
      if (hidden.length > 0)
        return [...head, ...hiddenWeightGradient(layer, backward, shape, page)];
      return [...head, ...weightGradientText(shape, backward, page)];
    case 'dL_dx': {
      const { plus, minus } = signNames(page.palette);
      const scale = largestMagnitude(dL_dx.values);
      const meaning =
        `${plus}: more light there would raise L; ${minus}: it would lower L. Full at ` +
        `±${short(scale)}.`;
      return [...head, ...drawSigned(dL_dx, scale, page), ...wrap(meaning, page.width, '  ')];
    }
    default:
      return [];
  }
}

/** How far the Jacobian's product and labels − y agree. */
function bothWaysText({ disagreement }: BackwardExplanation, page: Page): string[] {
  const same =
    disagreement < Number.POSITIVE_INFINITY
      ? `The two differ by ${short(disagreement)} of the largest entry.`
      : 'A probability has underflowed to 0, so labels / y is not a number, and neither is what is made ' +
        'of it. labels − y is right; the backward pass continues from there.';
  return wrap(same, page.width, '  ');
}

/** ∂L/∂W of the seminar's network: a picture for each class. */
function weightGradientText(
  shape: Explanation['shape'],
  { dL_dv, dL_dW, label }: BackwardExplanation,
  page: Page,
): string[] {
  const { rows, columns, classes: K } = shape;
  const D = rows * columns;
  const { plus, minus } = signNames(page.palette);
  const shown = mostProbable(dL_dv.map(Math.abs), label);
  const pictures = shown.map((i) => ({
    rows,
    columns,
    title: `${i}: ${short(dL_dv[i]!)}`,
    values: dL_dW.subarray(i * D, (i + 1) * D),
  }));
  const name = ({ row, column }: Entry): string => `w[${row}][${column}]`;
  return [
    ...largestText(dL_dW, D, 'and their pixels', name, pixelOf(shape), page),
    ...wrap(
      `Row i is u times ∂L/∂v_i, the number above it; ${plus}: > 0, ${minus}: < 0; one scale.`,
      page.width,
      '  ',
    ),
    ...drawStrip(pictures, largestMagnitude(dL_dW), page),
    ...leftOut(shown.length, K, page.width),
  ];
}

function stepText({ step, hidden }: BackwardExplanation, page: Page): string[] {
  const { lr, before, after, promised } = step;
  const rise = after - before;
  const risen = `${rise >= 0 ? 'raised' : 'lowered'} by ${short(Math.abs(rise))}`;
  const [where, sum] = hidden.length > 0 ? [' in every layer', 'Σ '] : ['', ''];
  return [
    ...heading(page, `One step${where}: W ← W + lr ∂L/∂W, b ← b + lr ∂L/∂b`, `lr ${lr}`),
    ...wrap(`L before ${short(before)}, after ${short(after)}: ${risen}`, page.width, '  '),
    ...wrap(
      `The tangent promises lr ${sum}(|∂L/∂W|² + |∂L/∂b|²) = ${short(promised)}; the smaller lr, the nearer.`,
      page.width,
      '  ',
    ),
  ];
}

/** The formula, and `10×10, error 2.1e-12`, with WRONG where it is; below it what was not checked. */
function checkedHeading(
  quantity: Quantity,
  shape: Explanation['shape'],
  check: readonly GradientCheckRow[],
  page: Page,
): string[] {
  const size = quantity.shape(shape).join('×');
  const row = check.find((one) => one.quantity === quantity.sign);
  if (!row) return heading(page, quantity.formula, size);
  const isNumber = row.error < Number.POSITIVE_INFINITY;
  const error = isNumber
    ? `error ${row.error.toExponential(1)}${row.ok ? '' : ' WRONG'}`
    : 'no number to check';
  const limits = checkLimits(row);
  const note = limits === '' ? [] : wrap(limits, page.width, '  ');
  return [
    ...heading(page, quantity.formula, `${size}, ${error}`),
    ...note.map((line) => page.style('dim', line)),
  ];
}

/** What was checked, where that is not every entry one by one. */
function checkLimits({ entries, directions, leftOut }: GradientCheckRow): string {
  const sampled =
    directions > 0
      ? `checked: ${grouped(entries)} entries, and ${directions} directions that move them all`
      : '';
  const kinks = leftOut > 0 ? `${grouped(leftOut)} left out: on a kink of ReLU` : '';
  return [sampled, kinks].filter(Boolean).join('; ');
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
