import { activeUnits, type Explanation } from '../../explain/explanation.js';
import type { Why } from '../../explain/why.js';
import { largestMagnitude } from '../../layers/floats.js';
import { letter } from '../../quantities.js';
import { grouped, short } from '../../text/numbers.js';
import { heading, type Page, table, wrap } from '../../text/page.js';
import { drawGrey, drawSigned, signNames } from '../../text/picture.js';

/** The sum v_a − v_b pixel by pixel, as a picture with its total. */
export function whyText(
  { a, b, pixels, bias, positive, negative, total, difference }: Why,
  { shape, x, y, v: scores, hidden }: Explanation,
  title: readonly string[],
  page: Page,
): string[] {
  const { plus, minus } = signNames(page.palette);
  const scale = largestMagnitude(pixels);
  const isPlain = hidden.length === 0;
  // v_4, with hidden layers v²_4.
  const [name] = letter('v', hidden.length, hidden.length);
  const v = (k: number): string => `${name}_${k}`;
  const [weight, biases] = isPlain ? [`(w_${a}j − w_${b}j)`, `(b_${a} − b_${b})`] : ['J_j', 'c'];
  const sum = table([
    [`  pixels for ${a}`, signed(positive)],
    [`  pixels for ${b}`, signed(negative)],
    [`  ${isPlain ? `b_${a} − b_${b}` : 'c'}`, signed(bias)],
    ['  total', signed(total)],
    [`  ${v(a)} − ${v(b)}`, signed(difference)],
  ]);
  const verdict = total === 0 ? 'neither' : total > 0 ? a : b;
  const rounding = Math.abs(total - difference);
  const odds =
    `${v(a)} = ${short(scores[a]!)}, ${v(b)} = ${short(scores[b]!)}; y_${a} = ${short(y[a]!)}, y_${b} = ${short(y[b]!)}. ` +
    `Of the two it is ${verdict}: y_${a} / y_${b} = exp(total) = ${short(Math.exp(total))}.`;
  return [
    ...title.flatMap((line) => wrap(line, page.width)),
    ...heading(page, 'x, the picture', `${shape.rows}×${shape.columns}`),
    ...drawGrey(x, page),
    ...heading(page, `why ${a} and not ${b}: ${weight} u_j for each pixel j`, `±${short(scale)}`),
    ...drawSigned({ ...shape, values: pixels }, scale, page),
    ...wrap(`${plus}: speaks for ${a}; ${minus}: speaks for ${b}`, page.width, '  '),
    ...heading(page, `${v(a)} − ${v(b)} = Σ_j ${weight} u_j + ${biases}`, ''),
    ...(isPlain ? [] : wrap(effectiveText(hidden), page.width, '  ')),
    ...sum,
    ...wrap(`The last two are one number, to rounding (${short(rounding)}).`, page.width, '  '),
    ...wrap(odds, page.width, '  '),
  ];
}

function signed(value: number): string {
  return value > 0 ? `+${value.toFixed(6)}` : value.toFixed(6);
}

/** What J and c are made of. */
function effectiveText(hidden: Explanation['hidden']): string {
  const on = hidden.map(({ h }) => `${grouped(activeUnits(h).length)} of ${grouped(h.length)}`);
  const list = (name: string): string =>
    [...hidden, 0].map((_, l) => letter(name, l, hidden.length)[0]).join(', ');
  return (
    `Exact: as long as no unit goes on or off, the network is linear. J: the effective weights, ` +
    `${list('W')} multiplied through the units that are on (${on.join(', then ')}). c: what ${list('b')} add.`
  );
}
