import { mostProbable, type Page, table } from '../../text/page.js';
import { leftOut } from '../output.js';

/** The matrix, in blocks of as many columns as fit; dots are closer to 0 than 0.0005. */
export function jacobian(
  matrix: Float64Array,
  y: Float64Array,
  label: number,
  page: Page,
): string[] {
  const shown = mostProbable(y, label);
  const cell = (value: number): string => (Math.abs(value) < 5e-4 ? '·' : value.toFixed(3));
  const fitting = Math.max(1, Math.floor((page.width - 3) / 7));
  const lines: string[] = [];
  for (let first = 0; first < shown.length; first += fitting) {
    const columns = shown.slice(first, first + fitting);
    const [head, ...rows] = table(
      [
        ['i\\j', ...columns.map((j) => String(j).padStart(6))],
        ...shown.map((i) => [String(i), ...columns.map((j) => cell(matrix[i * y.length + j]!))]),
      ],
      1,
    );
    lines.push(page.style('dim', head!), ...rows);
  }
  return [...lines, ...leftOut(shown.length, y.length, page.width)];
}
