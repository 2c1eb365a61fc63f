import type { Picture } from '../layers/reshape.js';
import type { Page, Palette } from './page.js';

type Rgb = readonly [number, number, number];

/** How a value looks. */
interface Paint {
  readonly rgb: (value: number) => Rgb;
  /** The number of one of xterm's 256 colours. */
  readonly xterm: (value: number) => number;
  readonly ascii: (value: number) => string;
}

/** In colour a character is one pixel wide and two high. */
const MOST_ROWS = 56;
/** Pictures with fewer pixels a side are enlarged to about this. */
const LEAST_SIDE = 14;

const GREY_RAMP = ' .:-=+*#%@';
const DARK: Rgb = [24, 24, 28];
const ORANGE: Rgb = [255, 150, 40];
const BLUE: Rgb = [70, 150, 255];
/** The same two of xterm's colours, from dark to full: its 6×6×6 cube has no even way between. */
const ORANGES = [233, 58, 94, 136, 172, 208];
const BLUES = [233, 17, 24, 25, 32, 39];

/** What the signed colours mean, for a legend. */
export function signNames(
  palette: Palette,
  colours: { readonly plus: string; readonly minus: string },
): { readonly plus: string; readonly minus: string } {
  return palette === 'ascii' ? { plus: '".+#"', minus: '",-="' } : colours;
}

/** A picture of values from 0 (dark) to 1 (light). */
export function drawGrey(picture: Picture, { palette, width }: Page): string[] {
  return draw(picture, grey, palette, width);
}

/** A picture of values of both signs: full colour at ±scale. */
export function drawSigned(picture: Picture, scale: number, { palette, width }: Page): string[] {
  return draw(picture, signed(scale), palette, width);
}

/** Signed pictures on one scale side by side, `tile` characters wide each, under their titles. */
export function drawStrip(
  pictures: readonly (Picture & { readonly title: string })[],
  scale: number,
  page: Page,
  tile: number = LEAST_SIDE,
): string[] {
  const perLine = Math.max(1, Math.floor((page.width + 2) / (tile + 2)));
  const lines: string[] = [];
  for (let first = 0; first < pictures.length; first += perLine) {
    const some = pictures.slice(first, first + perLine);
    const drawn = some.map((picture) => draw(picture, signed(scale), page.palette, tile));
    lines.push(
      some
        .map(({ title }) => title.slice(0, tile).padEnd(tile))
        .join('  ')
        .trimEnd(),
    );
    for (let r = 0; drawn.some(({ length }) => r < length); r++) {
      const cells = drawn.map((rows, i) => padded(rows[r] ?? '', some[i]!, page.palette, tile));
      lines.push(cells.join('  ').trimEnd());
    }
  }
  return lines;
}

/** A drawn line as wide as `tile`; in colour it is as wide as its picture, whatever its codes. */
function padded(line: string, picture: Picture, palette: Palette, tile: number): string {
  if (line === '' || palette === 'ascii') return line.padEnd(tile);
  return line + ' '.repeat(tile - fitted(picture, tile).columns);
}

const grey: Paint = {
  rgb(value) {
    const level = Math.round(255 * Math.min(1, Math.max(0, value)));
    return [level, level, level];
  },
  // Black, 24 greys from 8 to 238, white.
  xterm(value) {
    const level = Math.round(25 * Math.min(1, Math.max(0, value)));
    return level === 0 ? 16 : level === 25 ? 231 : 231 + level;
  },
  ascii: (value) => GREY_RAMP[Math.round(9 * Math.min(1, Math.max(0, value)))]!,
};

