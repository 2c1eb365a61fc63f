import type { BackwardExplanation, Entry, Explanation } from '../../explain/explanation.js';
import type { Words } from '../../explain/words/words.js';
import { GRADIENT_TOLERANCE, type GradientCheckRow } from '../../gradient-check.js';
import { largestMagnitude, range } from '../../layers/floats.js';
import { letter, type Quantity, quantitiesOf } from '../../quantities.js';
import { bars, heading, mostProbable, table, wrap } from '../../text/page.js';
import { drawGrey, drawSigned, drawStrip } from '../../text/picture.js';
import {
  hiddenWeightGradient,
  largestText,
  maskText,
  onText,
  pixelOf,
  unitsText,
  weightPictures,
} from './hidden.js';
import { type ExplainPage, numbers, signs, wrapLeftOut } from './page.js';

/** The whole derivation in the seminar's order, as lines. `title` says which picture and which weights. */
export function explanationText(
  explanation: Explanation,
  title: readonly string[],
  page: ExplainPage,
): string[] {
  const { shape, x, hidden, backward } = explanation;
  const { words, width } = page;
  const quantities = quantitiesOf(hidden.length);
  const head = title.flatMap((line) => wrap(line, width));
  const picture = [
    ...heading(page, words.picture, `${shape.rows}×${shape.columns}`),
    ...drawGrey(x, page),
  ];
  const forward = quantities
    .slice(
      0,
      quantities.findIndex(({ key }) => key === 'L'),
    )
    .flatMap((quantity) => forwardText(quantity, explanation, page));
  if (!backward) {
    return [...head, '', ...picture, ...forward, '', ...wrap(words.noLabel, width)];
  }
  return [
    ...head,
    '',
    ...wrap(words.whichSign, width),
    ...wrap(words.whatError(GRADIENT_TOLERANCE), width),
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
  page: ExplainPage,
): string[] {
  const { shape, parameters, hidden, u, y, predicted, backward } = explanation;
  const { words, width } = page;
  const title = (text: string) => heading(page, text, sidesOf(shape).join('×'));
  const last = hidden.length;
  if (key === 'u') {
    const inked = u.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
    const mean = u.reduce((sum, value) => sum + value, 0) / u.length;
    const facts = `${words.range(...range(u))}, ${words.pixels(mean, inked, u.length)}`;
    return [...title(words.rowByRow(formula)), ...wrap(facts, width, '  ')];
  }
  if (key === 'v') {
    const { weight, bias } = parameters.linear[layer]!;
    const W = `${letter('W', layer, last)[0]} ${bias.length}×${weight.length / bias.length}`;
    const head = title(`${formula}, ${W}`);
    if (layer === last) return [...head, ...numbers(explanation.v, page)];
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
    ...bars(
      y,
      { answer: predicted, label },
      (share) => words.numbers.decimal(share.toFixed(4)),
      page,
      words.marks,
    ),
    ...wrapLeftOut(mostProbable(y, label).length, y.length, page),
  ];
}

/** A quantity of the backward pass: its formula, its error, its numbers. Nothing for one before L. */
function backwardText(
  quantity: Quantity,
  explanation: Explanation,
  backward: BackwardExplanation,
  page: ExplainPage,
): string[] {
  const { shape } = explanation;
  const { words } = page;
  const { y, L, dy_dv, dL_du, dL_dx, hidden, label, check } = backward;
  const { key, layer = 0 } = quantity;
  const head = checkedHeading(quantity, shape, check, page);
  const values = quantity.values(backward);
  const hiddenLayer = hidden[layer];
  switch (key) {
    case 'L':
      return [
        ...heading(page, quantity.formula, words.aNumber),
        ...wrap(`log y_${label} = ${words.nats(L)}`, page.width, '  '),
      ];
    case 'dL_dy':
    case 'dL_dv_by_jacobian':
      return [...head, ...numbers(values, page)];
    case 'dy_dv':
      return [...head, ...jacobianText(dy_dv, y, label, page)];
    case 'dL_dv':
      if (hiddenLayer) {
        const mask = maskText(layer, hiddenLayer, hidden.length, page);
        return [...head, ...unitsText(values, hiddenLayer.h, page), ...mask];
      }
      return [...head, ...numbers(values, page), ...bothWaysText(backward, page)];
    case 'dL_dh':
    case 'dL_db':
      if (hiddenLayer) return [...head, ...unitsText(values, hiddenLayer.h, page)];
      return [...head, ...numbers(values, page)];
    case 'dL_du':
      return [...head, ...wrap(words.range(...range(dL_du)), page.width, '  ')];
    case 'dL_dW':
      if (hidden.length > 0)
        return [...head, ...hiddenWeightGradient(layer, backward, shape, page)];
      return [...head, ...weightGradientText(shape, backward, page)];
    case 'dL_dx': {
      const { plus, minus } = signs(page);
      const scale = largestMagnitude(dL_dx.values);
      const meaning = words.moreLight(plus, minus, scale);
      return [...head, ...drawSigned(dL_dx, scale, page), ...wrap(meaning, page.width, '  ')];
    }
    default:
      return [];
  }
}

/** How far the Jacobian's product and labels − y agree. */
function bothWaysText({ disagreement }: BackwardExplanation, page: ExplainPage): string[] {
  const { differBy, underflow } = page.words;
  const same = disagreement < Number.POSITIVE_INFINITY ? differBy(disagreement) : underflow;
  return wrap(same, page.width, '  ');
}

/** ∂L/∂W of the seminar's network: a picture for each class. */
function weightGradientText(
  shape: Explanation['shape'],
  { dL_dv, dL_dW, label }: BackwardExplanation,
  page: ExplainPage,
): string[] {
  const { rows, columns, classes: K } = shape;
  const D = rows * columns;
  const { words } = page;
  const { plus, minus } = signs(page);
  const shown = mostProbable(dL_dv.map(Math.abs), label);
  const pictures = shown.map((i) => ({
    rows,
    columns,
    title: `${i}: ${words.numbers.short(dL_dv[i]!)}`,
    values: dL_dW.subarray(i * D, (i + 1) * D),
  }));
  const name = ({ row, column }: Entry): string => `w[${row}][${column}]`;
  return [
    ...largestText(dL_dW, D, 'pixels', name, pixelOf(shape, page), page),
    ...wrap(words.classRows(plus, minus), page.width, '  '),
    ...drawStrip(pictures, largestMagnitude(dL_dW), page),
    ...wrapLeftOut(shown.length, K, page),
  ];
}

function stepText({ step, hidden }: BackwardExplanation, page: ExplainPage): string[] {
  const { lr, before, after, promised } = step;
  const { words, width } = page;
  const isDeep = hidden.length > 0;
  const title = `${words.oneStep(isDeep)}: W ← W + lr ∂L/∂W, b ← b + lr ∂L/∂b`;
  const tangent = `lr ${isDeep ? 'Σ ' : ''}(|∂L/∂W|² + |∂L/∂b|²)`;
  return [
    ...heading(page, title, `lr ${words.numbers.decimal(String(lr))}`),
    ...wrap(words.stepped(before, after), width, '  '),
    ...wrap(words.promised(tangent, promised), width, '  '),
  ];
}

/** The formula, and `10×10, error 2.1e-12`, and that it is wrong where it is; below it what was not checked. */
function checkedHeading(
  quantity: Quantity,
  shape: Explanation['shape'],
  check: readonly GradientCheckRow[],
  page: ExplainPage,
): string[] {
  const size = quantity.shape(shape).join('×');
  const row = check.find((one) => one.quantity === quantity.sign);
  if (!row) return heading(page, quantity.formula, size);
  const { words } = page;
  const isNumber = row.error < Number.POSITIVE_INFINITY;
  const error = isNumber ? words.error(row.error, row.ok) : words.nothingToCheck;
  const limits = checkLimits(row, words);
  const note = limits === '' ? [] : wrap(limits, page.width, '  ');
  return [
    ...heading(page, quantity.formula, `${size}, ${error}`),
    ...note.map((line) => page.style('dim', line)),
  ];
}

/** What was checked, where that is not every entry one by one. */
function checkLimits({ entries, directions, leftOut }: GradientCheckRow, words: Words): string {
  const sampled = directions > 0 ? words.sampled(entries, directions) : '';
  const kinks = leftOut > 0 ? words.kinks(leftOut) : '';
  return [sampled, kinks].filter(Boolean).join('; ');
}

/** The matrix, in blocks of as many columns as fit; dots are closer to 0 than 0.0005. */
function jacobianText(
  matrix: Float64Array,
  y: Float64Array,
  label: number,
  page: ExplainPage,
): string[] {
  const { decimal } = page.words.numbers;
  const shown = mostProbable(y, label);
  const cell = (value: number): string =>
    Math.abs(value) < 5e-4 ? '·' : decimal(value.toFixed(3));
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
  return [...lines, ...wrapLeftOut(shown.length, y.length, page)];
}
