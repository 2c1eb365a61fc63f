import { html, type Markup, NOTHING } from '../html.js';
import type { PageWords } from '../words/words.js';
import { type Contents, changedCopy, formula, nameOf, section } from './parts.js';
import { vectorTable } from './vectors.js';
import { legend, pictureGrid, strongestUnits } from './weights.js';

/** The pad to draw on, what the network makes of it, and one step of training on it. */
export function pad(contents: Contents): Markup {
  const { math, model, hidden, words } = contents;
  return section(
    'pad',
    words.padHeading,
    html`${words.padLead(contents.classNames === undefined)}`,
    html`<div class="pad">
${drawing(words)}
<div class="answer">
<div class="seen"><figure><canvas class="ink" id="pad-seen" role="img" aria-label="${words.seen}"></canvas>
<figcaption>${words.seenCaption}</figcaption></figure>
<p class="verdict" aria-live="polite"><span class="quiet">${words.itSays}</span> <output id="pad-answer">–</output> <span id="pad-sure" class="quiet"></span></p>
<div class="remarks"><p class="warning" id="pad-warning" role="status" hidden></p>
${changedCopy(words)}</div></div>
${vectorTable(
  model.classes,
  words.padTable,
  [
    { key: 'v', head: math('vSymbol', hidden.length), kind: 'signed' },
    { key: 'y', head: math('ySymbol'), kind: 'share' },
  ],
  words,
)}
</div></div>
${lesson(contents)}`,
  );
}

function drawing(words: PageWords): Markup {
  return html`<div class="sheet" id="pad-sheet"><canvas class="ink" id="pad-canvas" tabindex="0" role="application" aria-label="${words.padName}" aria-describedby="pad-keys"></canvas><span id="pad-pen" aria-hidden="true" hidden></span></div>
<div class="buttons tools"><button type="button" id="pad-undo">${words.undo}</button><button type="button" id="pad-clear">${words.clear}</button><button type="button" id="pad-choose">${words.choosePhoto}</button><input type="file" id="pad-file" accept="image/*" aria-label="${words.choosePhoto}" hidden><button type="button" id="pad-follow" disabled>${words.followDrawing}</button></div>
<p class="quiet keys" id="pad-keys">${words.keys}</p>
<p class="quiet pen-state" id="pad-pen-state" role="status"></p>`;
}

function lesson(contents: Contents): Markup {
  const { math, model, hidden, learningRate, words } = contents;
  const { classes, training } = model;
  const last = hidden.length;
  const labels = Array.from(
    { length: classes },
    (_, i) =>
      html`<label><input type="radio" name="pad-label" value="${i}"><span>${nameOf(contents, i)}</span></label>`,
  );
  const usual = training ? words.usualRate(learningRate, training.batchSize) : NOTHING;
  return html`<div class="lesson">
<h3>${words.teach}</h3>
<fieldset id="pad-labels"><legend>${words.whatDrawn}</legend><div class="labels">${labels}</div></fieldset>
<div id="pad-lesson" hidden>
<div class="columns"><div>
<p>${words.lesson}</p>
${Array.from({ length: last + 1 }, (_, l) => formula(math('step', l)))}
<p class="rate"><label for="pad-rate">${words.rate(math)}</label>
<input type="number" id="pad-rate" min="0" step="any" aria-describedby="pad-rate-error pad-rate-why">
<button type="button" id="pad-rate-own" hidden>${words.suggestRate}</button></p>
<p class="warning" id="pad-rate-error" role="alert" hidden></p>
<p class="quiet" id="pad-rate-why">${words.gentleRate(math)} ${usual}</p>
<table class="plain before-after"><caption>${words.oneStep}</caption>
<thead><tr><td></td><th scope="col">${words.before}</th><th scope="col">${words.after}</th></tr></thead><tbody>
<tr><th scope="row">${words.raisedL(math)}</th><td><data id="pad-L-before"></data></td><td><data id="pad-L-after"></data></td></tr>
<tr><th scope="row">${words.loweredLoss(math)}</th><td><data id="pad-loss-before"></data></td><td><data id="pad-loss-after"></data></td></tr>
<tr><th scope="row">${words.answer}</th><td id="pad-answer-before"></td><td id="pad-answer-after"></td></tr>
<tr><th scope="row">${words.othersRight}</th><td><data id="pad-others-before"></data></td><td><data id="pad-others-after"></data></td></tr></tbody></table>
<p class="quiet" id="pad-others" role="status"></p>
<div class="buttons"><button type="button" id="pad-step" class="primary">${words.takeStep}</button><button type="button" id="pad-reset" data-back>${words.backToTrained}</button></div>
<p class="quiet" id="pad-steps" role="status"></p>
<p class="quiet">${words.copy}</p></div>
${vectorTable(
  classes,
  words.lessonTable,
  [
    {
      key: 'dv',
      head: html`${math('dvSymbol', last)} = ${math('dbSymbol', last)}`,
      kind: 'signed',
    },
    { key: 'yAfter', head: words.yAfter(math), kind: 'share' },
  ],
  words,
)}</div>
<p>${words.added(math, hidden.length > 0, legend(words, ...words.weightGrows))}</p>
${
  hidden[0] === undefined
    ? pictureGrid(classes, 'pad-dw', (i) => nameOf(contents, i), words.changeOf)
    : strongestUnits('pad-dw', hidden[0], words)
}
</div></div>`;
}
