import { html, type Markup, NOTHING } from '../html.js';
import { type Contents, formula, section } from './parts.js';
import { vectorTable } from './vectors.js';
import { legend, pictureGrid, strongestUnits } from './weights.js';

/** The pad to draw on, what the network makes of it, and one step of training on it. */
export function pad(contents: Contents): Markup {
  const { math, model, hidden } = contents;
  const lead = html`Draw one digit, large, with the mouse or a finger. It is made into a picture like the
training images and goes through the same code as in the program.`;
  return section(
    'pad',
    'Try it: draw',
    lead,
    html`<div class="pad">
${drawing()}
<div class="answer">
<div class="seen"><figure><canvas class="ink" id="pad-seen" role="img" aria-label="What the network sees"></canvas>
<figcaption>what it sees: cropped, scaled, centred</figcaption></figure>
<p class="verdict" aria-live="polite"><span class="quiet">it says</span> <output id="pad-answer">–</output> <span id="pad-sure" class="quiet"></span></p></div>
${vectorTable(model.classes, 'Scores and probabilities of your drawing', [
  { key: 'v', head: math('vSymbol', hidden.length), kind: 'signed' },
  { key: 'y', head: math('ySymbol'), kind: 'share' },
])}
</div></div>
${lesson(contents)}`,
  );
}

function drawing(): Markup {
  return html`<div class="drawing">
<div class="sheet"><canvas class="ink" id="pad-canvas" tabindex="0" role="application" aria-label="Drawing pad" aria-describedby="pad-keys"></canvas><span id="pad-pen" aria-hidden="true" hidden></span></div>
<div class="buttons"><button type="button" id="pad-undo">Undo</button><button type="button" id="pad-clear">Clear</button></div>
<p class="quiet" id="pad-keys">With keys: arrows move the pen, Space puts it down or lifts it, Backspace takes
back a stroke, Delete clears.</p>
<p class="quiet" id="pad-pen-state" role="status"></p></div>`;
}

function lesson({ math, model, hidden, learningRate }: Contents): Markup {
  const { classes } = model;
  const last = hidden.length;
  const labels = Array.from(
    { length: classes },
    (_, i) =>
      html`<label><input type="radio" name="pad-label" value="${i}"><span>${i}</span></label>`,
  );
  return html`<div class="lesson">
<h3>Teach it</h3>
<fieldset id="pad-labels"><legend>What did you draw?</legend><div class="labels">${labels}</div></fieldset>
<div id="pad-lesson" hidden>
<div class="columns"><div>
<p>The gradient for your drawing, and what one step of training on it alone would change:</p>
${Array.from({ length: last + 1 }, (_, l) => formula(math('step', l)))}
<p class="rate"><label for="pad-rate">Learning rate ${math('etaSymbol')}</label>
<input type="number" id="pad-rate" min="0" step="any" value="${learningRate}"></p>
<table class="plain before-after"><caption>One step</caption>
<thead><tr><td></td><th scope="col">before</th><th scope="col">after</th></tr></thead><tbody>
<tr><th scope="row">${math('LSymbol')}, raised</th><td><data id="pad-L-before"></data></td><td><data id="pad-L-after"></data></td></tr>
<tr><th scope="row">loss ${math('minusLSymbol')}, lowered</th><td><data id="pad-loss-before"></data></td><td><data id="pad-loss-after"></data></td></tr>
<tr><th scope="row">answer</th><td id="pad-answer-before"></td><td id="pad-answer-after"></td></tr></tbody></table>
<div class="buttons"><button type="button" id="pad-step" class="primary">Take this step</button><button type="button" id="pad-reset">Reset the model</button></div>
<p class="quiet" id="pad-steps" role="status"></p>
<p class="quiet">Steps change a copy in this page’s memory. The model file stays as it is, and a reload
forgets them.</p></div>
${vectorTable(classes, 'The gradient by class, and the step’s effect', [
  { key: 'dv', head: html`${math('dvSymbol', last)} = ${math('dbSymbol', last)}`, kind: 'signed' },
  { key: 'yAfter', head: math('yAfterSymbol'), kind: 'share' },
])}</div>
<p>${math('dWSymbol', 0)}, times ${math('etaSymbol')} what is added to the weights${hidden[0] === undefined ? NOTHING : html`, of the units that change most`}. ${legend('this weight grows', 'it shrinks')}</p>
${
  hidden[0] === undefined
    ? pictureGrid(classes, 'pad-dw', (i) => `Change of the weights of class ${i}`)
    : strongestUnits('pad-dw', hidden[0])
}
</div></div>`;
}
