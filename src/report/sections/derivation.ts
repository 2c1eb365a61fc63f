import { html, type Markup, NOTHING } from '../html.js';
import type { PagePicture } from '../page-data.js';
import { backwardSteps } from './derivation-backward.js';
import { type Contents, formula, heatMap, section, step } from './parts.js';
import { vectorTable } from './vectors.js';

/** Unsure and mistaken pictures to choose from, of each kind. */
const OFFERED = 6;

/** The seminar's derivation for a chosen picture, with its numbers. */
export function derivation(contents: Contents): Markup {
  const { math, model } = contents;
  const lead = html`The seminar’s backward pass, step by step, in its order and letters, with the numbers of
one picture. Classes count from 0, pixels row by row from 0.`;
  return section(
    'derivation',
    'The derivation, with numbers',
    lead,
    html`${picker(contents)}
${controls(contents)}
<ol class="steps">${forwardSteps(contents)}${backwardSteps(math, model.classes)}</ol>`,
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

function controls({ model, math }: Contents): Markup {
  const options = Array.from({ length: model.classes }, (_, i) => html`<option>${i}</option>`);
  return html`<div class="follow" role="group" aria-label="What to follow">
<span><label for="derivation-class">Follow class ${math('iSymbol')} =</label> <select id="derivation-class">${options}</select></span>
<span>and pixel <output id="derivation-pixel"></output> <span class="quiet">press any picture below to choose another, or
move with the arrow keys</span></span></div>`;
}

function forwardSteps({ math, model }: Contents): Markup {
  return html`${step(
    'Forward: L and everything on the way',
    html`<p>The picture’s rows, one behind the other, become the vector ${math('uSymbol')}.</p>
${formula(math('reshape'))}${formula(math('reshapeNumbers'))}
<p>A weighted sum for each class:</p>${formula(math('linear'))}${formula(math('linearNumbers'))}
<p>Scores become probabilities that sum to 1:</p>${formula(math('softmax'))}${formula(math('softmaxNumbers'))}
<p>And ${math('LSymbol')} is the logarithm of the right class’s probability, in nats:</p>
${formula(math('likelihood'))}${formula(math('likelihoodNumbers'))}`,
    html`${heatMap('x', 'x, the picture', math('xSymbol'), 'ink')}
${vectorTable(model.classes, 'Forward', [
  { key: 'labels', head: math('labelsSymbol'), kind: 'flag' },
  { key: 'v', head: math('vSymbol'), kind: 'signed' },
  { key: 'y', head: math('ySymbol'), kind: 'share' },
])}`,
  )}`;
}
