import { html, type Markup, NOTHING } from '../html.js';
import type { PagePicture } from '../page-data.js';
import { backwardSteps } from './derivation-backward.js';
import { type Contents, formula, heatMap, section, step } from './parts.js';
import { unitMap } from './units.js';
import { termTable, vectorTable } from './vectors.js';

/** Unsure and mistaken pictures to choose from, of each kind. */
const OFFERED = 6;

/** The seminar's derivation for a chosen picture, with its numbers. */
export function derivation(contents: Contents): Markup {
  const { hidden } = contents;
  const lead =
    hidden.length === 0
      ? html`The seminar’s backward pass, step by step, in its order and letters, with the numbers of
one picture. Classes count from 0, pixels row by row from 0.`
      : html`The backward pass through every layer, step by step, in the seminar’s order and letters, with the
numbers of one picture. Each letter has its layer’s number. Classes and units count from 0, pixels row by row from 0.`;
  return section(
    'derivation',
    'The derivation, with numbers',
    lead,
    html`${picker(contents)}
${controls(contents)}
<ol class="steps">${hidden.length === 0 ? forwardStep(contents) : forwardSteps(contents)}${backwardSteps(contents)}</ol>`,
  );
}

/** Pictures of three kinds; the first unsure one, whose derivatives say most, is where the page starts. */
function picker({ pictures, mistakes }: Contents): Markup {
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
      : html`<p>${name}</p><ul>${chosen.map((at) => choice(pictures[at]!, at))}</ul>`;
  return html`<div class="picker" role="group" aria-label="Choose a picture">
${row('Unsure', unsure)}${row('Mistaken', mistaken)}${row('Recognised', recognised)}</div>
<p class="quiet">Every picture behind a cell of the confusion matrix can be followed too.</p>
<p id="derivation-chosen" aria-live="polite"></p>`;
}

function choice({ index, label, predicted }: PagePicture, at: number): Markup {
  const words = label === predicted ? `a ${label}` : `a ${label} taken for ${predicted}`;
  return html`<li><button type="button" data-choice="${at}" aria-label="Image ${index}, ${words}"><canvas class="ink" aria-hidden="true"></canvas></button></li>`;
}

function controls({ model, hidden, math }: Contents): Markup {
  const options = Array.from({ length: model.classes }, (_, i) => html`<option>${i}</option>`);
  return html`<div class="follow" role="group" aria-label="What to follow">
<span><label for="derivation-class">Follow class ${math('iSymbol')} =</label> <select id="derivation-class">${options}</select></span>
${hidden.map((units, l) => unitChoice(math('hSymbol', l), l, units))}<span>and pixel <output id="derivation-pixel"></output> <span class="quiet">press any picture below to choose another, or
move with the arrow keys</span></span></div>`;
}

function unitChoice(h: Markup, l: number, units: number): Markup {
  const id = `derivation-unit${l + 1}`;
  return html`<span><label for="${id}">unit of ${h}</label> <input type="number" id="${id}" data-layer="${l}" min="0" max="${units - 1}" step="1"></span>
`;
}

/** The seminar's first step. */
function forwardStep(contents: Contents): Markup {
  return step(
    'Forward: L and everything on the way',
    html`${reshapeWords(contents)}
${outputWords(contents)}`,
    html`${picture(contents)}
${outputTable(contents)}`,
  );
}

/** The same for each hidden layer, and for the last one. */
function forwardSteps(contents: Contents): Markup {
  const { math, hidden } = contents;
  const last = hidden.length;
  const layers = hidden.map((units, l) =>
    step(
      html`Forward: ${math('vSymbol', l)} and ${math('hSymbol', l)}`,
      html`${l === 0 ? reshapeWords(contents) : NOTHING}
<p>A weighted sum for each of ${units} units:</p>${formula(math('linear', l))}${formula(math('linearNumbers', l))}
<p>A unit whose sum is above 0 is on and gives it; the others are off and give 0:</p>
${formula(math('relu', l))}${formula(math('reluNumbers', l))}
<p class="quiet"><data id="derivation-on${l + 1}"></data> of ${units} units are on for this picture.</p>`,
      html`${l === 0 ? picture(contents) : NOTHING}
<div class="cells">${unitMap(`v${l + 1}`, `v of hidden layer ${l + 1}`, html`${math('vSymbol', l)}, a cell for each unit`)}
${unitMap(`h${l + 1}`, `h of hidden layer ${l + 1}`, math('hSymbol', l))}</div>`,
    ),
  );
  const terms = termTable('v', hidden[last - 1]!, 'The largest terms of the followed score', [
    { key: 'wij', head: math('wijSymbol', last), kind: 'signed' },
    { key: 'input', head: math('inputJSymbol', last), kind: 'signed' },
    { key: 'term', head: math('forwardTermSymbol', last), kind: 'signed' },
  ]);
  return html`${layers}${step(
    html`Forward: ${math('vSymbol', last)}, ${math('ySymbol')} and ${math('LSymbol')}`,
    outputWords(contents),
    html`${outputTable(contents)}
${terms}`,
  )}`;
}

function reshapeWords({ math }: Contents): Markup {
  return html`<p>The picture’s rows, one behind the other, become the vector ${math('uSymbol')}.</p>
${formula(math('reshape'))}${formula(math('reshapeNumbers'))}`;
}

function outputWords({ math, hidden }: Contents): Markup {
  const last = hidden.length;
  return html`<p>A weighted sum for each class:</p>${formula(math('linear', last))}${formula(math('linearNumbers', last))}
<p>Scores become probabilities that sum to 1:</p>${formula(math('softmax', last))}${formula(math('softmaxNumbers', last))}
<p>And ${math('LSymbol')} is the logarithm of the right class’s probability, in nats:</p>
${formula(math('likelihood'))}${formula(math('likelihoodNumbers'))}`;
}

function picture({ math }: Contents): Markup {
  return heatMap('x', 'x, the picture', math('xSymbol'), 'ink');
}

function outputTable({ math, model, hidden }: Contents): Markup {
  return vectorTable(model.classes, 'Forward', [
    { key: 'labels', head: math('labelsSymbol'), kind: 'flag' },
    { key: 'v', head: math('vSymbol', hidden.length), kind: 'signed' },
    { key: 'y', head: math('ySymbol'), kind: 'share' },
  ]);
}
