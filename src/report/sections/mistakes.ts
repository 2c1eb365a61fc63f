import { percent, typeset } from '../../text/numbers.js';
import { html, type Markup } from '../html.js';
import type { PagePicture } from '../page-data.js';
import { type Contents, section } from './parts.js';

/** The mistakes that the model was surest of. */
export function mistakeList({ mistakes, pictures }: Contents): Markup {
  const lead =
    mistakes.length === 0
      ? html`There is none: every image was classified rightly.`
      : html`Wrong, and sure of it: the highest probability of a wrong class first. Press a picture to follow
it through the derivation.`;
  const items = mistakes.flatMap(({ index }) => {
    const at = pictures.findIndex((picture) => picture.index === index);
    return at < 0 ? [] : [html`<li>${thumbnail(pictures[at]!, at)}</li>`];
  });
  return section(
    'mistakes',
    'Its most confident mistakes',
    lead,
    html`<ul class="thumbnails wide">${items}</ul>`,
  );
}

/** A picture as a button that leads to the derivation; the script draws it. */
function thumbnail({ index, label, predicted, probability }: PagePicture, at: number): Markup {
  const share = typeset(percent(probability, 1));
  return html`<button type="button" class="thumbnail" data-picture="${at}" aria-label="Image ${index}: a ${label} taken for ${predicted} with ${share}. Follow it through the derivation"><canvas class="ink" aria-hidden="true"></canvas><span><b>${label}</b> taken for <b>${predicted}</b></span><span class="quiet">${share} · №\u00a0${index}</span></button>`;
}
