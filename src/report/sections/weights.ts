import { html, type Markup } from '../html.js';
import { positionInWords } from '../moments.js';
import type { PageWords } from '../words/words.js';
import { type Contents, isKept, nameOf, section } from './parts.js';
import { unitGrid } from './units.js';

/** A picture of each class's weights, or of each hidden unit's, and the slider over the moments. */
export function weights(contents: Contents): Markup {
  const { snapshots, model, hidden, math, words } = contents;
  const { classes, metrics } = model;
  const units = hidden.length > 0;
  const heading = words.weightsHeading(units);
  const lead = words.weightsLead(math, legend(words, words.inkFor(units), words.inkAgainst));
  const grid = units
    ? unitGrid(contents)
    : pictureGrid(classes, 'weight', (i) => nameOf(contents, i), words.weightsOf);
  if (snapshots.length < 2) {
    return section(
      'weights',
      heading,
      lead,
      html`${grid}<p class="note">${words.oneMoment(metrics?.epoch)}</p>`,
    );
  }
  const kept = snapshots.findIndex((moment) => isKept(moment, model));
  return section(
    'weights',
    heading,
    html`${lead} ${words.moveSlider}`,
    html`<div class="slider">
<label for="weights-slider">${words.slider}</label>
<input type="range" id="weights-slider" min="0" max="${snapshots.length - 1}" step="1" value="${kept}">
<output for="weights-slider" id="weights-moment" data-moment></output>
<button type="button" id="weights-play" aria-pressed="false">${words.play}</button>
</div>
${grid}
<p class="note">${words.snapshots(positionInWords(snapshots[kept]!, words.script.position))}</p>`,
  );
}

/** One figure a class with an empty canvas, `data-NAME` its class. */
export function pictureGrid(
  count: number,
  name: string,
  caption: (i: number) => string,
  label: (caption: string) => string,
): Markup {
  const figures = Array.from(
    { length: count },
    (_, i) =>
      html`<figure><canvas class="map" data-${name}="${i}" role="img" aria-label="${label(caption(i))}"></canvas><figcaption>${caption(i)}</figcaption></figure>`,
  );
  return html`<div class="pictures">${figures}</div>`;
}

/** Pictures of the units of the first layer that have the largest gradient; the script names them. */
export function strongestUnits(name: string, units: number, words: PageWords): Markup {
  return pictureGrid(Math.min(10, units), name, String, () => words.unitGradient);
}

/** The two colours in words. */
export function legend(words: PageWords, positive: string, negative: string): Markup {
  const [orange, blue] = words.legend(positive, negative);
  return html`<span class="key"><span class="swatch positive" aria-hidden="true"></span>${orange}</span>;
<span class="key"><span class="swatch negative" aria-hidden="true"></span>${blue}</span>.`;
}
