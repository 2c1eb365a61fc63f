import { type ClassFigures, confusionMatrix, perClassReport } from '../../metrics.js';
import { MOST_RIGHT, MOST_WRONG } from '../choose-pictures.js';
import { html, type Markup } from '../html.js';
import type { PageWords } from '../words/words.js';
import { type Contents, plainTable, section } from './parts.js';

/** The confusion matrix, whose cells open pictures, and the figures of each class. */
export function confusion({ predictions, images, model, words }: Contents): Markup {
  const K = model.classes;
  const counts = confusionMatrix(predictions.predicted, images.labels, K);
  return section(
    'confusion',
    words.whereItErrs,
    html`${words.confusionLead}`,
    html`<div class="beside"><div><div class="scroll"><table class="confusion" role="grid" aria-label="${words.confusionMatrix}">
<thead><tr><td></td>${range(K).map((j) => html`<th scope="col">${j}</th>`)}</tr></thead>
<tbody>${range(K).map((i) => matrixRow(counts, K, i, words))}</tbody></table></div>
<p class="note">${words.kept(MOST_WRONG, MOST_RIGHT)}</p>
</div><div><h3>${words.classByClass}</h3>
<p>${words.figuresExplained}</p>
${classTable(counts, K, words)}</div></div>
${dialog(words)}`,
  );
}

function matrixRow(
  counts: Uint32Array,
  K: number,
  i: number,
  { recognised, takenFor }: PageWords,
): Markup {
  const row = counts.subarray(i * K, (i + 1) * K);
  const support = row.reduce((sum, count) => sum + count, 0);
  const cells = [...row].map((count, j) => {
    if (count === 0)
      return html`<td role="gridcell" class="none"><span aria-label="0">·</span></td>`;
    const name = i === j ? recognised(i, count) : takenFor(i, j, count);
    // How strong the cell's colour is, 1 to 5, by its share of the row.
    const depth = Math.min(5, 1 + Math.floor((i === j ? 4 : 40) * (count / support)));
    const kind = i === j ? 'right' : 'wrong';
    return html`<td role="gridcell"><button type="button" tabindex="-1" class="${kind} depth-${depth}" data-cell="${i},${j}" data-count="${count}" aria-label="${name}" aria-haspopup="dialog">${count}</button></td>`;
  });
  return html`<tr><th scope="row">${i}</th>${cells}</tr>
`;
}

function dialog({ close }: PageWords): Markup {
  return html`<dialog id="cell" aria-labelledby="cell-title">
<div class="dialog-head"><h3 id="cell-title"></h3><button type="button" id="cell-close">${close}</button></div>
<p id="cell-note"></p><ul class="thumbnails" id="cell-pictures"></ul></dialog>`;
}

function classTable(
  counts: Uint32Array,
  K: number,
  { numbers, classFigures, classHeads, mean }: PageWords,
): Markup {
  const { percent, typeset, grouped } = numbers;
  const { classes, macroAverage } = perClassReport(counts, K);
  const row = (name: string, { precision, recall, f1, support }: ClassFigures): string[] => [
    name,
    ...[precision, recall, f1].map((share) => typeset(percent(share, 1))),
    grouped(support),
  ];
  return plainTable(classFigures, classHeads, [
    ...classes.map((figures, i) => row(String(i), figures)),
    row(mean, macroAverage),
  ]);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
