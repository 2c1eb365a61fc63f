import type { Parameters } from '../../network.js';
import type { PageModel } from './model.js';
import { fillCounted, WORDS } from './words.js';

/**
 * The parameters that answer in the page: the trained model's, or those of a copy after the steps taken
 * here. Beside every answer stands which.
 */
export class Copy {
  readonly #trained: Parameters<Float64Array>;
  readonly #listeners: (() => void)[] = [];
  #parameters: Parameters<Float64Array>;
  #steps = 0;

  constructor({ parameters }: PageModel) {
    this.#trained = parameters;
    this.#parameters = parameters;
    for (const button of document.querySelectorAll('[data-back]')) {
      button.addEventListener('click', () => this.#goBack(button));
    }
  }

  get parameters(): Parameters<Float64Array> {
    return this.#parameters;
  }

  get isTrained(): boolean {
    return this.#steps === 0;
  }

  /** The listener is told of every step and of the way back. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Takes a step. */
  step(parameters: Parameters<Float64Array>): void {
    this.#parameters = parameters;
    this.#steps++;
    this.#changed();
  }

  #goBack(button: Element): void {
    this.#parameters = this.#trained;
    this.#steps = 0;
    this.#changed();
    // The button beside an answer has gone with its text, and the focus with it.
    if (!button.closest('[data-changed]')) return;
    const heading = button.closest('section')!.querySelector('h2')!;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }

  #changed(): void {
    const { savedAgain, steps } = WORDS;
    const text = this.isTrained ? savedAgain : fillCounted(steps, this.#steps);
    document.querySelector('#pad-steps')!.textContent = text;
    for (const element of document.querySelectorAll<HTMLElement>('[data-changed]')) {
      element.hidden = this.isTrained;
    }
    for (const listener of this.#listeners) listener();
  }
}
