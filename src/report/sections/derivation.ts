import { html, type Markup, NOTHING } from '../html.js';
import type { PagePicture } from '../page-data.js';
import { backwardSteps } from './derivation-backward.js';
import { type Contents, changedCopy, formula, heatMap, nameOf, section, step } from './parts.js';
import { unitMap } from './units.js';
import { termTable, vectorTable } from './vectors.js';

/** Unsure and mistaken pictures to choose from, of each kind. */
const OFFERED = 6;

/** The seminar's derivation for a chosen picture, with its numbers. */
export function derivation(contents: Contents): Markup {
  const { hidden, words } = contents;
  const lead = html`${words.derivationLead(hidden.length > 0)}`;
  return section(
    'derivation',
    words.derivationHeading,
    lead,
    html`${picker(contents)}
${controls(contents)}
<ol class="steps">${hidden.length === 0 ? forwardStep(contents) : forwardSteps(contents)}${backwardSteps(contents)}</ol>`,
  );
}

/** Pictures of three kinds; the first unsure one, whose derivatives say most, is where the page starts. */
function picker(contents: Contents): Markup {
  const { pictures, mistakes, words } = contents;
  const right = new Map<number, number>();
  for (const [at, { label, predicted }] of pictures.entries()) {
    if (label === predicted && !right.has(label)) right.set(label, at);
  }
  const recognised = [...right.keys()].sort((a, b) => a - b).map((label) => right.get(label)!);
  const unsure = [...pictures.keys()]
    .sort((a, b) => pictures[a]!.probability - pictures[b]!.probability)
    .slice(0, OFFERED);
  const mistaken = mistakes
    .map(({ index }) => pictures.findIndex((picture) => picture.index === index))
    .filter((at) => at >= 0)
    .slice(0, OFFERED);
  const row = (name: string, chosen: readonly number[]): Markup =>
    chosen.length === 0
      ? NOTHING
      : html`<p>${name}</p><ul>${chosen.map((at) => choice(pictures[at]!, at, contents))}</ul>`;
  return html`<div class="picker" role="group" aria-label="${words.choosePicture}">
<p data-drawing hidden>${words.yourDrawing}</p><ul data-drawing hidden><li><button type="button" data-choice="drawing" aria-label="${words.yourDrawing}"><canvas class="ink" aria-hidden="true"></canvas></button></li></ul>${row(words.unsure, unsure)}${row(words.mistaken, mistaken)}${row(words.recognisedRow, recognised)}</div>
<p class="quiet hint">${words.pictureBehind}</p>
<p id="derivation-chosen" aria-live="polite"></p>
${changedCopy(words)}`;
}

function choice({ index, label, predicted }: PagePicture, at: number, contents: Contents): Markup {
  const name = contents.words.choice(index, nameOf(contents, label), nameOf(contents, predicted));
  return html`<li><button type="button" data-choice="${at}" aria-label="${name}"><canvas class="ink" aria-hidden="true"></canvas></button></li>`;
}

function controls(contents: Contents): Markup {
  const { model, hidden, math, words } = contents;
  const options = Array.from(
    { length: model.classes },
    (_, i) => html`<option value="${i}">${nameOf(contents, i)}</option>`,
  );
  return html`<div class="follow" role="group" aria-label="${words.whatToFollow}">
<span><label for="derivation-class">${words.followClass(math)}</label> <select id="derivation-class">${options}</select></span>
${hidden.map((units, l) => unitChoice(words.unitOf(math('hSymbol', l)), l, units))}<span>${words.andPixel} <output id="derivation-pixel"></output></span></div>
<p class="quiet hint">${words.pressAny}</p>`;
}

function unitChoice(name: Markup, l: number, units: number): Markup {
  const id = `derivation-unit${l + 1}`;
  return html`<span><label for="${id}">${name}</label> <input type="number" id="${id}" data-layer="${l}" min="0" max="${units - 1}" step="1"></span>
`;
}

/** The seminar's first step. */
function forwardStep(contents: Contents): Markup {
  return step(
    contents.words.forwardSeminar,
    html`${reshapeWords(contents)}
${outputWords(contents)}`,
    html`${picture(contents)}
${outputTable(contents)}`,
  );
}

/** The same for each hidden layer, and for the last one. */
function forwardSteps(contents: Contents): Markup {
  const { math, hidden, words } = contents;
  const last = hidden.length;
  const layers = hidden.map((units, l) =>
    step(
      words.forward([math('vSymbol', l), math('hSymbol', l)]),
      html`${l === 0 ? reshapeWords(contents) : NOTHING}
<p>${words.sumForUnits(units)}</p>${formula(math('linear', l))}${formula(math('linearNumbers', l))}
<p>${words.unitIsOn}</p>
${formula(math('relu', l))}${formula(math('reluNumbers', l))}
<p class="quiet">${words.unitsOn(html`<data id="derivation-on${l + 1}"></data>`, units)}</p>`,
      html`${l === 0 ? picture(contents) : NOTHING}
<div class="cells">${unitMap(`v${l + 1}`, words.pickUnit(words.vOfLayer(l + 1)), words.cellForUnit(math('vSymbol', l)))}
${unitMap(`h${l + 1}`, words.pickUnit(words.hOfLayer(l + 1)), math('hSymbol', l))}</div>`,
    ),
  );
  const terms = termTable(
    'v',
    hidden[last - 1]!,
    words.largestOfScore,
    [
      { key: 'wij', head: math('wijSymbol', last), kind: 'signed' },
      { key: 'input', head: math('inputJSymbol', last), kind: 'signed' },
      { key: 'term', head: math('forwardTermSymbol', last), kind: 'signed' },
    ],
    words,
  );
  return html`${layers}${step(
    words.forward([math('vSymbol', last), math('ySymbol'), math('LSymbol')]),
    outputWords(contents),
    html`${outputTable(contents)}
${terms}`,
  )}`;
}

function reshapeWords({ math, words }: Contents): Markup {
  return html`<p>${words.rowsBehind(math)}</p>
${formula(math('reshape'))}${formula(math('reshapeNumbers'))}`;
}

function outputWords({ math, hidden, words }: Contents): Markup {
  const last = hidden.length;
  return html`<p>${words.sumForClasses}</p>${formula(math('linear', last))}${formula(math('linearNumbers', last))}
<p>${words.scoresBecome}</p>${formula(math('softmax', last))}${formula(math('softmaxNumbers', last))}
<p>${words.andL(math)}</p>
${formula(math('likelihood'))}${formula(math('likelihoodNumbers'))}`;
}

function picture({ math, words }: Contents): Markup {
  return heatMap('x', words.pickPixel(words.picture), math('xSymbol'), 'ink');
}

function outputTable({ math, model, hidden, words }: Contents): Markup {
  return vectorTable(
    model.classes,
    words.forwardTable,
    [
      { key: 'labels', head: math('labelsSymbol'), kind: 'flag' },
      { key: 'v', head: math('vSymbol', hidden.length), kind: 'signed' },
      { key: 'y', head: math('ySymbol'), kind: 'share' },
    ],
    words,
  );
}
