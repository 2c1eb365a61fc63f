import { answersOf, inWords, QUANTITIES } from '../../explain/answers.js';
import type { Worksheet } from '../../explain/worksheet.js';
import { heading, type Page, table, wrap } from '../../text/page.js';
import { givenText, QUESTIONS, sizeInWords } from './given.js';

/** The key of a worksheet: fractions, and below them decimals. */
export function keyText(sheet: Worksheet, page: Page): string[] {
  const key = answersOf(sheet);
  const answers = QUANTITIES.flatMap((name, n) => {
    const { shape, values } = key[name];
    const words = Array.from(values, (value) => inWords(value, key[name]));
    const decimals = (value: number): string => value.toFixed(4).replace(/^-(0\.0000)$/, '$1');
    const columns = shape[1] ?? values.length;
    const fraction = words.some((word) => /[/n]/.test(word));
    const exact = inRows(words, columns);
    const rounded = fraction ? inRows(Array.from(values, decimals), columns) : [];
    const lines = fitted([...exact, ...rounded], page.width);
    return [
      ...heading(page, `${n + 1}. ${QUESTIONS[name][1]}`, `${name}, ${sizeInWords(shape)}`),
      ...lines.slice(0, exact.length).flat(),
      ...lines
        .slice(exact.length)
        .flat()
        .map((line) => page.style('dim', line)),
    ];
  });
  return [...givenText(sheet, page), ...answers];
}

function inRows(cells: readonly string[], columns: number): string[][] {
  return Array.from({ length: cells.length / columns }, (_, r) =>
    cells.slice(r * columns, (r + 1) * columns),
  );
}

/** Each row as a line of a table, or, where that is too wide, as a list over several lines. */
function fitted(rows: readonly string[][], width: number): string[][] {
  const lines = table(rows.map((row) => ['    ', ...row]));
  if (lines.every((line) => line.length <= width)) return lines.map((line) => [line]);
  return rows.map((row) => {
    const list = `[${row.map((cell) => cell.replaceAll(' ', '\u00a0')).join(', ')}]`;
    return wrap(list, width, '    ').map((line) => line.replaceAll('\u00a0', ' '));
  });
}
