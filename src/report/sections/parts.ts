import type { LabelledImages } from '../../images.js';
import type { Predictions } from '../../kernel/kernel.js';
import type { Mistake } from '../../metrics.js';
import type { ForeignModel, Model } from '../../model/model.js';
import type { EpochEvent } from '../../train.js';
import { html, type Markup, NOTHING, type Typeset } from '../html.js';
import type { Position, TimeAxis, WeightMoment } from '../moments.js';
import type { PagePicture, PageSnapshot } from '../page-data.js';
import type { PageWords } from '../words/words.js';

/** What a report is about. */
export interface ReportInput {
  /** The command that makes it. */
  readonly program: string;
  /** The model's file, as the user named it, and the SHA-256 of its bytes. */
  readonly file: { readonly path: string; readonly sha256: string };
  readonly model: Model | ForeignModel;
  /** What training said, epoch by epoch; empty where the model was only read. */
  readonly epochs: readonly EpochEvent[];
  /** What was seen on the way, in this order; empty where the model was only read. */
  readonly moments: readonly WeightMoment[];
  /** Of the training images; 1 where the model was only read. */
  readonly batchesInEpoch: number;
  readonly dataset: { readonly name: string; readonly split: string };
  readonly images: LabelledImages;
  readonly predictions: Predictions;
}

/** What the sections are made from. */
export interface Contents extends ReportInput {
  /** η that the pad starts from. */
  readonly learningRate: number;
  /** Units of each hidden layer; [] for none. */
  readonly hidden: readonly number[];
  /** K × H, see `contributionsOf`; only with hidden layers. */
  readonly contributions: Float32Array | undefined;
  /** Of classes that are not digits. */
  readonly classNames: readonly string[] | undefined;
  /** The moments that are in the page. */
  readonly snapshots: readonly PageSnapshot[];
  readonly time: TimeAxis;
  /** The pictures that are in the page. */
  readonly pictures: readonly PagePicture[];
  /** The most confident ones. */
  readonly mistakes: readonly Mistake[];
  readonly math: Typeset;
  readonly words: PageWords;
}

/** A class as texts have it: its number, and its name where it has one. */
export function nameOf({ classNames }: Pick<Contents, 'classNames'>, i: number): string {
  return classNames ? `${i} ${classNames[i]}` : String(i);
}

/** Whether the model's weights are those of this moment. */
export function isKept({ epoch, batch }: Position, { metrics }: ReportInput['model']): boolean {
  return batch === 0 && epoch === (metrics?.epoch ?? 0);
}

/** A section with its heading; `lead` says what there is to see. */
export function section(id: string, heading: string, lead: Markup, content: Markup): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${heading}</h2>
<p class="lead">${lead}</p>
${content}
</section>`;
}

/** A table's caption, heads and rows; the first cell of a row is its head. */
export function plainTable(
  caption: string,
  heads: readonly (string | Markup)[],
  rows: readonly (readonly string[])[],
): Markup {
  const columns = heads.map((head) => html`<th scope="col">${head}</th>`);
  const lines = rows.map(([first, ...cells]) => {
    const others = cells.map((cell) => html`<td>${cell}</td>`);
    return html`<tr><th scope="row">${first!}</th>${others}</tr>`;
  });
  const head = heads.length > 0 ? html`<thead><tr>${columns}</tr></thead>` : NOTHING;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="plain"><caption>${caption}</caption>
${head}<tbody>${lines}</tbody></table></div>`;
}

/** Beside an answer that is not the trained model's: that it is not, and the way back. */
export function changedCopy({ changedCopy, backToTrained }: PageWords): Markup {
  return html`<p class="changed" data-changed hidden><span>${changedCopy}</span> <button type="button" data-back>${backToTrained}</button></p>`;
}

/** A step of the derivation: what is said and what is shown. */
export function step(heading: string | Markup, words: Markup, shown: Markup): Markup {
  return html`<li class="step"><h3>${heading}</h3><div class="words">${words}</div><div class="shown">${shown}</div></li>
`;
}

/** A displayed formula that scrolls by itself where it is wider than the screen. */
export function formula(math: Markup): Markup {
  return html`<div class="formula">${math}</div>`;
}

/** A picture in which a pixel is chosen; the name says how. */
export function heatMap(key: string, name: string, caption: Markup, kind: 'ink' | 'map'): Markup {
  return html`<figure class="heat"><canvas class="${kind} pick" data-map="${key}" tabindex="0" role="application" aria-label="${name}"></canvas><figcaption>${caption}</figcaption></figure>`;
}
