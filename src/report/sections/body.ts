import { html, type Markup } from '../html.js';
import { confusion } from './confusion.js';
import { curves } from './curves.js';
import { derivation } from './derivation.js';
import { mistakeList } from './mistakes.js';
import { pad } from './pad.js';
import type { Contents } from './parts.js';
import { about, summary } from './summary.js';
import { weights } from './weights.js';

/** Everything between the body's tags but the script. */
export function body(contents: Contents): Markup {
  const { words } = contents;
  const links = Object.entries(words.links).map(
    ([id, name]) => html`<li><a href="#${id}">${name}</a></li>`,
  );
  return html`<a class="skip" href="#main">${words.skip}</a>
<nav class="contents" aria-label="${words.contents}"><ol>${links}</ol></nav>
<main id="main">
${summary(contents)}
<noscript><p class="note">${words.needsScript}</p></noscript>
${pad(contents)}
${about(contents)}
${curves(contents)}
${weights(contents)}
${confusion(contents)}
${mistakeList(contents)}
${derivation(contents)}
</main>
<footer><p>${words.footer(contents.program)}</p></footer>`;
}
