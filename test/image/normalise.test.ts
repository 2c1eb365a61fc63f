import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileError } from '../../src/errors.js';
import { normalise } from '../../src/image/normalise.js';
import type { Plane } from '../../src/image/plane.js';
import { Random, Stream } from '../../src/random.js';
import { drawn, inverted, padded, withNoise } from './pictures.js';

const SIDES = { rows: 28, columns: 28 };
const SEED = { seed: 4, numRuns: 60 };

/** A thick L: no symmetry, so a turned or mirrored result would be seen. */
const letter = (size = 100): Plane<Uint8Array> =>
  drawn(size, size, (x, y) => {
    const [u, v] = [x / size, y / size];
    const stem = u > 0.3 && u < 0.42 && v > 0.2 && v < 0.8;
    return stem || (u > 0.3 && u < 0.6 && v > 0.68 && v < 0.8) ? 255 : 0;
  });

function measures(pixels: Uint8Array, columns = 28) {
  let [mass, row, column, left, right, top, bottom] = [0, 0, 0, columns, -1, Infinity, -1];
  for (const [i, value] of pixels.entries()) {
    if (value === 0) continue;
    const [r, c] = [Math.floor(i / columns), i % columns];
    mass += value;
    row += r * value;
    column += c * value;
    left = Math.min(left, c);
    right = Math.max(right, c);
    top = Math.min(top, r);
    bottom = r;
  }
  const [width, height] = [right - left + 1, bottom - top + 1];
  return { row: row / mass, column: column / mass, width, height };
}

/** How many pixels differ much, where the digits may stand a pixel apart: rounding can go either way. */
function farPixels(pixels: Uint8Array, expected: Uint8Array): number {
  const shifts = [-29, -28, -27, -1, 0, 1, 27, 28, 29];
  const far = (shift: number): number =>
    pixels.filter((value, i) => Math.abs(value - (expected[i + shift] ?? 0)) > 100).length;
  return Math.min(...shifts.map(far));
}

describe('a digit', () => {
  it('is fitted into 20×20 with its proportions kept, its centre of mass in the middle', () => {
    const { pixels, inverted, box } = normalise(letter(), SIDES);
    expect(inverted).toBe(false);
    expect(box).toEqual({ left: 31, top: 21, width: 29, height: 59 });
    const { row, column, width, height } = measures(pixels);
    expect({ width, height }).toEqual({ width: 10, height: 20 });
    expect(Math.abs(row - 14)).toBeLessThanOrEqual(0.5);
    expect(Math.abs(column - 14)).toBeLessThanOrEqual(0.5);
    expect(Math.max(...pixels)).toBe(255);
    expect(pixels[0]).toBe(0);
  });

  it('keeps to the same shares for models of other sides', () => {
    for (const [rows, columns] of [
      [14, 14],
      [56, 42],
      [9, 30],
    ] as const) {
      const { pixels } = normalise(letter(), { rows, columns });
      const { height, width } = measures(pixels, columns);
      expect(pixels).toHaveLength(rows * columns);
      expect(height).toBeLessThanOrEqual(Math.round((rows * 20) / 28));
      expect(width).toBeLessThanOrEqual(Math.round((columns * 20) / 28));
    }
  });

  it('of a large picture is fitted into a model of one column or one row', () => {
    // MNIST's stroke of 2.2 in 20 is a share of the digit, not of the model's longer side: against
    // 1000 rows the pen grew to 17,000 pixels, and drawing with it took minutes.
    const picture = letter(4096);
    for (const [rows, columns] of [
      [1000, 1],
      [1, 1000],
      [3000, 3],
    ] as const) {
      const { pixels, box } = normalise(picture, { rows, columns });
      const { height, width } = measures(pixels, columns);
      expect(height).toBeLessThanOrEqual(Math.max(1, Math.round((rows * 20) / 28)));
      expect(width).toBeLessThanOrEqual(Math.max(1, Math.round((columns * 20) / 28)));
      // As wide as high, up to rounding: the digit's proportions are kept.
      const fitted = Math.min(columns * 2 * (20 / 28), rows * (20 / 28));
      expect(Math.abs(height - Math.max(1, fitted))).toBeLessThanOrEqual(2);
      expect(box.height).toBeGreaterThan(2400);
    }
  });

  it('drawn with a fine pen gets strokes in MNIST’s share of its longer side, whatever the model', () => {
    const fine = drawn(300, 300, (x, y) => (x >= 149 && x < 151 && y > 40 && y < 260 ? 0 : 255));
    for (const [rows, columns] of [
      [28, 28],
      [280, 280],
      [280, 140],
      [140, 280],
    ] as const) {
      const { pixels } = normalise(fine, { rows, columns });
      const row = pixels.subarray((rows / 2) * columns, (rows / 2 + 1) * columns);
      const stroke = row.reduce((sum, value) => sum + value / 255, 0);
      const { height } = measures(pixels, columns);
      expect(stroke / height).toBeGreaterThan(1.5 / 20);
      expect(stroke / height).toBeLessThan(3 / 20);
    }
  });

  it('comes out the same wherever it stands, light on dark or dark on light', () => {
    const expected = normalise(letter(), SIDES).pixels;
    const margins = fc.nat(90);
    fc.assert(
      fc.property(margins, margins, margins, margins, fc.boolean(), (l, t, r, b, dark) => {
        const moved = padded(letter(), [l, t, r, b]);
        const result = normalise(dark ? inverted(moved) : moved, SIDES);
        expect(result.inverted).toBe(dark);
        expect(result.box).toEqual({ left: 31 + l, top: 21 + t, width: 29, height: 59 });
        expect(result.pixels).toEqual(expected);
      }),
      SEED,
    );
  });

  it('comes out nearly the same in any contrast, on slanting light and grainy paper', () => {
    const expected = normalise(letter(), SIDES).pixels;
    const slopes = fc.integer({ min: -40, max: 40 });
    const levels = fc.integer({ min: 60, max: 120 });
    fc.assert(
      fc.property(
        slopes,
        slopes,
        levels,
        fc.nat(6),
        fc.nat(99),
        (across, down, ink, noise, seed) => {
          const { width, height, values } = letter();
          const light = drawn(width, height, (x, y, i) => {
            const paper = 200 + (across * x) / width + (down * y) / height;
            return paper - (values[i]! / 255) * ink;
          });
          const random = new Random(seed, Stream.sample);
          const { pixels, inverted } = normalise(withNoise(light, noise, random), SIDES);
          expect(inverted).toBe(true);
          expect(farPixels(pixels, expected)).toBeLessThanOrEqual(8);
        },
      ),
      SEED,
    );
  });

  it('is found when small on a large page, without losing detail', () => {
    const page = padded(letter(60), [1500, 900, 400, 700]);
    const small = normalise(letter(60), SIDES);
    const { pixels, box } = normalise(page, SIDES);
    expect(box.left).toBeGreaterThanOrEqual(1500);
    expect(pixels).toEqual(small.pixels);
  });

  it('keeps strokes near MNIST’s width when drawn with a fine pen', () => {
    const fine = drawn(300, 300, (x, y) => (x === 150 && y > 40 && y < 260 ? 0 : 255));
    const { pixels } = normalise(fine, SIDES);
    const inked = [...pixels.subarray(14 * 28, 15 * 28)].reduce(
      (sum, value) => sum + value / 255,
      0,
    );
    expect(inked).toBeGreaterThan(1.5);
    expect(inked).toBeLessThan(3.5);
  });

  it('is freed of dots of dirt', () => {
    const { width, height, values } = letter();
    const dirty = { width, height, values: Uint8Array.from(values) };
    for (const i of [203, 9795, 5000]) dirty.values[i] = 255;
    expect(normalise(dirty, SIDES).pixels).toEqual(normalise(letter(), SIDES).pixels);
  });

  it('of a single pixel is enlarged', () => {
    const dot = drawn(5, 5, (x, y) => (x === 2 && y === 2 ? 255 : 0));
    expect(measures(normalise(dot, SIDES).pixels)).toMatchObject({ width: 20, height: 20 });
  });
});

