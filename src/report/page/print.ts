import { paintAgain } from './draw.js';

/** Makes the page ready for paper, in light colours and with what was folded away, and back again. */
export function startPrinting(): void {
  let opened: HTMLDetailsElement[] = [];
  addEventListener('beforeprint', () => {
    document.documentElement.classList.add('printing');
    opened = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open])')];
    for (const details of opened) details.open = true;
    paintAgain();
  });
  addEventListener('afterprint', () => {
    document.documentElement.classList.remove('printing');
    for (const details of opened) details.open = false;
    paintAgain();
  });
}
