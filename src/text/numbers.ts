/** 1234567 → `1,234,567`, for whole numbers from 0. (Intl would cost 10 ms at start-up.) */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 picture`, `2 pictures`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** 0.92384 → `92.38 %`. */
export function percent(share: number, places = 2): string {
  return `${(100 * share).toFixed(places)} %`;
}

/** Three figures: `812 images/s`, `40.1k images/s`, `2.35M images/s`. */
export function rate(imagesPerSecond: number): string {
  const [scale, unit] =
    imagesPerSecond < 999.5 ? [1, ''] : imagesPerSecond < 999_500 ? [1e3, 'k'] : [1e6, 'M'];
  const value = imagesPerSecond / scale;
  const places = unit === '' || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(places)}${unit} images/s`;
}

/** Nats to four places; a diverging loss in powers of ten. */
export function nats(loss: number): string {
  return loss < 1e5 ? loss.toFixed(4) : loss.toExponential(3);
}

/** `0.84 s`, `12.3 s`, `3 min 05 s`. */
export function duration(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** Seconds as a clock shows them: `0:07`, `12:30`, `1:02:05`. */
export function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const padded = (value: number) => String(value).padStart(2, '0');
  const head = hours > 0 ? `${hours}:${padded(minutes)}` : String(minutes);
  return `${head}:${padded(whole % 60)}`;
}

/** Bytes in thousands: `812 B`, `131.2 kB`, `4.7 MB`. */
export function fileSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 999_950 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** At most 9 characters: `0.1234`, `-12.3457`, `1.2e-7`, `0`. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return String(value);
  if (size < 1e-4 || size >= 1e3) return value.toExponential(size < 1e-4 ? 1 : 2);
  return value.toFixed(4);
}

/** Four significant figures, three in a power of ten: `0.02134`, `12.34`, `−3.850`, `1.23×10⁻⁷`. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  return typeset(size < 1e-4 || size >= 1e5 ? value.toExponential(2) : value.toPrecision(4));
}

/** For columns: four places, so that the points stand below each other; tiny ones as powers of ten. */
export function tabular(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (size < 5e-5 || size >= 1e5) return typeset(value.toExponential(0));
  return typeset(value.toFixed(size < 100 ? 4 : 2));
}

/**
 * A number's text as the report prints it: `-1.2e-7` → `−1.2×10⁻⁷`, `Infinity` → `∞`, and `%` kept on
 * one line with its number. A terminal gets the plain text, which can be searched for and copied.
 */
export function typeset(text: string): string {
  return text
    .replace(/e\+?(-?\d+)$/, (_, exponent: string) => `×10${superscript(exponent)}`)
    .replace('-', '−')
    .replace(' %', '\u00a0%')
    .replace('Infinity', '∞')
    .replace('NaN', 'not a number');
}

function superscript(digits: string): string {
  return digits.replace(/./g, (digit) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(digit)]!);
}

/** How a language writes numbers: in its texts, not in JSON. */
export interface Numbers {
  /** A number's text with the language's decimal sign in place of the point. */
  decimal(text: string): string;
  grouped(value: number): string;
  percent(share: number, places?: number): string;
  nats(loss: number): string;
  short(value: number): string;
  typeset(text: string): string;
}

export const NUMBERS_EN: Numbers = {
  decimal: (text) => text,
  grouped,
  percent,
  nats,
  short,
  typeset,
};
