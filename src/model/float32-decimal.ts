/** Decimal digits a float32 needs at most; any decimal of up to 6 digits survives a float32. */
const MOST_DIGITS = 9;
const SAFE_DIGITS = 6;

/** 10^0 … 10^22: the powers of ten that a double holds exactly. */
const POWER: readonly number[] = Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));
const LOG10_OF_2 = Math.LOG10E * Math.LN2;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/**
 * The shortest decimal that reads back to the same float32: the fewest digits n·10^e with
 * `Math.fround(Number(text)) === value`, and among those the one closest to `value` (of two equally
 * close, the one away from zero). Written as JavaScript writes the number n·10^e, which is valid
 * JSON; −0 is `-0`.
 *
 * @param value a finite float32; NaN and infinities have no JSON text, and the caller refuses them.
 * @throws {RangeError} if `value` is not a finite float32.
 */
export function shortestDecimal(value: number): string {
  float[0] = value;
  if (float[0] !== value || !Number.isFinite(value)) {
    throw new RangeError(`expected a finite float32, found ${value}`);
  }
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const field = (bits[0]! >>> 23) & 0xff;
  const fraction = bits[0]! & 0x7fffff;
  const magnitude = Math.abs(value);
  // The argument for the fast way needs a normal number with equal gaps to both its neighbours.
  const shortest =
    field === 0 || fraction === 0
      ? byText(magnitude)
      : (byArithmetic(magnitude, field - 127) ?? byText(magnitude));
  return String(value < 0 ? -shortest : shortest);
}

/**
 * The same in a few multiplications, for 2^exponent < value < 2^(exponent+1); null where doubles
 * cannot decide.
 *
 * Why it is exact: n < 2^53 and 10^k, k ≤ 22, are doubles without error, so n / 10^k (or n · 10^−k)
 * rounds once, exactly as reading the text `n e−k` does. Why it starts at 6 digits: the numbers that
 * round to `value` span less than one unit of the sixth digit, so at most one decimal of up to six
 * digits is among them, and String() drops its trailing zeros. Only n itself comes from a rounded
 * product, off by less than 1e-6: a fraction that near to a half is left to the text.
 */
function byArithmetic(value: number, exponent: number): number | null {
  let ten = Math.floor(exponent * LOG10_OF_2);
  if (ten < -14 || ten > 21) return null;
  if (value >= scale(1, ten + 1)) ten += 1;
  for (let digits = SAFE_DIGITS; digits <= MOST_DIGITS; digits++) {
    const shift = digits - 1 - ten;
    const product = scale(value, shift);
    const n = Math.round(product);
    const candidate = scale(n, -shift);
    if (Math.fround(candidate) === value) {
      const nearHalf = Math.abs(Math.abs(product - n) - 0.5) < 1e-6;
      return nearHalf ? null : candidate;
    }
  }
  return null;
}

/** value · 10^power with one rounding, |power| ≤ 22. */
function scale(value: number, power: number): number {
  return power < 0 ? value / POWER[-power]! : value * POWER[power]!;
}

/**
 * The same through toExponential, which rounds the exact value: slow, for any positive float32.
 * A power of two lies twice as far from the number above as from the one below, so the decimal
 * next above may read back where the nearest one, below, does not.
 */
function byText(value: number): number {
  for (let digits = 1; digits < MOST_DIGITS; digits++) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
    const n = Number(mantissa!.replace('.', ''));
    for (const near of [n, n + 1]) {
      const candidate = Number(`${near}e${Number(exponent) - digits + 1}`);
      if (Math.fround(candidate) === value) return candidate;
    }
  }
  return Number(value.toExponential(MOST_DIGITS - 1));
}
