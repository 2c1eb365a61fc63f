import { html, type Markup, NOTHING } from '../html.js';
import { type Contents, section } from './parts.js';
import { unitGrid } from './units.js';

/** A picture of each class's weights, or of each hidden unit's, and the slider over the epochs. */
export function weights(contents: Contents): Markup {
  const { snapshots, model, hidden, epochs, math } = contents;
  const { classes, metrics } = model;
  const units = hidden.length > 0;
  const heading = units ? 'What each hidden unit looks for' : 'What each class looks for';
  const lead = html`Row ${math('iSymbol')} of ${math('WSymbol', 0)} laid out like the picture it is multiplied with.
${legend(`a pixel with ink there speaks for the ${units ? 'unit' : 'class'}`, 'against it')} All pictures share one scale.`;
  const grid = units
    ? unitGrid(contents)
    : pictureGrid(classes, 'weight', (i) => `Weights of class ${i}`);
  if (snapshots.length < 2) {
    return section(
      'weights',
      heading,
      lead,
      html`${grid}<p class="note">A model file holds the weights of one moment${
        metrics
          ? html`, here of epoch
${metrics.epoch}`
          : NOTHING
      }. <code>backprop-train --report</code> shows how they grew.</p>`,
    );
  }
  const kept = snapshots.findIndex(({ epoch }) => epoch === metrics?.epoch);
  const start = kept >= 0 ? kept : snapshots.length - 1;
  const missing = epochs.length + 1 > snapshots.length;
  return section(
    'weights',
    heading,
    html`${lead} Move the slider to see them grow.`,
    html`<div class="slider">
<label for="weights-slider">Epoch</label>
<input type="range" id="weights-slider" min="0" max="${snapshots.length - 1}" step="1" value="${start}">
<output for="weights-slider" id="weights-epoch"></output>
<button type="button" id="weights-play" aria-pressed="false">Play</button>
</div>
${grid}
<p class="note">Epoch 0 is before the first step. The model keeps the weights of epoch ${snapshots[start]!.epoch}.
Here they are rounded to 255 levels${missing ? html`, and ${snapshots.length} of ${epochs.length + 1} states are kept` : NOTHING}.</p>`,
  );
}

/** One figure a class with an empty canvas, `data-NAME` its class. */
export function pictureGrid(classes: number, name: string, label: (i: number) => string): Markup {
  const figures = Array.from(
    { length: classes },
    (_, i) =>
      html`<figure><canvas class="map" data-${name}="${i}" role="img" aria-label="${label(i)}"></canvas><figcaption>${i}</figcaption></figure>`,
  );
  return html`<div class="pictures">${figures}</div>`;
}

/** Pictures of the units of the first layer that have the largest gradient; the script names them. */
export function strongestUnits(name: string, units: number): Markup {
  return pictureGrid(Math.min(10, units), name, () => 'A hidden unit’s gradient');
}

/** The two colours in words. */
export function legend(positive: string, negative: string): Markup {
  return html`<span class="key"><span class="swatch positive" aria-hidden="true"></span>Orange: ${positive}</span>;
<span class="key"><span class="swatch negative" aria-hidden="true"></span>blue: ${negative}</span>.`;
}
