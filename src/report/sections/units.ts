import { MOST_PICTURES } from '../contributions.js';
import { html, type Markup, NOTHING } from '../html.js';
import { type Contents, nameOf } from './parts.js';

/** Units shown before one asks for all: whole rows of twelve, and of five on a phone. */
const FIRST_SHOWN = 60;

/** The first hidden layer's units as pictures, which the script sorts and draws. */
export function unitGrid(contents: Contents): Markup {
  const { hidden, contributions, model, images, dataset, math, words } = contents;
  const H = hidden[0]!;
  const K = model.classes;
  const off = Array.from({ length: H }, (_, i) => i).filter((i) =>
    Array.from({ length: K }, (_, k) => contributions![k * H + i]!).every((added) => added === 0),
  ).length;
  const count = Math.min(MOST_PICTURES, images.count);
  const options = Array.from(
    { length: K },
    (_, k) => html`<option value="${k}">${words.className(nameOf(contents, k))}</option>`,
  );
  const figures = Array.from(
    { length: H },
    (_, i) =>
      html`<figure data-unit="${i}"><canvas class="map" data-weight="${i}" role="img" aria-label="${words.unitWeights(i)}"></canvas><figcaption>${i} <data></data></figcaption></figure>`,
  );
  const all = html`<p><button type="button" id="units-all" aria-expanded="false" aria-controls="units">${words.showAll(H)}</button></p>`;
  return html`<p><label for="units-order">${words.unitsOrder}</label>
<select id="units-order"><option value="">${words.anyClass}</option>${options}</select></p>
<p class="quiet">${words.contribution(math, hidden.length, count, images.count, dataset.split)}${off > 0 ? words.unitsOff(off, H) : NOTHING}</p>
<div class="pictures units" id="units" data-first="${FIRST_SHOWN}">${figures}</div>${H > FIRST_SHOWN ? all : NOTHING}`;
}

/** The numbers of a hidden layer, a cell for each unit, in which a unit is chosen. */
export function unitMap(key: string, name: string, caption: Markup): Markup {
  return html`<figure class="heat unit-cells"><canvas class="map pick" data-units="${key}" tabindex="0" role="application" aria-label="${name}"></canvas><figcaption>${caption}</figcaption></figure>`;
}

/** A matrix of a layer behind a hidden one, in which a row and a column are chosen. */
export function matrixMap(layer: number, name: string, caption: Markup): Markup {
  return html`<figure class="heat matrix"><canvas class="map pick" data-matrix="${layer}" tabindex="0" role="application" aria-label="${name}"></canvas><figcaption>${caption}</figcaption></figure>`;
}
