/** Numbers as the page shows them, with a true minus sign. Used by the generator and by the page. */

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** Four significant figures, three in a power of ten: 0.02134, 12.34, −3.850, 1.23×10⁻⁷. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return notFinite(value);
  if (value === 0) return '0';
  if (size < 1e-4 || size >= 1e5) return powerOfTen(value, 2);
  return withMinus(value.toPrecision(4));
}

/** For columns: four places, so that the points stand below each other; tiny ones as powers of ten. */
export function tabular(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return notFinite(value);
  if (value === 0) return '0';
  if (size < 5e-5 || size >= 1e5) return powerOfTen(value, 0);
  return withMinus(value.toFixed(size < 100 ? 4 : 2));
}

/** 0.92384 → 92.38 %, with a space that does not break */
export function percent(share: number, places = 2): string {
  return `${(100 * share).toFixed(places)}\u00a0%`;
}

/** Nats to four places; a diverging loss in powers of ten. */
export function nats(loss: number): string {
  return loss < 1e5 ? loss.toFixed(4) : powerOfTen(loss, 3);
}

/** 60000 → 60,000 */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** 1 picture, 2 pictures */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function powerOfTen(value: number, places: number): string {
  const [mantissa, exponent] = value.toExponential(places).split('e') as [string, string];
  const digits = exponent
    .replace(/^\+/, '')
    .replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)]!)
    .replace('-', '⁻');
  return `${withMinus(mantissa)}×10${digits}`;
}

function notFinite(value: number): string {
  if (Number.isNaN(value)) return 'not a number';
  return value > 0 ? '∞' : '−∞';
}

function withMinus(text: string): string {
  return text.replace('-', '−');
}
