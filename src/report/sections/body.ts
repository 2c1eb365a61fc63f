import { html, type Markup } from '../html.js';
import { confusion } from './confusion.js';
import { curves } from './curves.js';
import { derivation } from './derivation.js';
import { mistakeList } from './mistakes.js';
import { pad } from './pad.js';
import type { Contents } from './parts.js';
import { summary } from './summary.js';
import { weights } from './weights.js';

const CONTENTS: readonly (readonly [id: string, name: string])[] = [
  ['curves', 'Curves'],
  ['weights', 'Weights'],
  ['confusion', 'Confusion'],
  ['mistakes', 'Mistakes'],
  ['derivation', 'Derivation'],
  ['pad', 'Draw'],
];

/** Everything between the body's tags but the script. */
export function body(contents: Contents): Markup {
  const links = CONTENTS.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`);
  return html`<a class="skip" href="#main">Skip to the contents</a>
<nav class="contents" aria-label="Contents"><ol>${links}</ol></nav>
<main id="main">
${summary(contents)}
<noscript><p class="note">The pictures, the derivation and the pad need JavaScript. It is inside this
file; nothing is fetched.</p></noscript>
${curves(contents)}
${weights(contents)}
${confusion(contents)}
${mistakeList(contents)}
${derivation(contents)}
${pad(contents)}
</main>
<footer><p>Made by <code>${contents.program}</code>. This file is complete: it loads nothing, sends
nothing and works without a network.</p></footer>`;
}
