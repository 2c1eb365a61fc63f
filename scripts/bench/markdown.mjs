// Numbers and tables as Markdown.

/** Milliseconds or a ratio in three digits. @param {number} value */
export function digits(value) {
  if (value === 0) return '0';
  const places = Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toFixed(places).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ',');
}

/** @param {string[]} head @param {string[][]} rows */
export function table(head, rows) {
  const lines = [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** @param {import('./statistics.mjs').Summary | undefined} found @param {string} [unit] */
export const middle = (found, unit = '') => (found ? `${digits(found.median)}${unit}` : '–');
