import { type Floats, largestMagnitude } from '../../layers/floats.js';
import { tabular } from './numbers.js';

/** Fills the column `key` of the tables in `host`, a number and its bar for each class. */
export function showVector(host: Element, key: string, values: Floats): void {
  const cells = host.querySelectorAll<HTMLDataElement>(`[data-vector="${key}"]`);
  const largest = largestMagnitude(values);
  for (const [at, cell] of cells.entries()) {
    const value = values[at % values.length]!;
    showCell(cell, value, largest);
  }
}

/** Fills the table of these terms with the largest of them: the key `term` has them, the others belong to it. */
export function showTerms(
  host: Element,
  name: string,
  columns: Readonly<Record<string, Floats>> & { readonly term: Floats },
): void {
  const rows = host.querySelectorAll(`[data-terms="${name}"] tbody tr`);
  const largest = strongest(columns.term, rows.length);
  for (const [at, row] of rows.entries()) {
    row.querySelector('th')!.textContent = String(largest[at]);
    for (const cell of row.querySelectorAll<HTMLDataElement>('[data-term]')) {
      const values = columns[cell.dataset.term!]!;
      showCell(cell, values[largest[at]!]!, largestMagnitude(largest.map((i) => values[i]!)));
    }
  }
}

/** Where the numbers of the largest magnitude stand, the largest first; of equal ones the first. */
export function strongest(values: Floats, count: number): number[] {
  const order = Array.from(values, (_, i) => i);
  order.sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!) || a - b);
  return order.slice(0, count);
}

function showCell(cell: HTMLDataElement, value: number, largest: number): void {
  cell.value = String(value);
  const bar = cell.nextElementSibling as HTMLElement | null;
  cell.textContent = bar ? tabular(value) : String(value);
  if (bar) drawBar(bar, bar.classList.contains('share') ? value : value / largest);
}

/** Empties the columns, as where there is nothing to judge. */
export function clearVectors(host: Element, keys: readonly string[]): void {
  for (const key of keys) {
    for (const cell of host.querySelectorAll<HTMLDataElement>(`[data-vector="${key}"]`)) {
      cell.value = '';
      cell.textContent = '–';
      const bar = cell.nextElementSibling as HTMLElement | null;
      if (bar) drawBar(bar, 0);
    }
  }
}

/** Sets the marks of rows: the right class, the answer, the class that is followed. */
export function markRows(host: Element, marks: Readonly<Record<string, number>>): void {
  for (const row of host.querySelectorAll<HTMLElement>('tr[data-class]')) {
    for (const [mark, at] of Object.entries(marks)) {
      row.classList.toggle(mark, Number(row.dataset.class) === at);
    }
  }
}

/** A number with its full precision in `value`. */
export function showNumber(element: Element | null, value: number, text: string): void {
  const data = element as HTMLDataElement;
  data.value = String(value);
  data.textContent = text;
}

/** @param share −1 to 1 of the longest bar */
function drawBar(bar: HTMLElement, share: number): void {
  const length = Number.isFinite(share) ? Math.abs(share) : 1;
  bar.style.setProperty('--length', String(length));
  bar.classList.toggle('minus', share < 0);
}
