import { html, type Markup } from '../html.js';
import type { PageWords } from '../words/words.js';

/** A column of a table of vectors. */
export interface VectorColumn {
  /** By which the page's script fills it. */
  readonly key: string;
  readonly head: Markup;
  /** Bars from the middle to either side, or from 0 to 1. */
  readonly kind: 'signed' | 'share' | 'flag';
}

/** Rows of a table of the largest terms. */
const MOST_TERMS = 8;

/** Vectors of K components side by side, a class a row, each number with a bar; the script fills it. */
export function vectorTable(
  classes: number,
  caption: string,
  columns: readonly VectorColumn[],
  { classHead }: Pick<PageWords, 'classHead'>,
): Markup {
  const rows = Array.from({ length: classes }, (_, i) => {
    return html`<tr data-class="${i}"><th scope="row">${i}</th>${cells(columns, 'vector')}</tr>`;
  });
  return html`<div class="scroll"><table class="vectors"><caption>${caption}</caption>
<thead><tr><th scope="col">${classHead}</th>${heads(columns)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** The largest of a sum over the units of a layer, a term a row, by which the script finds it. */
export function termTable(
  name: string,
  units: number,
  caption: string,
  columns: readonly VectorColumn[],
  { unitName }: Pick<PageWords, 'unitName'>,
): Markup {
  const count = Math.min(MOST_TERMS, units);
  const rows = Array.from({ length: count }, () => {
    return html`<tr><th scope="row"></th>${cells(columns, 'term')}</tr>`;
  });
  return html`<div class="scroll"><table class="vectors" data-terms="${name}"><caption>${caption}</caption>
<thead><tr><th scope="col">${unitName}</th>${heads(columns)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function heads(columns: readonly VectorColumn[]): Markup[] {
  return columns.map(({ head }) => html`<th scope="col">${head}</th>`);
}

function cells(columns: readonly VectorColumn[], attribute: 'vector' | 'term'): Markup[] {
  return columns.map(({ key, kind }) => {
    const bar =
      kind === 'flag' ? html`` : html`<span class="bar ${kind}" aria-hidden="true"></span>`;
    return html`<td><data data-${attribute}="${key}"></data>${bar}</td>`;
  });
}
