import { type Derivation, derive } from '../../derivation.js';
import { sampleOf } from '../../images.js';
import { argmax, largestMagnitude } from '../../layers/floats.js';
import { inputsOf, type Parameters } from '../../network.js';
import { afterStep } from '../../sgd.js';
import { paintMap } from './draw.js';
import type { PageModel } from './model.js';
import { figure, percent } from './numbers.js';
import { paintStrongest } from './units.js';
import { markRows, showNumber, showVector } from './vectors.js';
import { fill, fillCounted, WORDS } from './words.js';

/** One step of SGD on the drawing: shown for the chosen label, taken on a copy of the model. */
export class Lesson {
  readonly #model: PageModel;
  readonly #host: HTMLElement = document.querySelector('#pad-lesson')!;
  readonly #rate: HTMLInputElement = document.querySelector('#pad-rate')!;
  readonly #onStep: (parameters: Parameters<Float64Array>) => void;
  #parameters: Parameters<Float64Array>;
  #after: Parameters<Float64Array> | undefined;
  #pixels: Uint8Array | undefined;
  #label: number | undefined;
  #steps = 0;

  /** @param onStep is told the parameters after every step and reset */
  constructor(model: PageModel, onStep: (parameters: Parameters<Float64Array>) => void) {
    this.#model = model;
    this.#parameters = model.parameters;
    this.#onStep = onStep;
    const labels = document.querySelector<HTMLElement>('#pad-labels')!;
    for (const input of labels.querySelectorAll('input')) input.checked = false;
    labels.addEventListener('change', (event) => {
      this.#label = Number((event.target as HTMLInputElement).value);
      this.#show();
    });
    this.#rate.addEventListener('input', () => this.#show());
    document.querySelector('#pad-step')!.addEventListener('click', () => this.#step());
    document.querySelector('#pad-reset')!.addEventListener('click', () => this.#reset());
  }

  /** The saved model's parameters, or those after the steps taken here. */
  get parameters(): Parameters<Float64Array> {
    return this.#parameters;
  }

  /** Shows the step for another drawing. */
  judge(pixels: Uint8Array | undefined): void {
    this.#pixels = pixels;
    this.#show();
  }

  #step(): void {
    if (!this.#after) return;
    this.#parameters = this.#after;
    this.#steps++;
    this.#changed();
  }

  #reset(): void {
    this.#parameters = this.#model.parameters;
    this.#steps = 0;
    this.#changed();
  }

  #changed(): void {
    const { savedAgain, steps } = WORDS;
    const text = this.#steps === 0 ? savedAgain : fillCounted(steps, this.#steps);
    this.#host.querySelector('#pad-steps')!.textContent = text;
    this.#onStep(this.#parameters);
    this.#show();
  }

  #show(): void {
    const rate = this.#rate.valueAsNumber;
    const ready = this.#pixels !== undefined && this.#label !== undefined;
    this.#host.hidden = !ready;
    this.#after = undefined;
    if (!ready || !(rate >= 0 && Number.isFinite(rate))) return;
    const { shape } = this.#model;
    const label = this.#label!;
    const { x, labels } = sampleOf(this.#pixels!, label, shape);
    const before = derive(this.#parameters, x, labels);
    this.#after = afterStep(this.#parameters, shape, before, rate);
    const after = derive(this.#after, x, labels);
    this.#showTable(before, after);
    showVector(this.#host, 'dv', before.dL_dv);
    showVector(this.#host, 'yAfter', after.y);
    markRows(this.#host, { label, answer: argmax(after.v) });
    this.#showPictures(before.hidden[0] ?? before);
  }

  #showTable(before: Derivation, after: Derivation): void {
    for (const [when, { L, v, y }] of Object.entries({ before, after })) {
      const place = (name: string): Element | null =>
        this.#host.querySelector(`#pad-${name}-${when}`);
      showNumber(place('L'), L, figure(L));
      showNumber(place('loss'), -L, figure(0 - L));
      const best = argmax(v);
      const share = percent(y[best]!, 1);
      place('answer')!.textContent = fill(WORDS.answer, { answer: best, share });
    }
  }

  /** Of the first layer. */
  #showPictures({ dL_dv, dL_dW: dw }: Pick<Derivation, 'dL_dv' | 'dL_dW'>): void {
    const { shape } = this.#model;
    const D = inputsOf(shape);
    const largest = largestMagnitude(dw);
    const canvases = this.#host.querySelectorAll<HTMLCanvasElement>('[data-pad-dw]');
    if (shape.hidden) {
      paintStrongest(canvases, shape, dL_dv, dw, largest);
      return;
    }
    for (const canvas of canvases) {
      const i = Number(canvas.dataset.padDw);
      paintMap(canvas, shape, dw.subarray(i * D, (i + 1) * D), largest);
    }
  }
}