function signed(scale: number): Paint {
  const shareOf = (value: number): number => (scale > 0 ? Math.min(1, Math.abs(value) / scale) : 0);
  return {
    rgb: (value) => mix(DARK, value > 0 ? ORANGE : BLUE, shareOf(value) ** 0.7),
    xterm(value) {
      const ramp = value > 0 ? ORANGES : BLUES;
      return ramp[Math.round((ramp.length - 1) * shareOf(value) ** 0.7)]!;
    },
    ascii(value) {
      const share = shareOf(value);
      const level = share < 0.05 ? 0 : share < 0.3 ? 1 : share < 0.65 ? 2 : 3;
      return (value > 0 ? ' .+#' : ' ,-=')[level]!;
    },
  };
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const [r, g, b] = from.map((level, c) => Math.round(level + share * (to[c]! - level)));
  return [r!, g!, b!];
}

function draw(picture: Picture, paint: Paint, palette: Palette, width: number): string[] {
  // In ASCII two characters make a square; where there is no room, one stands for two rows.
  const wide =
    palette === 'ascii' && 2 * fitted(picture, Number.POSITIVE_INFINITY).columns <= width;
  const across = wide ? 2 : 1;
  const { rows, columns } = fitted(picture, Math.floor(width / across));
  if (palette !== 'ascii') return halfBlocks(averagePool(picture, rows, columns), paint, palette);
  const small = averagePool(picture, across === 2 ? rows : Math.ceil(rows / 2), columns);
  return Array.from({ length: small.rows }, (_, r) => {
    const row = Array.from({ length: columns }, (_, c) => paint.ascii(at(small, r, c)));
    return row
      .map((character) => character.repeat(across))
      .join('')
      .trimEnd();
  });
}

/** The sides in pixels at which a picture is drawn, in its proportions. */
function fitted({ rows, columns }: Picture, width: number): { rows: number; columns: number } {
  const enlarged = Math.max(1, Math.floor(LEAST_SIDE / Math.max(rows, columns)));
  const scale = Math.min(enlarged, width / columns, MOST_ROWS / rows);
  const side = (length: number): number => Math.max(1, Math.round(scale * length));
  return { rows: side(rows), columns: side(columns) };
}

/** Average pooling to any sides; where they grow, pixels are repeated and not blurred. */
function averagePool(picture: Picture, rows: number, columns: number): Picture {
  const values = new Float64Array(rows * columns);
  const range = (i: number, from: number, to: number): [number, number] => {
    const first = Math.floor((i * from) / to);
    return [first, Math.max(first + 1, Math.floor(((i + 1) * from) / to))];
  };
  for (let r = 0; r < rows; r++) {
    const [top, bottom] = range(r, picture.rows, rows);
    for (let c = 0; c < columns; c++) {
      const [left, right] = range(c, picture.columns, columns);
      let sum = 0;
      for (let i = top; i < bottom; i++)
        for (let j = left; j < right; j++) sum += at(picture, i, j);
      values[r * columns + c] = sum / ((bottom - top) * (right - left));
    }
  }
  return { rows, columns, values };
}

function at({ columns, values }: Picture, row: number, column: number): number {
  return values[row * columns + column]!;
}

/** Two rows of pixels a line: the upper one is the block, the lower one its background. */
function halfBlocks(picture: Picture, paint: Paint, palette: Palette): string[] {
  // Parameters of SGR: 38 for the foreground, 48 for the background.
  const colour = (ground: 38 | 48, value: number): string =>
    palette === '256'
      ? `${ground};5;${paint.xterm(value)}`
      : `${ground};2;${paint.rgb(value).join(';')}`;
  const lines: string[] = [];
  for (let r = 0; r < picture.rows; r += 2) {
    let line = '';
    let last = '';
    for (let c = 0; c < picture.columns; c++) {
      const upper = colour(38, at(picture, r, c));
      const lower = r + 1 < picture.rows ? colour(48, at(picture, r + 1, c)) : '49';
      const colours = `\u001b[${upper};${lower}m`;
      line += colours === last ? '▀' : `${colours}▀`;
      last = colours;
    }
    lines.push(`${line}\u001b[0m`);
  }
  return lines;
}
