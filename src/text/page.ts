import { type Context, isInteractive, type Style, styleFor } from '../cli/context.js';

/** Where text and pictures go: how wide, and in which colours. */
export interface Page {
  readonly width: number;
  readonly style: Style;
  readonly palette: Palette;
}

/** How pictures are drawn: in half blocks of 24-bit or 256 colours, or in ASCII. */
export type Palette = 'truecolor' | '256' | 'ascii';

/** Lines in a pipe, and the widest ones on a terminal: longer ones are hard to read. */
const USUAL_WIDTH = 80;
const LEAST_WIDTH = 20;

export function pageFor({ stdout, env }: Context, color: boolean): Page {
  const columns = stdout.isTTY && stdout.columns ? stdout.columns : USUAL_WIDTH;
  return {
    width: Math.max(LEAST_WIDTH, Math.min(columns, USUAL_WIDTH)),
    style: styleFor(stdout, env, color),
    palette: color && isInteractive(stdout, env) ? paletteOf(env) : 'ascii',
  };
}

function paletteOf({ COLORTERM = '', TERM = '' }: Context['env']): Palette {
  if (/^(truecolor|24bit)$/i.test(COLORTERM) || /direct|truecolor/.test(TERM)) return 'truecolor';
  return /256/.test(TERM) ? '256' : 'ascii';
}

/** Words in lines of at most `width`; a longer word gets a line of its own. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, indent + line];
}

/** `formula … note`, the note flush right, or on a line of its own where there is no room. */
export function heading({ width, style }: Page, formula: string, note: string): string[] {
  const gap = width - formula.length - note.length;
  const head = style('bold', formula);
  if (note === '' && gap >= 0) return ['', head];
  if (gap >= 2) return ['', head + ' '.repeat(gap) + style('dim', note)];
  const rest = wrap(note, width, '  ').map((line) => style('dim', line));
  return ['', ...wrap(formula, width).map((line) => style('bold', line)), ...rest];
}

/** At most 9 characters: `0.1234`, `-12.3457`, `1.2e-7`, `0`. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return String(value);
  if (size < 1e-4 || size >= 1e3) return value.toExponential(size < 1e-4 ? 1 : 2);
  return value.toFixed(4);
}

/** `0: 0.1234   1: -2.0000 …`, as many to a line as fit. */
export function numbered(values: ArrayLike<number>, width: number): string[] {
  const cells = Array.from(values, (value, i) => [`${i}:`, short(value)] as const);
  const label = Math.max(...cells.map(([name]) => name.length));
  const number = Math.max(...cells.map(([, text]) => text.length));
  const cell = label + number + 4;
  const fitting = Math.max(1, Math.floor(width / cell));
  const perLine = fitting >= 5 && values.length === 10 ? 5 : fitting;
  const lines: string[] = [];
  for (let first = 0; first < cells.length; first += perLine) {
    const some = cells.slice(first, first + perLine);
    lines.push(
      some
        .map(([name, text]) => `  ${name.padStart(label)} ${text.padStart(number)} `)
        .join('')
        .trimEnd(),
    );
  }
  return lines;
}
