import { argmax, type Floats, largestMagnitude } from '../../layers/floats.js';
import { inputsOf, type Parameters } from '../../network.js';
import { counted, figure, percent, typeset } from '../../text/numbers.js';
import { paintMap } from './draw.js';
import type { PageModel } from './model.js';
import { afterStep, type Passes, runPasses } from './passes.js';
import { markRows, showNumber, showVector } from './vectors.js';

/** One step of SGD on the drawing: shown for the chosen label, taken on a copy of the model. */
export class Lesson {
  readonly #model: PageModel;
  readonly #host: HTMLElement = document.querySelector('#pad-lesson')!;
  readonly #rate: HTMLInputElement = document.querySelector('#pad-rate')!;
  readonly #onStep: (parameters: Parameters) => void;
  #parameters: Parameters;
  #after: Parameters | undefined;
  #pixels: Uint8Array | undefined;
  #label: number | undefined;
  #steps = 0;

  /** @param onStep is told the parameters after every step and reset */
  constructor(model: PageModel, onStep: (parameters: Parameters) => void) {
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
  get parameters(): Parameters {
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
    const taken = `${counted(this.#steps, 'step')} taken.`;
    const text = this.#steps === 0 ? 'The model is the saved one again.' : taken;
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
    const before = runPasses(this.#parameters, shape, this.#pixels!, label);
    this.#after = afterStep(this.#parameters, shape, before.gradient, rate);
    const after = runPasses(this.#after, shape, this.#pixels!, label);
    this.#showTable(before, after);
    showVector(this.#host, 'dv', before.d.dv);
    showVector(this.#host, 'yAfter', after.activations.y);
    markRows(this.#host, { label, answer: argmax(after.activations.v) });
    this.#showPictures(before.gradient.weight);
  }

  #showTable(before: Passes, after: Passes): void {
    for (const [when, { L, activations }] of Object.entries({ before, after })) {
      const place = (name: string): Element | null =>
        this.#host.querySelector(`#pad-${name}-${when}`);
      showNumber(place('L'), L, figure(L));
      showNumber(place('loss'), -L, figure(0 - L));
      const best = argmax(activations.v);
      const share = typeset(percent(activations.y[best]!, 1));
      place('answer')!.textContent = `${best} with ${share}`;
    }
  }

  #showPictures(dw: Floats): void {
    const { shape } = this.#model;
    const D = inputsOf(shape);
    const largest = largestMagnitude(dw);
    for (const canvas of this.#host.querySelectorAll<HTMLCanvasElement>('[data-pad-dw]')) {
      const i = Number(canvas.dataset.padDw);
      paintMap(canvas, shape, dw.subarray(i * D, (i + 1) * D), largest);
    }
  }
}
