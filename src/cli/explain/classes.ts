import type { Explanation } from '../../explain/explanation.js';
import { table } from '../../text/numbers.js';
import { type Page, wrap } from '../../text/page.js';

/** Classes shown in a table or as bars; of more, the most probable ones. */
export const MOST_CLASSES: number = 12;

/** y as bars, the right class and the answer marked. */
export function bars({ y, predicted, way }: Explanation, { width, style }: Page): string[] {
  const shown = mostProbable(y, way?.label);
  const room = Math.max(4, width - 32);
  const lines = shown.map((i) => {
    const eighths = Math.round(8 * room * y[i]!);
    const bar = '█'.repeat(eighths >> 3) + ' ▏▎▍▌▋▊▉'.charAt(eighths & 7).trim();
    const marks = [...(i === predicted ? ['answer'] : []), ...(i === way?.label ? ['label'] : [])];
    const line = `  ${String(i).padStart(3)}  ${y[i]!.toFixed(4)}  `;
    return `${line}${style('cyan', bar)} ${marks.join(', ')}`.trimEnd();
  });
  return [...lines, ...leftOut(shown.length, y.length, width)];
}

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

/** All classes, or of many the most probable and the right one, in rising order. */
export function mostProbable(y: Float64Array, label: number | undefined): number[] {
  const classes = [...y.keys()];
  if (classes.length <= MOST_CLASSES) return classes;
  const order = classes.sort((i, j) => Number(j === label) - Number(i === label) || y[j]! - y[i]!);
  return order.slice(0, MOST_CLASSES).sort((i, j) => i - j);
}

export function leftOut(shown: number, all: number, width: number): string[] {
  if (shown === all) return [];
  return wrap(`the ${shown} largest of ${all} classes; all of them with --json`, width, '  ');
}
