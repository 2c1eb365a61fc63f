import { describe, expect, test } from 'vitest';
import type { Page, Palette } from '../../src/text/page.js';
import { drawGrey, drawSigned, drawStrip } from '../../src/text/picture.js';

const page = (palette: Palette, width = 80): Page => ({ width, palette, style: (_, text) => text });
const grid = (rows: number, columns: number, value: (p: number) => number) => ({
  ...{ rows, columns },
  values: Float64Array.from({ length: rows * columns }, (_, p) => value(p)),
});

describe('pictures', () => {
  test('ASCII: two characters a pixel where there is room, else one for two rows', () => {
    const bright = grid(20, 20, () => 1);
    expect(drawGrey(bright, page('ascii'))).toEqual(Array(20).fill('@'.repeat(40)));
    expect(drawGrey(bright, page('ascii', 39))).toEqual(Array(10).fill('@'.repeat(20)));
  });

  test('signs show, and what is near 0 is blank', () => {
    const values = [1, 0.4, 0.1, 0.01, 0, -0.01, -0.1, -0.4, -1, 0, 0, 0, 0, 0];
    const line = drawSigned(
      grid(1, 14, (p) => values[p]!),
      1,
      page('ascii'),
    )[0];
    expect(line).toBe('##++..      ,,--==');
  });

  test('24-bit: an upper and a lower pixel to a character, codes only where they change', () => {
    const lines = drawGrey(
      grid(20, 20, (p) => (p < 20 ? 1 : 0)),
      page('truecolor'),
    );
    expect(lines).toHaveLength(10);
    const white = '\u001b[38;2;255;255;255;48;2;0;0;0m';
    expect(lines[0]).toBe(`${white}${'▀'.repeat(20)}\u001b[0m`);
  });

  test('256 colours: black, greys, white; nothing outside the palette', () => {
    const lines = drawGrey(
      grid(2, 20, (p) => (p % 20) / 19),
      page('256'),
    ).join('');
    const used = [...lines.matchAll(/[34]8;5;(\d+)/g)].map(([, n]) => Number(n));
    expect(Math.min(...used)).toBe(16);
    for (const n of used) expect(n === 16 || n === 231 || (n >= 232 && n <= 255)).toBe(true);
  });

  test.each(['truecolor', '256', 'ascii'] as const)(
    '%s: any size fits, and scale 0 is dark',
    (palette) => {
      for (const [rows, columns] of [
        [1, 1],
        [2, 3],
        [1, 500],
        [500, 1],
        [300, 200],
        [28, 28],
      ] as const) {
        for (const width of [20, 40, 80]) {
          const lines = drawSigned(
            grid(rows, columns, () => 0),
            0,
            page(palette, width),
          );
          expect(lines.length).toBeLessThanOrEqual(56);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what it removes
          const plain = lines.map((line) => line.replace(/\u001b\[[\d;]*m/g, ''));
          for (const line of plain) expect(line.length).toBeLessThanOrEqual(width);
        }
      }
    },
  );

  test('a strip stands under its titles', () => {
    const one = { ...grid(28, 28, () => 1), title: '0: 0.5000' };
    const strip = drawStrip([one, one, one], 1, page('ascii', 40));
    expect(strip[0]).toBe('0: 0.5000       0: 0.5000');
    expect(strip[1]).toBe(`${'#'.repeat(14)}  ${'#'.repeat(14)}`);
    expect(strip).toHaveLength(16);
  });
});
