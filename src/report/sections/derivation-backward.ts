import { html, type Markup, NOTHING } from '../html.js';
import { type Contents, formula, heatMap, step, type Typeset } from './parts.js';
import { matrixMap, unitMap } from './units.js';
import { termTable, vectorTable } from './vectors.js';
import { legend, pictureGrid, strongestUnits } from './weights.js';

/** The seminar's steps 2 to 7; behind a hidden layer its linear layer's first, then ReLU's. */
export function backwardSteps(contents: Contents): Markup {
  const { math, hidden } = contents;
  const last = hidden.length;
  const layers = Array.from({ length: last + 1 }, (_, at) => {
    const l = last - at;
    const below = l > 0 ? dvRelu(contents, l - 1) : NOTHING;
    return html`${dinput(contents, l)}${db(math, l)}${l > 0 ? dwMatrix(contents, l) : dw(contents)}${below}`;
  });
  return html`${dy(contents)}${dv(contents)}${layers}${dx(math)}`;
}

function dy({ math, model }: Contents): Markup {
  return step(
    math('dySymbol'),
    html`<p>Only the right class’s probability is in ${math('LSymbol')}. The smaller it is, the more a
little more of it would help.</p>${formula(math('dy'))}${formula(math('dyNumbers'))}`,
    vectorTable(model.classes, 'Derivative by y', [
      { key: 'y', head: math('ySymbol'), kind: 'share' },
      { key: 'dy', head: math('dySymbol'), kind: 'signed' },
    ]),
  );
}

function dv({ math, model, hidden }: Contents): Markup {
  const K = model.classes;
  const last = hidden.length;
  return step(
    math('dvSymbol', last),
    html`<p>A score moves every probability, for they share one sum: softmax’s Jacobian has
${K}×${K} entries.</p>${formula(math('jacobian', last))}${formula(math('dv', last))}
<p>For one-hot labels the product comes down to a difference:</p>${formula(math('dvNumbers', last))}
<p class="quiet">Both ways are computed here; they differ by at most
<data id="derivation-difference"></data>.</p>`,
    html`${jacobian(K, last === 0 ? html`v` : html`v<sup>${last + 1}</sup>`)}
${vectorTable(K, 'Derivative by v, both ways', [
  { key: 'product', head: math('productSymbol', last), kind: 'signed' },
  { key: 'dv', head: math('differenceSymbol'), kind: 'signed' },
])}`,
  );
}

function jacobian(K: number, v: Markup): Markup {
  const classes = Array.from({ length: K }, (_, i) => i);
  const rows = classes.map(
    (i) =>
      html`<tr><th scope="row">${i}</th>${classes.map((j) => html`<td data-jacobian="${i * K + j}"></td>`)}</tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Jacobian"><table class="jacobian"><caption>Jacobian: row y<sub>i</sub>, column ${v}<sub>j</sub></caption>
<thead><tr><td></td>${classes.map((j) => html`<th scope="col">${j}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** By the input of linear layer `l`: u, or the h below. */
function dinput({ math, model, hidden }: Contents, l: number): Markup {
  const last = hidden.length;
  const columns = [
    { key: 'wij', head: math('wijSymbol', l), kind: 'signed' },
    { key: 'dv', head: math('dviSymbol', l), kind: 'signed' },
    { key: 'term', head: math('termSymbol', l), kind: 'signed' },
  ] as const;
  const which = l === 0 ? 'pixel' : 'unit';
  const caption = `terms for the chosen ${which} j`;
  return step(
    math('dinputSymbol', l),
    html`<p>A ${which} reaches ${math('LSymbol')} through every ${l === last ? 'score: one term a class' : 'unit of the layer above: one term for each that is on'}.</p>
${formula(math('dinput', l))}${formula(math('dinputNumbers', l))}`,
    html`${l > 0 ? html`${unitMap(`dh${l}`, `Derivative of L by h of hidden layer ${l}`, math('dinputSymbol', l))}\n` : NOTHING}${
      l === last
        ? vectorTable(model.classes, `The ${caption}`, columns)
        : termTable(`dinput${l + 1}`, hidden[l]!, `The largest ${caption}`, columns)
    }`,
  );
}

function db(math: Typeset, l: number): Markup {
  return step(
    math('dbSymbol', l),
    html`<p>A bias is added to its own score and to nothing else.</p>`,
    html`${formula(math('db', l))}${formula(math('dbNumbers', l))}`,
  );
}

/** By W of the first layer: pictures, of every class or of the units with the largest gradient. */
function dw({ math, model, hidden }: Contents): Markup {
  const units = hidden[0];
  return step(
    math('dWSymbol', 0),
    html`${dwWords(math, 0)}
<p class="quiet">The whole gradient has length <data id="derivation-norm${units === undefined ? '' : 1}"></data>.</p>`,
    html`<p class="quiet">${legend('raising this weight raises L', 'lowering it does')}</p>
${
  units === undefined
    ? pictureGrid(model.classes, 'dw', (i) => `Derivative of L by the weights of class ${i}`)
    : strongestUnits('dw', units)
}
<p class="quiet">The picture itself, once for each ${units === undefined ? 'class, as strong as that class’s' : 'of the units with the largest derivatives, as strong as that unit’s'}
${math('dviSymbol', 0)}.</p>`,
  );
}

/** By W of linear layer `l`, behind a hidden layer: one picture of the whole matrix. */
function dwMatrix({ math, hidden }: Contents, l: number): Markup {
  const rows = l === hidden.length ? 'class' : 'unit';
  return step(
    math('dWSymbol', l),
    html`${dwWords(math, l)}
<p class="quiet">The whole gradient has length <data id="derivation-norm${l + 1}"></data>.</p>`,
    html`<p class="quiet">${legend('raising this weight raises L', 'lowering it does')}</p>
${matrixMap(l + 1, `Derivative of L by W of layer ${l + 1}`, html`${math('dWSymbol', l)}: a row for each ${rows}, a column for each unit of ${math('inputSymbol', l)}. Units that are off have an empty column.`)}`,
  );
}

function dwWords(math: Typeset, l: number): Markup {
  return html`<p>${math('WSymbol', l)} is a matrix, so the formula with the transposed Jacobian does not apply.
Entry by entry:</p>${formula(math('dw', l))}${formula(math('dwNumbers', l))}<p>All together:</p>${formula(math('dwOuter', l))}`;
}

/** Back through ReLU of hidden layer `l`. */
function dvRelu({ math }: Contents, l: number): Markup {
  return step(
    math('dvSymbol', l),
    html`<p>A unit that is on passes its derivative on as it is. One that is off stops it: a little more or
less of its sum still gives 0.</p>${formula(math('dvRelu', l))}${formula(math('dvReluNumbers', l))}`,
    unitMap(`dv${l + 1}`, `Derivative of L by v of hidden layer ${l + 1}`, math('dvSymbol', l)),
  );
}

function dx(math: Typeset): Markup {
  return step(
    math('dxSymbol'),
    html`<p>${formulaWords(math)}</p>${formula(math('dx'))}${formula(math('dxNumbers'))}`,
    heatMap('dx', 'Derivative of L by x', math('dxSymbol'), 'map'),
  );
}

function formulaWords(math: Typeset): Markup {
  return html`Each component goes back to its place in the picture. ${legend('more ink here raises L', 'less ink does')}
Training does not need ${math('dxSymbol')}: it says how the <em>picture</em> would have to change.`;
}
