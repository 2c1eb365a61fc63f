import { html, type Markup } from '../html.js';
import { formula, heatMap, step } from './parts.js';
import { vectorTable } from './vectors.js';
import { legend, pictureGrid } from './weights.js';

type Math = (name: string) => Markup;

/** The seminar's steps 2 to 7. */
export function backwardSteps(math: Math, K: number): Markup {
  return html`${dy(math, K)}${dv(math, K)}${du(math, K)}${db(math)}${dw(math, K)}${dx(math)}`;
}

function dy(math: Math, K: number): Markup {
  return step(
    math('dySymbol'),
    html`<p>Only the right class’s probability is in ${math('LSymbol')}. The smaller it is, the more a
little more of it would help.</p>${formula(math('dy'))}${formula(math('dyNumbers'))}`,
    vectorTable(K, 'Derivative by y', [
      { key: 'y', head: math('ySymbol'), kind: 'share' },
      { key: 'dy', head: math('dySymbol'), kind: 'signed' },
    ]),
  );
}

function dv(math: Math, K: number): Markup {
  return step(
    math('dvSymbol'),
    html`<p>A score moves every probability, for they share one sum: softmax’s Jacobian has
${K}×${K} entries.</p>${formula(math('jacobian'))}${formula(math('dv'))}
<p>For one-hot labels the product comes down to a difference:</p>${formula(math('dvNumbers'))}
<p class="quiet">Both ways are computed here; they differ by at most
<data id="derivation-difference"></data>.</p>`,
    html`${jacobian(K)}
${vectorTable(K, 'Derivative by v, both ways', [
  { key: 'product', head: math('productSymbol'), kind: 'signed' },
  { key: 'dv', head: math('differenceSymbol'), kind: 'signed' },
])}`,
  );
}

function jacobian(K: number): Markup {
  const classes = Array.from({ length: K }, (_, i) => i);
  const rows = classes.map(
    (i) =>
      html`<tr><th scope="row">${i}</th>${classes.map((j) => html`<td data-jacobian="${i * K + j}"></td>`)}</tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Jacobian"><table class="jacobian"><caption>Jacobian: row y<sub>i</sub>, column v<sub>j</sub></caption>
<thead><tr><td></td>${classes.map((j) => html`<th scope="col">${j}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function du(math: Math, K: number): Markup {
  return step(
    math('duSymbol'),
    html`<p>A pixel reaches ${math('LSymbol')} through every score: one term a class.</p>
${formula(math('du'))}${formula(math('duNumbers'))}`,
    vectorTable(K, 'The terms for the chosen pixel j', [
      { key: 'wij', head: math('wijSymbol'), kind: 'signed' },
      { key: 'dv', head: math('dviSymbol'), kind: 'signed' },
      { key: 'term', head: math('termSymbol'), kind: 'signed' },
    ]),
  );
}

function db(math: Math): Markup {
  return step(
    math('dbSymbol'),
    html`<p>A bias is added to its own score and to nothing else.</p>`,
    html`${formula(math('db'))}${formula(math('dbNumbers'))}`,
  );
}

function dw(math: Math, K: number): Markup {
  return step(
    math('dWSymbol'),
    html`<p>${math('WSymbol')} is a matrix, so the formula with the transposed Jacobian does not apply.
Entry by entry:</p>${formula(math('dw'))}${formula(math('dwNumbers'))}<p>All together:</p>${formula(math('dwOuter'))}
<p class="quiet">The whole gradient has length <data id="derivation-norm"></data>.</p>`,
    html`<p class="quiet">${legend('raising this weight raises L', 'lowering it does')}</p>
${pictureGrid(K, 'dw', (i) => `Derivative of L by the weights of class ${i}`)}
<p class="quiet">The picture itself, once for each class, as strong as that class’s
${math('dviSymbol')}.</p>`,
  );
}

function dx(math: Math): Markup {
  return step(
    math('dxSymbol'),
    html`<p>${formulaWords(math)}</p>${formula(math('dx'))}${formula(math('dxNumbers'))}`,
    heatMap('dx', 'Derivative of L by x', math('dxSymbol'), 'map'),
  );
}

function formulaWords(math: Math): Markup {
  return html`Each component goes back to its place in the picture. ${legend('more ink here raises L', 'less ink does')}
Training does not need ${math('dxSymbol')}: it says how the <em>picture</em> would have to change.`;
}
