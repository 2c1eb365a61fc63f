import { html, type Markup } from '../html.js';
import type { PagePicture } from '../page-data.js';
import { type Contents, nameOf, section } from './parts.js';

/** The mistakes that the model was surest of. */
export function mistakeList(contents: Contents): Markup {
  const { mistakes, pictures, words } = contents;
  const lead = html`${words.mistakesLead(mistakes.length > 0)}`;
  const items = mistakes.flatMap(({ index }) => {
    const at = pictures.findIndex((picture) => picture.index === index);
    return at < 0 ? [] : [html`<li>${thumbnail(pictures[at]!, at, contents)}</li>`];
  });
  return section(
    'mistakes',
    words.mistakesHeading,
    lead,
    html`<ul class="thumbnails wide">${items}</ul>`,
  );
}

/** A picture as a button that leads to the derivation; the script draws it. */
function thumbnail(
  { index, label, predicted, probability }: PagePicture,
  at: number,
  contents: Contents,
): Markup {
  const { numbers, mistake, mistakeText } = contents.words;
  const [is, taken] = [nameOf(contents, label), nameOf(contents, predicted)];
  const share = numbers.typeset(numbers.percent(probability, 1));
  return html`<button type="button" class="thumbnail" data-picture="${at}" aria-label="${mistake(index, is, taken, share)}"><canvas class="ink" aria-hidden="true"></canvas><span>${mistakeText(is, taken)}</span><span class="quiet">${share} · №\u00a0${index}</span></button>`;
}
