import { short } from './numbers.js';

/** Puts a text into a colour or weight, or leaves it as it is. */
export type Style = (format: Format, text: string) => string;

type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Where text and pictures go: how wide, and in which colours. */
export interface Page {
  readonly width: number;
  readonly style: Style;
  readonly palette: Palette;
}

/** How pictures are drawn: in half blocks of 24-bit or 256 colours, or in ASCII. */
export type Palette = 'truecolor' | '256' | 'ascii';

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

/** `0: 0.1234   1: -2.0000 …`, as many to a line as fit: all of them, or these. */
export function numbered(
  values: ArrayLike<number>,
  width: number,
  shown: readonly number[] = Array.from(values, (_, i) => i),
  show: (value: number) => string = short,
): string[] {
  const cells = shown.map((i) => [`${i}:`, show(values[i]!)] as const);
  const label = widest(cells.map(([name]) => name));
  const number = widest(cells.map(([, text]) => text));
  const cell = label + number + 4;
  const fitting = Math.max(1, Math.floor(width / cell));
  const perLine = fitting >= 5 && cells.length === 10 ? 5 : fitting;
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

/** Classes shown in a table or as bars; of more, the most probable ones. */
const MOST_CLASSES = 12;

/** All classes, or of many the most probable and the right one, in rising order. */
export function mostProbable(y: ArrayLike<number>, label: number | undefined): number[] {
  const classes = Array.from({ length: y.length }, (_, i) => i);
  if (classes.length <= MOST_CLASSES) return classes;
  classes.sort((i, j) => Number(j === label) - Number(i === label) || y[j]! - y[i]!);
  return classes.slice(0, MOST_CLASSES).sort((i, j) => i - j);
}

/** The probabilities y as numbers and bars, a class a line, the answer and the right class marked. */
export function bars(
  y: ArrayLike<number>,
  { answer, label }: { readonly answer: number; readonly label: number | undefined },
  number: (share: number) => string,
  { width, style, palette }: Page,
  words: { readonly answer: string; readonly label: string } = { answer: 'answer', label: 'label' },
): string[] {
  const rows = mostProbable(y, label).map((i) => [i, String(i), number(y[i]!)] as const);
  const names = widest(rows.map(([, name]) => name));
  const numbers = widest(rows.map(([, , text]) => text));
  const room = Math.max(4, width - names - numbers - 7 - `${words.answer}, ${words.label}`.length);
  return rows.map(([i, name, text]) => {
    const drawn = bar(y[i]!, room, palette);
    const marks = [i === answer ? words.answer : '', i === label ? words.label : ''].filter(
      Boolean,
    );
    const start = `  ${name.padStart(names)}  ${text.padStart(numbers)}  `;
    return `${start}${i === answer ? style('cyan', drawn) : drawn} ${marks.join(', ')}`.trimEnd();
  });
}

/** A bar of `share` of the room, to an eighth of a character where it is drawn in blocks. */
function bar(share: number, room: number, palette: Palette): string {
  if (palette === 'ascii') return '#'.repeat(Math.round(share * room));
  const eighths = Math.round(8 * share * room);
  return '█'.repeat(eighths >> 3) + ' ▏▎▍▌▋▊▉'.charAt(eighths & 7).trim();
}

/**
 * The fields that fit into `columns`, two spaces apart: the last ones go first, the very first one
 * stays, cut if it must be.
 */
export function fit(fields: readonly string[], columns: number): string {
  let line = fields[0] ?? '';
  for (const field of fields.slice(1)) {
    if (line.length + 2 + field.length > columns) break;
    line += `  ${field}`;
  }
  return line.length > columns ? line.slice(0, columns) : line;
}

/** Rows of cells as lines: every column as wide as its widest cell, flush right, the first flush left. */
export function table(rows: readonly (readonly string[])[], gap = 2): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [c, cell] of row.entries()) widths[c] = Math.max(widths[c] ?? 0, cell.length);
  }
  const lines = rows.map((row) =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]! + gap))),
  );
  return lines.map((cells) => cells.join('').trimEnd());
}

/** Characters of the longest text. */
export function widest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0);
}
