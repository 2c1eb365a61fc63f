import { html, type Markup, NOTHING, type Typeset } from '../html.js';
import type { PageWords } from '../words/words.js';
import { type Contents, formula, heatMap, nameOf, step } from './parts.js';
import { matrixMap, unitMap } from './units.js';
import { termTable, vectorTable } from './vectors.js';
import { legend, pictureGrid, strongestUnits } from './weights.js';

/** The seminar's steps 2 to 7; behind a hidden layer its linear layer's first, then ReLU's. */
export function backwardSteps(contents: Contents): Markup {
  const { math, hidden, words } = contents;
  const last = hidden.length;
  const layers = Array.from({ length: last + 1 }, (_, at) => {
    const l = last - at;
    const below = l > 0 ? dvRelu(contents, l - 1) : NOTHING;
    return html`${dinput(contents, l)}${db(math, l, words)}${l > 0 ? dwMatrix(contents, l) : dw(contents)}${below}`;
  });
  return html`${dy(contents)}${dv(contents)}${layers}${dx(math, words)}`;
}

function dy({ math, model, words }: Contents): Markup {
  return step(
    math('dySymbol'),
    html`<p>${words.dy(math)}</p>${formula(math('dy'))}${formula(math('dyNumbers'))}`,
    vectorTable(
      model.classes,
      words.byY,
      [
        { key: 'y', head: math('ySymbol'), kind: 'share' },
        { key: 'dy', head: math('dySymbol'), kind: 'signed' },
      ],
      words,
    ),
  );
}

function dv({ math, model, hidden, words }: Contents): Markup {
  const K = model.classes;
  const last = hidden.length;
  return step(
    math('dvSymbol', last),
    html`<p>${words.jacobianWords(K)}</p>${formula(math('jacobian', last))}${formula(math('dv', last))}
<p>${words.oneHot}</p>${formula(math('dvNumbers', last))}
<p class="quiet">${words.bothWays(html`<data id="derivation-difference"></data>`)}</p>`,
    html`${jacobian(K, last === 0 ? html`v` : html`v<sup>${last + 1}</sup>`, words)}
${vectorTable(
  K,
  words.byVBothWays,
  [
    { key: 'product', head: math('productSymbol', last), kind: 'signed' },
    { key: 'dv', head: math('differenceSymbol'), kind: 'signed' },
  ],
  words,
)}`,
  );
}

function jacobian(K: number, v: Markup, words: PageWords): Markup {
  const classes = Array.from({ length: K }, (_, i) => i);
  const rows = classes.map(
    (i) =>
      html`<tr data-class="${i}"><th scope="row">${i}</th>${classes.map((j) => html`<td data-jacobian="${i * K + j}"></td>`)}</tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${words.jacobian}"><table class="jacobian"><caption>${words.jacobianCaption(v)}</caption>
<thead><tr><td></td>${classes.map((j) => html`<th scope="col">${j}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** By the input of linear layer `l`: u, or the h below. */
function dinput({ math, model, hidden, words }: Contents, l: number): Markup {
  const last = hidden.length;
  const columns = [
    { key: 'wij', head: math('wijSymbol', l), kind: 'signed' },
    { key: 'dv', head: math('dviSymbol', l), kind: 'signed' },
    { key: 'term', head: math('termSymbol', l), kind: 'signed' },
  ] as const;
  const caption = words.terms(l === 0, l < last);
  return step(
    math('dinputSymbol', l),
    html`<p>${words.dinput(math, l === 0, l === last)}</p>
${formula(math('dinput', l))}${formula(math('dinputNumbers', l))}`,
    html`${l > 0 ? html`${unitMap(`dh${l}`, words.pickUnit(words.byH(l)), math('dinputSymbol', l))}\n` : NOTHING}${
      l === last
        ? vectorTable(model.classes, caption, columns, words)
        : termTable(`dinput${l + 1}`, hidden[l]!, caption, columns, words)
    }`,
  );
}

function db(math: Typeset, l: number, words: PageWords): Markup {
  return step(
    math('dbSymbol', l),
    html`<p>${words.db}</p>`,
    html`${formula(math('db', l))}${formula(math('dbNumbers', l))}`,
  );
}

/** By W of the first layer: pictures, of every class or of the units with the largest gradient. */
function dw(contents: Contents): Markup {
  const { math, model, hidden, words } = contents;
  const units = hidden[0];
  return step(
    math('dWSymbol', 0),
    html`${dwWords(math, 0, words)}
<p class="quiet">${words.length(html`<data id="derivation-norm${units === undefined ? '' : 1}"></data>`)}</p>`,
    html`<p class="quiet">${legend(words, ...words.raisingWeight)}</p>
${
  units === undefined
    ? pictureGrid(model.classes, 'dw', (i) => nameOf(contents, i), words.byWeightsOf)
    : strongestUnits('dw', units, words)
}
<p class="quiet">${words.itself(math, units !== undefined)}</p>`,
  );
}

/** By W of linear layer `l`, behind a hidden layer: one picture of the whole matrix. */
function dwMatrix({ math, hidden, words }: Contents, l: number): Markup {
  return step(
    math('dWSymbol', l),
    html`${dwWords(math, l, words)}
<p class="quiet">${words.length(html`<data id="derivation-norm${l + 1}"></data>`)}</p>`,
    html`<p class="quiet">${legend(words, ...words.raisingWeight)}</p>
${matrixMap(l + 1, words.pickEntry(words.byW(l + 1)), words.matrixCaption(math, l, l === hidden.length))}`,
  );
}

function dwWords(math: Typeset, l: number, words: PageWords): Markup {
  return html`<p>${words.dW(math, l)}</p>${formula(math('dw', l))}${formula(math('dwNumbers', l))}<p>${words.allTogether}</p>${formula(math('dwOuter', l))}`;
}

/** Back through ReLU of hidden layer `l`. */
function dvRelu({ math, words }: Contents, l: number): Markup {
  return step(
    math('dvSymbol', l),
    html`<p>${words.mask}</p>${formula(math('dvRelu', l))}${formula(math('dvReluNumbers', l))}`,
    unitMap(`dv${l + 1}`, words.pickUnit(words.byV(l + 1)), math('dvSymbol', l)),
  );
}

function dx(math: Typeset, words: PageWords): Markup {
  return step(
    math('dxSymbol'),
    html`<p>${words.dx(math, legend(words, ...words.moreInk))}</p>${formula(math('dx'))}${formula(math('dxNumbers'))}`,
    heatMap('dx', words.pickPixel(words.byX), math('dxSymbol'), 'map'),
  );
}
