import { type ClassFigures, confusionMatrix, perClassReport } from '../../metrics.js';
import { MOST_RIGHT, MOST_WRONG } from '../choose-pictures.js';
import { html, type Markup, NOTHING } from '../html.js';
import type { PageWords } from '../words/words.js';
import { type Contents, nameOf, plainTable, section } from './parts.js';

/** Steps of a cell's colour; `parts.css` has a rule for each. */
const DEPTHS = 8;

type Kind = 'right' | 'wrong';

/** The confusion matrix, whose cells open pictures, and the figures of each class. */
export function confusion(contents: Contents): Markup {
  const { predictions, images, model, words } = contents;
  const K = model.classes;
  const counts = confusionMatrix(predictions.predicted, images.labels, K);
  const most = mostOfEach(counts, K);
  return section(
    'confusion',
    words.whereItErrs,
    html`${words.confusionLead}`,
    html`<div class="beside"><div><table class="confusion" role="grid" aria-label="${words.confusionMatrix}">
<thead><tr><td colspan="2" class="corner"></td><th scope="colgroup" colspan="${K}" class="axis">${words.predictedAxis}</th></tr>
<tr><td colspan="2" class="corner"></td>${range(K).map((j) => html`<th scope="col">${j}</th>`)}</tr></thead>
<tbody>${range(K).map((i) => matrixRow(counts, i, most, contents))}</tbody></table>
<p class="note">${words.logarithmic} ${words.kept(MOST_WRONG, MOST_RIGHT)}</p>
</div><div><h3>${words.classByClass}</h3>
<p>${words.figuresExplained}</p>
${classTable(counts, contents)}</div></div>
${dialog(words)}`,
  );
}

function matrixRow(
  counts: Uint32Array,
  i: number,
  most: Readonly<Record<Kind, number>>,
  contents: Contents,
): Markup {
  const { model, words } = contents;
  const K = model.classes;
  const is = nameOf(contents, i);
  const cells = range(K).map((j) => {
    const count = counts[i * K + j]!;
    if (count === 0)
      return html`<td role="gridcell" class="none"><span aria-label="0">·</span></td>`;
    const name =
      i === j ? words.recognised(is, count) : words.takenFor(is, nameOf(contents, j), count);
    const kind = kindOf(i, j);
    return html`<td role="gridcell"><button type="button" tabindex="-1" class="${kind} depth-${depth(count, most[kind])}" data-cell="${i},${j}" data-count="${count}" aria-label="${name}" aria-haspopup="dialog">${words.numbers.grouped(count)}</button></td>`;
  });
  const axis =
    i === 0
      ? html`<th scope="rowgroup" rowspan="${K}" class="axis"><span class="sideways">${words.trueAxis}</span></th>`
      : NOTHING;
  return html`<tr>${axis}<th scope="row">${i}</th>${cells}</tr>
`;
}

/** The largest count on the diagonal, and beside it. */
function mostOfEach(counts: Uint32Array, K: number): Record<Kind, number> {
  const most = { right: 1, wrong: 1 };
  for (const [at, count] of counts.entries()) {
    const kind = kindOf(Math.floor(at / K), at % K);
    most[kind] = Math.max(most[kind], count);
  }
  return most;
}

function kindOf(i: number, j: number): Kind {
  return i === j ? 'right' : 'wrong';
}

/** How strong a cell's colour is, 1 to DEPTHS: by the logarithm of its count, of the largest of its kind. */
export function depth(count: number, most: number): number {
  return 1 + Math.round(((DEPTHS - 1) * Math.log(count)) / Math.max(Math.LN2, Math.log(most)));
}

function dialog({ close }: PageWords): Markup {
  return html`<dialog id="cell" aria-labelledby="cell-title">
<div class="dialog-head"><h3 id="cell-title"></h3><button type="button" id="cell-close">${close}</button></div>
<p id="cell-note"></p><ul class="thumbnails" id="cell-pictures"></ul></dialog>`;
}

function classTable(counts: Uint32Array, contents: Contents): Markup {
  const { numbers, classFigures, classHeads, mean } = contents.words;
  const K = contents.model.classes;
  const { percent, typeset, grouped } = numbers;
  const { classes, macroAverage } = perClassReport(counts, K);
  const row = (name: string, { precision, recall, f1, support }: ClassFigures): string[] => [
    name,
    ...[precision, recall, f1].map((share) => typeset(percent(share, 1))),
    grouped(support),
  ];
  return plainTable(classFigures, classHeads, [
    ...classes.map((figures, i) => row(nameOf(contents, i), figures)),
    row(mean, macroAverage),
  ]);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
