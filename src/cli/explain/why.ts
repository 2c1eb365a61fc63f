import { activeUnits, type Explanation } from '../../explain/explanation.js';
import type { Why } from '../../explain/why.js';
import type { Words } from '../../explain/words/words.js';
import { largestMagnitude } from '../../layers/floats.js';
import { letter } from '../../quantities.js';
import { heading, table, wrap } from '../../text/page.js';
import { drawGrey, drawSigned } from '../../text/picture.js';
import { type ExplainPage, signs } from './page.js';

/** The sum v_a − v_b pixel by pixel, as a picture with its total. */
export function whyText(
  { a, b, pixels, bias, positive, negative, total, difference }: Why,
  { shape, x, y, v: scores, hidden }: Explanation,
  title: readonly string[],
  page: ExplainPage,
): string[] {
  const { words, width } = page;
  const { short, decimal } = words.numbers;
  const signed = (value: number): string => decimal(`${value > 0 ? '+' : ''}${value.toFixed(6)}`);
  const { plus, minus } = signs(page);
  const scale = largestMagnitude(pixels);
  const isPlain = hidden.length === 0;
  // v_4, with hidden layers v²_4.
  const [name] = letter('v', hidden.length, hidden.length);
  const v = (k: number): string => `${name}_${k}`;
  const [weight, biases] = isPlain ? [`(w_${a}j − w_${b}j)`, `(b_${a} − b_${b})`] : ['J_j', 'c'];
  const sum = table([
    [`  ${words.pixelsFor(a)}`, signed(positive)],
    [`  ${words.pixelsFor(b)}`, signed(negative)],
    [`  ${isPlain ? `b_${a} − b_${b}` : 'c'}`, signed(bias)],
    [`  ${words.total}`, signed(total)],
    [`  ${v(a)} − ${v(b)}`, signed(difference)],
  ]);
  const winner = total === 0 ? undefined : total > 0 ? a : b;
  const rounding = Math.abs(total - difference);
  const odds =
    `${v(a)} = ${short(scores[a]!)}, ${v(b)} = ${short(scores[b]!)}; y_${a} = ${short(y[a]!)}, y_${b} = ${short(y[b]!)}. ` +
    words.verdict(a, b, winner, Math.exp(total));
  return [
    ...title.flatMap((line) => wrap(line, width)),
    ...heading(page, words.picture, `${shape.rows}×${shape.columns}`),
    ...drawGrey(x, page),
    ...heading(page, words.whyTitle(a, b, `${weight} u_j`), `±${short(scale)}`),
    ...drawSigned({ ...shape, values: pixels }, scale, page),
    ...wrap(words.speaksFor(plus, a, minus, b), width, '  '),
    ...heading(page, `${v(a)} − ${v(b)} = Σ_j ${weight} u_j + ${biases}`, ''),
    ...(isPlain ? [] : wrap(effectiveText(hidden, words), width, '  ')),
    ...sum,
    ...wrap(words.rounding(rounding), width, '  '),
    ...wrap(odds, width, '  '),
  ];
}

/** What J and c are made of. */
function effectiveText(hidden: Explanation['hidden'], words: Words): string {
  const on = hidden.map(({ h }) => [activeUnits(h).length, h.length] as const);
  const list = (name: string): string =>
    [...hidden, 0].map((_, l) => letter(name, l, hidden.length)[0]).join(', ');
  return words.effective(list('W'), on, list('b'));
}
