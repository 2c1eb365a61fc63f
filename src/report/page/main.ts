import { startConfusion } from './confusion.js';
import { Copy } from './copy.js';
import { DerivationSection } from './derivation.js';
import { paintInk } from './draw.js';
import { type PageModel, pixelsOf, readPageModel } from './model.js';
import { startPad } from './pad.js';
import { startPrinting } from './print.js';
import { startUnits } from './units.js';
import { startWeights } from './weights.js';

/** The script of the report: what the generator wrote as HTML comes to life here. */
start(readPageModel());

function start(model: PageModel): void {
  const copy = new Copy(model);
  const derivation = new DerivationSection(model, copy);
  const goToDerivation = (): void => {
    const heading = document.querySelector<HTMLElement>('#derivation-heading')!;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    heading.scrollIntoView();
  };
  const follow = (at: number): void => {
    derivation.choose(at);
    goToDerivation();
  };
  startWeights(model);
  startUnits(model);
  startConfusion(model, follow);
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-picture]')) {
    const at = Number(button.dataset.picture);
    const canvas = button.querySelector('canvas')!;
    paintInk(canvas, model.shape, pixelsOf(model, model.pictures[at]!));
    button.addEventListener('click', () => follow(at));
  }
  const first = document.querySelector<HTMLElement>('[data-choice]:not([data-choice=drawing])');
  if (first) derivation.choose(Number(first.dataset.choice));
  startPad(model, copy, derivation, goToDerivation);
  startPrinting();
}
