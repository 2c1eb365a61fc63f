import { html, type Markup } from '../html.js';

/** A column of a table of vectors. */
export interface VectorColumn {
  /** By which the page's script fills it. */
  readonly key: string;
  readonly head: Markup;
  /** Bars from the middle to either side, or from 0 to 1. */
  readonly kind: 'signed' | 'share' | 'flag';
}

/** Vectors of K components side by side, a class a row, each number with a bar; the script fills it. */
export function vectorTable(
  classes: number,
  caption: string,
  columns: readonly VectorColumn[],
): Markup {
  const heads = columns.map(({ head }) => html`<th scope="col">${head}</th>`);
  const rows = Array.from({ length: classes }, (_, i) => {
    const cells = columns.map(({ key, kind }) => {
      const bar =
        kind === 'flag' ? html`` : html`<span class="bar ${kind}" aria-hidden="true"></span>`;
      return html`<td><data data-vector="${key}"></data>${bar}</td>`;
    });
    return html`<tr data-class="${i}"><th scope="row">${i}</th>${cells}</tr>`;
  });
  return html`<div class="scroll"><table class="vectors"><caption>${caption}</caption>
<thead><tr><th scope="col">class</th>${heads}</tr></thead><tbody>${rows}</tbody></table></div>`;
}
