import { type Derivation, derive, deriveForward } from '../../derivation.js';
import { sampleOf } from '../../images.js';
import { argmax, largestMagnitude } from '../../layers/floats.js';
import { inputsOf, type Parameters } from '../../network.js';
import { afterStep } from '../../sgd.js';
import type { Copy } from './copy.js';
import { paintMap } from './draw.js';
import { gentleRate } from './gentle-rate.js';
import type { PageModel } from './model.js';
import { figure, percent } from './numbers.js';
import { Others } from './others.js';
import { paintStrongest } from './units.js';
import { clearVectors, markRows, showNumber, showVector } from './vectors.js';
import { fill, grouped, nameOf, WORDS } from './words.js';

/** One step of SGD on the drawing: shown for the chosen label, taken on a copy of the model. */
export class Lesson {
  readonly #model: PageModel;
  readonly #copy: Copy;
  readonly #others: Others;
  readonly #host: HTMLElement = document.querySelector('#pad-lesson')!;
  readonly #rate: HTMLInputElement = document.querySelector('#pad-rate')!;
  readonly #suggest: HTMLButtonElement = document.querySelector('#pad-rate-own')!;
  #after: Parameters<Float64Array> | undefined;
  #pixels: Uint8Array | undefined;
  #label: number | undefined;
  /** The user has given a rate, which then stays. */
  #ownRate = false;

  /** @param onLabel is told when the user says what was drawn */
  constructor(model: PageModel, copy: Copy, onLabel: () => void) {
    this.#model = model;
    this.#copy = copy;
    this.#others = new Others(model);
    const labels = document.querySelector<HTMLElement>('#pad-labels')!;
    for (const input of labels.querySelectorAll('input')) input.checked = false;
    labels.addEventListener('change', (event) => {
      this.#label = Number((event.target as HTMLInputElement).value);
      this.show();
      onLabel();
    });
    this.#rate.addEventListener('input', () => this.#useOwnRate(true));
    this.#suggest.addEventListener('click', () => {
      this.#useOwnRate(false);
      this.#rate.focus();
    });
    document.querySelector('#pad-step')!.addEventListener('click', () => {
      // The drawing may have changed a moment ago.
      this.show();
      if (this.#after) this.#copy.step(this.#after);
    });
    copy.onChange(() => this.show());
  }

  /** What the user says that the drawing is. */
  get label(): number | undefined {
    return this.#label;
  }

  /** Takes another drawing, to be shown by `show`: that is too much work for every move of a hand. */
  take(pixels: Uint8Array | undefined): void {
    this.#pixels = pixels;
    if (!pixels) this.show();
  }

  /** Shows the step for the drawing, and what it does to the other pictures. */
  show(): void {
    this.#showStep();
    this.#showEffect();
  }

  #showEffect(): void {
    const texts = { before: '–', after: '–' };
    let remark = '';
    if (this.#after) {
      const { before, after, lost, gained } = this.#others.effect(
        this.#copy.parameters,
        this.#after,
      );
      const all = grouped(this.#others.count);
      texts.before = fill(WORDS.ofAll, { count: grouped(before), all });
      texts.after = fill(WORDS.ofAll, { count: grouped(after), all });
      remark = fill(WORDS.stepEffect, { lost: grouped(lost), gained: grouped(gained) });
    }
    for (const [when, text] of Object.entries(texts)) {
      this.#host.querySelector(`#pad-others-${when}`)!.textContent = text;
    }
    this.#host.querySelector('#pad-others')!.textContent = remark;
  }

  #useOwnRate(own: boolean): void {
    this.#ownRate = own;
    this.#suggest.hidden = !own;
    this.show();
  }

  #showStep(): void {
    this.#after = undefined;
    const label = this.#label;
    this.#host.hidden = !this.#pixels || label === undefined;
    if (!this.#pixels || label === undefined) return;
    const { shape } = this.#model;
    const { x, labels } = sampleOf(this.#pixels, label, shape);
    const parameters = this.#copy.parameters;
    const before = derive(parameters, x, labels);
    const step = (rate: number): Parameters<Float64Array> =>
      afterStep(parameters, shape, before, rate);
    if (!this.#ownRate) {
      const yAfter = (rate: number): number => deriveForward(step(rate), x).y[label]!;
      const most = Math.max(1, this.#model.learningRate);
      this.#rate.value = String(gentleRate(yAfter, most));
    }
    this.#after = this.#hasRate() ? step(this.#rate.valueAsNumber) : undefined;
    document.querySelector<HTMLButtonElement>('#pad-step')!.disabled = !this.#after;
    const after = this.#after && derive(this.#after, x, labels);
    this.#showTable({ before, after });
    showVector(this.#host, 'dv', before.dL_dv);
    if (after) showVector(this.#host, 'yAfter', after.y);
    else clearVectors(this.#host, ['yAfter']);
    markRows(this.#host, { label, answer: after ? argmax(after.v) : -1 });
    this.#showPictures(before.hidden[0] ?? before);
  }

  /** Says so where the field has no rate: nothing, a word, or a number below 0. */
  #hasRate(): boolean {
    const error = document.querySelector<HTMLElement>('#pad-rate-error')!;
    const right = this.#rate.value !== '' && this.#rate.valueAsNumber >= 0;
    this.#rate.setAttribute('aria-invalid', String(!right));
    error.hidden = right;
    error.textContent = right ? '' : WORDS.badRate;
    return right;
  }

  #showTable(derivations: Readonly<Record<'before' | 'after', Derivation | undefined>>): void {
    for (const [when, derivation] of Object.entries(derivations)) {
      const place = (name: string): Element => this.#host.querySelector(`#pad-${name}-${when}`)!;
      if (!derivation) {
        for (const name of ['L', 'loss', 'answer']) place(name).textContent = '–';
        continue;
      }
      const { L, v, y } = derivation;
      showNumber(place('L'), L, figure(L));
      showNumber(place('loss'), -L, figure(0 - L));
      const best = argmax(v);
      const share = percent(y[best]!, 1);
      place('answer').textContent = fill(WORDS.answer, { answer: nameOf(best), share });
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
