import { type Derivation, derive } from '../../derivation.js';
import { type Sample, sampleOf } from '../../images.js';
import { argmax, type Floats, largestMagnitude } from '../../layers/floats.js';
import { inputsOf } from '../../network.js';
import { figure, percent, typeset } from '../../text/numbers.js';
import { paintInk, paintMap } from './draw.js';
import { type PageModel, pixelsOf } from './model.js';
import { type Pixel, PixelPicker } from './pick-pixel.js';
import { markRows, showNumber, showVector } from './vectors.js';

/** A picture's derivation and its one-hot labels. */
type Followed = Derivation & Pick<Sample, 'labels'>;

/** The section that follows one picture through the derivation. */
export class DerivationSection {
  readonly #model: PageModel;
  readonly #section: Element = document.querySelector('#derivation')!;
  readonly #select: HTMLSelectElement = document.querySelector('#derivation-class')!;
  readonly #picker: PixelPicker;
  #followed: Followed | undefined;
  /** j, as row and column. */
  #pixel: Pixel = { row: 0, column: 0 };
  /** i. */
  #class = 0;

  constructor(model: PageModel) {
    this.#model = model;
    const canvases = this.#section.querySelectorAll<HTMLCanvasElement>('[data-map], [data-dw]');
    this.#picker = new PixelPicker(canvases, model.shape, (pixel, { dataset }) => {
      this.#pixel = pixel;
      if (dataset.dw !== undefined) this.#class = Number(dataset.dw);
      this.#showChoice();
    });
    this.#select.addEventListener('change', () => {
      this.#class = this.#select.selectedIndex;
      this.#showChoice();
    });
    for (const button of this.#section.querySelectorAll<HTMLButtonElement>('[data-choice]')) {
      const at = Number(button.dataset.choice);
      const canvas = button.querySelector('canvas')!;
      paintInk(canvas, model.shape, pixelsOf(model, model.pictures[at]!));
      button.addEventListener('click', () => this.choose(at));
    }
  }

  /** Follows the picture at this place of the page's pictures. */
  choose(at: number): void {
    const picture = this.#model.pictures[at]!;
    const { shape, parameters } = this.#model;
    const pixels = pixelsOf(this.#model, picture);
    const { x, labels } = sampleOf(pixels, picture.label, shape);
    const followed = { ...derive(parameters, x, labels), labels };
    this.#followed = followed;
    this.#class = picture.label;
    this.#pixel = telling(followed, shape.columns);
    for (const button of this.#section.querySelectorAll<HTMLElement>('[data-choice]')) {
      button.setAttribute('aria-pressed', String(Number(button.dataset.choice) === at));
    }
    const share = typeset(percent(picture.probability, 1));
    this.#section.querySelector('#derivation-chosen')!.textContent =
      `Image № ${picture.index}: a ${picture.label}, taken for ${picture.predicted} with ${share}.`;
    this.#showPictures(pixels, followed);
    this.#showVectors(followed);
    markRows(this.#section, { label: picture.label, answer: picture.predicted });
    this.#showChoice();
  }

  #showPictures(pixels: Uint8Array, { dL_dW, dL_dx }: Derivation): void {
    const { shape } = this.#model;
    const D = inputsOf(shape);
    const canvas = (name: string): HTMLCanvasElement => this.#section.querySelector(name)!;
    paintInk(canvas('[data-map=x]'), shape, pixels);
    paintMap(canvas('[data-map=dx]'), shape, dL_dx.values);
    const largest = largestMagnitude(dL_dW);
    for (let i = 0; i < shape.classes; i++) {
      const part = dL_dW.subarray(i * D, (i + 1) * D);
      paintMap(canvas(`[data-dw="${i}"]`), shape, part, largest);
    }
  }

  #showVectors(followed: Followed): void {
    const { labels, v, y, dL_dy, dy_dv, dL_dv_by_jacobian: product, dL_dv, dL_dW } = followed;
    const vectors = { labels, v, y, dy: dL_dy, product, dv: dL_dv };
    for (const [key, values] of Object.entries(vectors)) showVector(this.#section, key, values);
    const { classes: K } = this.#model.shape;
    for (const cell of this.#section.querySelectorAll<HTMLElement>('[data-jacobian]')) {
      const entry = dy_dv[Number(cell.dataset.jacobian)]!;
      cell.textContent = typeset(entry.toFixed(2).replace(/^-?0\.00$/, '0'));
      cell.title = figure(entry);
      // Entries are at most 1/4; the square root lets small ones be seen.
      cell.style.setProperty('--strength', String(Math.min(1, 2 * Math.sqrt(Math.abs(entry)))));
      cell.classList.toggle('minus', entry < 0);
    }
    let difference = 0;
    for (let i = 0; i < K; i++)
      difference = Math.max(difference, Math.abs(product[i]! - dL_dv[i]!));
    const square = sumOfSquares(dL_dW);
    const place = (name: string): Element | null => this.#section.querySelector(name);
    showNumber(place('#derivation-difference'), difference, figure(difference));
    showNumber(place('#derivation-norm'), Math.sqrt(square), figure(Math.sqrt(square)));
  }

  /** What hangs on the class and the pixel that are followed. */
  #showChoice(): void {
    const followed = this.#followed;
    if (!followed) return;
    const { row, column } = this.#pixel;
    const { shape, parameters } = this.#model;
    const j = row * shape.columns + column;
    const D = inputsOf(shape);
    const wij = Float64Array.from(
      { length: shape.classes },
      (_, i) => parameters.weight[i * D + j]!,
    );
    showVector(this.#section, 'wij', wij);
    showVector(
      this.#section,
      'term',
      wij.map((w, i) => w * followed.dL_dv[i]!),
    );
    this.#picker.show(this.#pixel);
    this.#select.selectedIndex = this.#class;
    const words = `j = ${j} (row ${row}, column ${column})`;
    this.#section.querySelector('#derivation-pixel')!.textContent = words;
    markRows(this.#section, { followed: this.#class });
    const numbers = slotNumbers(followed, parameters.bias[this.#class]!, this.#class, j);
    for (const [name, value] of Object.entries({ ...numbers, row, column })) {
      const text = Number.isInteger(value) ? String(value) : figure(value);
      for (const slot of this.#section.querySelectorAll(`.slot-${name}`)) slot.textContent = text;
    }
  }
}

/** The numbers in the formulas, by the names of their slots in `formulas.ts`. */
function slotNumbers(
  { u, v, y, L, dL_dy, dL_dv, dL_du, dL_dW, labels }: Followed,
  bi: number,
  i: number,
  j: number,
): Record<string, number> {
  const label = argmax(labels);
  return {
    i,
    j,
    label,
    L,
    bi,
    uj: u[j]!,
    wu: v[i]! - bi,
    vi: v[i]!,
    yi: y[i]!,
    ylabel: y[label]!,
    dylabel: dL_dy[label]!,
    labeli: labels[i]!,
    dvi: dL_dv[i]!,
    duj: dL_du[j]!,
    dwij: dL_dW[i * u.length + j]!,
  };
}

/** A pixel with something to tell: ink on it, and a say in the answer. */
function telling({ u, dL_du }: Derivation, columns: number): Pixel {
  let best = 0;
  for (let j = 1; j < u.length; j++) {
    if (Math.abs(u[j]! * dL_du[j]!) > Math.abs(u[best]! * dL_du[best]!)) best = j;
  }
  return { row: Math.floor(best / columns), column: best % columns };
}

function sumOfSquares(values: Floats): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}