describe('whatever the picture', () => {
  it('answers with pixels of the model’s sides, or says what is the matter', () => {
    const side = fc.integer({ min: 1, max: 24 });
    const any = fc.tuple(side, side).chain(([width, height]) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        values: fc.uint8Array({ minLength: width * height, maxLength: width * height }),
      }),
    );
    fc.assert(
      fc.property(any, side, side, (picture, rows, columns) => {
        try {
          const { pixels, box } = normalise(picture, { rows, columns });
          expect(pixels).toHaveLength(rows * columns);
          expect(pixels.some((value) => value > 0)).toBe(true);
          expect(box.left + box.width).toBeLessThanOrEqual(picture.width);
          expect(box.top + box.height).toBeLessThanOrEqual(picture.height);
        } catch (error) {
          expect(error).toBeInstanceOf(FileError);
        }
      }),
      { ...SEED, numRuns: 2000 },
    );
  });

  const BLANK = 'the picture is blank';
  const FAINT = 'no dark or light stroke stands out from the paper';
  const SPECKS = 'there is no stroke in the picture, only specks';
  const grain = (side: number, level: number, deviation: number, seed: number) =>
    withNoise(
      drawn(side, side, () => level),
      deviation,
      new Random(seed, Stream.sample),
    );

  it.each([
    ['white', drawn(40, 30, () => 255), BLANK],
    ['black', drawn(40, 30, () => 0), BLANK],
    ['of one pixel', drawn(1, 1, () => 128), BLANK],
    ['a slope of light', drawn(200, 150, (x, y) => 90 + x / 2 + y / 3), FAINT],
    ['grain', grain(300, 200, 6, 1), FAINT],
    ['strong grain', grain(300, 128, 40, 2), FAINT],
    ['a digit that is hardly there', drawn(60, 60, (x) => (x > 28 && x < 32 ? 200 : 206)), FAINT],
    ['a fine pattern that averages out', drawn(1024, 1024, (x, y) => 255 * ((x + y) % 2)), FAINT],
    ['dust', drawn(200, 200, (x, y) => ((x * 7919 + y * 104_729) % 997 === 0 ? 0 : 255)), SPECKS],
  ])('refuses one without a digit for what it is: %s', (_, picture, message) => {
    const refused = () => normalise(picture, SIDES);
    expect(refused).toThrow(expect.objectContaining({ message, exitCode: 4 }));
  });

  it('wants as many values as pixels', () => {
    const values = new Uint8Array(5);
    expect(() => normalise({ width: 2, height: 3, values }, SIDES)).toThrow(RangeError);
  });
});
