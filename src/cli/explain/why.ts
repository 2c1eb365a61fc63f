import type { Explanation } from '../../explain/explanation.js';
import type { Why } from '../../explain/why.js';
import { short } from '../../text/numbers.js';
import { heading, type Page, table, wrap } from '../../text/page.js';
import { drawGrey, drawSigned, signNames } from '../../text/picture.js';

/** The sum v_a − v_b pixel by pixel, as a picture with its total. */
export function whyText(
  { a, b, pixels, bias, positive, negative, total, difference }: Why,
  { shape, x, y, v }: Explanation,
  title: readonly string[],
  page: Page,
): string[] {
  const { plus, minus } = signNames(page.palette);
  const scale = pixels.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
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
