import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shortestDecimal } from '../../src/model/float32-decimal.js';

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

function fromBits(pattern: number): number {
  bits[0] = pattern;
  return float[0]!;
}

/** value = numerator / denominator, exactly. */
function exactly(value: number): { numerator: bigint; denominator: bigint } {
  float[0] = value;
  const field = (bits[0]! >>> 23) & 0xff;
  const mantissa = BigInt(bits[0]! & 0x7fffff) + (field === 0 ? 0n : 0x800000n);
  const exponent = (field === 0 ? 1 : field) - 150;
  return exponent < 0
    ? { numerator: mantissa, denominator: 1n << BigInt(-exponent) }
    : { numerator: mantissa << BigInt(exponent), denominator: 1n };
}

/** Every decimal of 1, then 2, … 9 digits next below and above the value; whole numbers only. */
function bruteForce(value: number): number {
  const { numerator, denominator } = exactly(value);
  const ten = Number(value.toExponential().split('e')[1]);
  for (let digits = 1; digits <= 9; digits++) {
    const power = ten - digits + 1;
    const top = power < 0 ? numerator * 10n ** BigInt(-power) : numerator;
    const bottom = power < 0 ? denominator : denominator * 10n ** BigInt(power);
    const below = top / bottom;
    const aboveIsCloser = 2n * (top - below * bottom) >= bottom;
    const order = aboveIsCloser ? [below + 1n, below] : [below, below + 1n];
    for (const n of order) {
      const candidate = Number(`${n}e${power}`);
      if (Math.fround(candidate) === value) return candidate;
    }
  }
  throw new Error(`no decimal of 9 digits gives back ${value}`);
}

describe('the shortest decimal of a float32', () => {
  test.each([
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [-0.5, '-0.5'],
    [Math.fround(0.1), '0.1'],
    [Math.fround(1 / 3), '0.33333334'],
    [Math.fround(1e-7), '1e-7'],
    [2 ** -149, '1e-45'],
    [2 ** -126, '1.1754944e-38'],
    [3.4028234663852886e38, '3.4028235e+38'],
    [33554448, '33554450'],
    [2 ** 33, '8589935000'],
  ])('of %d is %s', (value, text) => {
    expect(shortestDecimal(value)).toBe(text);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 0.1, 1e39])('refuses %d', (value) => {
    expect(() => shortestDecimal(value)).toThrow(RangeError);
  });

  test('agrees with brute force for every power of two and both its neighbours', () => {
    for (let field = 0; field < 255; field++) {
      for (const step of [-1, 0, 1]) {
        const value = fromBits(Math.max(1, field * 0x800000 + step));
        expect(shortestDecimal(value)).toBe(String(bruteForce(value)));
      }
    }
  });

  test('agrees with brute force for every power of ten and its neighbours', () => {
    for (let ten = -45; ten <= 38; ten++) {
      float[0] = Number(`1e${ten}`);
      const pattern = bits[0]!;
      for (const step of [-1, 0, 1]) {
        const value = fromBits(Math.max(1, pattern + step));
        expect(shortestDecimal(value)).toBe(String(bruteForce(value)));
      }
    }
  });

  test.each([
    ['any bit pattern', 1, 0x7f7fffff],
    ['subnormals', 1, 0x7fffff],
    ['the size of weights', 0x33000000, 0x40000000],
    ['integers up to 2^32', 0x4b000000, 0x4f800000],
  ])('agrees with brute force for %s', (_name, min, max) => {
    fc.assert(
      fc.property(fc.integer({ min, max }), fc.boolean(), (pattern, negative) => {
        const value = fromBits(pattern);
        const expected = bruteForce(value);
        expect(shortestDecimal(negative ? -value : value)).toBe(
          String(negative ? -expected : expected),
        );
      }),
      { seed: 20240611, numRuns: 5000 },
    );
  });
});
