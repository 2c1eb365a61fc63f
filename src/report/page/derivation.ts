import { type Derivation, derive, deriveForward } from '../../derivation.js';
import { pictureOf, type Sample, sampleOf } from '../../images.js';
import { argmax, type Floats, largestMagnitude } from '../../layers/floats.js';
import { inputsOf } from '../../network.js';
import type { Copy } from './copy.js';
import { paintInk, paintMap } from './draw.js';
import { type PageModel, pixelsOf } from './model.js';
import { figure, percent, typeset } from './numbers.js';
import { type Pixel, PixelPicker } from './pick-pixel.js';
import { cellsFor, paintStrongest, paintUnits } from './units.js';
import { markRows, showNumber, showTerms, showVector, strongest } from './vectors.js';
import { fill, nameOf, WORDS } from './words.js';

/** A picture's derivation and its one-hot labels. */
type Followed = Derivation & Pick<Sample, 'labels'>;

/** What is followed: a place among the page's pictures, or what is drawn on the pad. */
type Choice = number | 'drawing';

/** A linear layer in the derivation of the followed picture. */
interface FollowedLayer {
  readonly weight: Float64Array;
  readonly bias: Float64Array;
  /** u, or the h below, and the derivative by it. */
  readonly input: Float64Array;
  readonly dinput: Float64Array;
  readonly v: Float64Array;
  readonly dL_dv: Float64Array;
  readonly dL_dW: Float64Array;
}

/** The section that follows one picture through the derivation. */
export class DerivationSection {
  readonly #model: PageModel;
  readonly #copy: Copy;
  readonly #section: Element = document.querySelector('#derivation')!;
  readonly #select: HTMLSelectElement = document.querySelector('#derivation-class')!;
  readonly #pixels: PixelPicker;
  /** Shows one choice in the cells of a hidden layer, or in a matrix: all that are not pixels. */
  readonly #frames: (() => void)[] = [];
  #choice: Choice | undefined;
  #followed: Followed | undefined;
  #drawing: { readonly pixels: Uint8Array; readonly label: number | undefined } | undefined;
  /** Component followed of u, of each h, and of y: pixel j, the units, class i. */
  readonly #at: number[];

  constructor(model: PageModel, copy: Copy) {
    this.#model = model;
    this.#copy = copy;
    const { shape } = model;
    const hidden = shape.hidden ?? [];
    this.#at = new Array(hidden.length + 2).fill(0);
    this.#pixels = new PixelPicker(this.#all('[data-map], [data-dw]'), shape, (pixel, canvas) => {
      this.#at[0] = pixel.row * shape.columns + pixel.column;
      const { dw, unit } = canvas.dataset;
      if (dw !== undefined) this.#at[1] = Number(unit ?? dw);
      this.#showChoice();
    });
    for (const [l, units] of hidden.entries()) this.#listenToUnits(l, units);
    this.#select.addEventListener('change', () => this.#follow(-1, this.#select.selectedIndex));
    this.#section.addEventListener('click', (event) => {
      const row = (event.target as Element).closest<HTMLElement>('tr[data-class]');
      if (row) this.#follow(-1, Number(row.dataset.class));
    });
    for (const button of this.#section.querySelectorAll<HTMLButtonElement>('[data-choice]')) {
      if (button.dataset.choice === 'drawing') {
        button.addEventListener('click', () => this.chooseDrawing());
        continue;
      }
      const at = Number(button.dataset.choice);
      const canvas = button.querySelector('canvas')!;
      paintInk(canvas, model.shape, pixelsOf(model, model.pictures[at]!));
      button.addEventListener('click', () => this.choose(at));
    }
    copy.onChange(() => this.#derive());
  }

  /** Follows the picture at this place of the page's pictures. */
  choose(at: number): void {
    this.#choose(at);
  }

  /** Follows what is drawn on the pad, where there is something. */
  chooseDrawing(): void {
    if (this.#drawing) this.#choose('drawing');
  }

  /** @param label what it is, where the user has said so */
  setDrawing(pixels: Uint8Array | undefined, label: number | undefined): void {
    this.#drawing = pixels && { pixels, label };
    for (const element of this.#section.querySelectorAll<HTMLElement>('[data-drawing]')) {
      element.hidden = !pixels;
    }
    if (pixels) {
      const canvas = this.#section.querySelector<HTMLCanvasElement>(
        '[data-choice=drawing] canvas',
      )!;
      paintInk(canvas, this.#model.shape, pixels);
    }
    if (this.#choice === 'drawing') this.#derive();
  }

  #choose(choice: Choice): void {
    this.#choice = choice;
    this.#derive();
    const followed = this.#followed!;
    // Where there is something to tell: ink or a unit that is on, and a say in the answer.
    for (const [l, { input, dinput }] of this.#layers(followed).entries()) {
      this.#at[l] = strongest(
        input.map((u, j) => u * dinput[j]!),
        1,
      )[0]!;
    }
    this.#at[this.#at.length - 1] = argmax(followed.labels);
    for (const button of this.#section.querySelectorAll<HTMLElement>('[data-choice]')) {
      button.setAttribute('aria-pressed', String(button.dataset.choice === String(choice)));
    }
    this.#showChoice();
  }

  /** Shows the derivation of what is chosen, by the parameters that answer now. */
  #derive(): void {
    const subject = this.#subject();
    if (!subject) return;
    const { pixels, label } = subject;
    const { x, labels } = sampleOf(pixels, label, this.#model.shape);
    const followed = { ...derive(this.#copy.parameters, x, labels), labels };
    this.#followed = followed;
    const predicted = argmax(followed.v);
    const share = percent(followed.y[predicted]!, 1);
    this.#section.querySelector('#derivation-chosen')!.textContent = fill(subject.text, {
      index: subject.index,
      label: nameOf(label),
      predicted: nameOf(predicted),
      share,
    });
    this.#showPictures(pixels, followed);
    this.#showHidden(followed);
    this.#showVectors(followed);
    markRows(this.#section, { label, answer: predicted });
    this.#showChoice();
  }

  /** Pixels, class and name of what is chosen; undefined where that has gone. */
  #subject(): { pixels: Uint8Array; label: number; index: number; text: string } | undefined {
    if (this.#choice === undefined) return undefined;
    if (this.#choice !== 'drawing') {
      const picture = this.#model.pictures[this.#choice]!;
      const { index, label } = picture;
      return { pixels: pixelsOf(this.#model, picture), label, index, text: WORDS.chosen };
    }
    if (!this.#drawing) return undefined;
    const { pixels, label } = this.#drawing;
    if (label !== undefined) return { pixels, label, index: -1, text: WORDS.drawing };
    // Without a label there is no L: then what the answer says is taken for right.
    const { v } = deriveForward(this.#copy.parameters, pictureOf(pixels, this.#model.shape));
    return { pixels, label: argmax(v), index: -1, text: WORDS.drawingUnsaid };
  }

  /** Cells of hidden layer `l`, the matrix of the layer above, and the field with the unit's number. */
  #listenToUnits(l: number, units: number): void {
    const n = l + 1;
    const field = this.#section.querySelector<HTMLInputElement>(`#derivation-unit${n}`)!;
    field.addEventListener('input', () => {
      if (field.value !== '' && field.checkValidity()) this.#follow(n, field.valueAsNumber);
    });
    const cells = cellsFor(units);
    const canvases = ['v', 'h', 'dh', 'dv'].map((key) => `[data-units="${key}${n}"]`);
    const unitPicker = new PixelPicker(this.#all(canvases.join()), cells, ({ row, column }) => {
      this.#follow(n, Math.min(units - 1, row * cells.columns + column));
    });
    const { hidden, classes } = this.#model.shape;
    const matrix = { rows: hidden![n] ?? classes, columns: units };
    const matrixPicker = new PixelPicker(
      this.#all(`[data-matrix="${n + 1}"]`),
      matrix,
      ({ row, column }) => {
        this.#at[n] = column;
        this.#follow(n + 1, row);
      },
    );
    this.#frames.push(() => {
      const unit = this.#at[n]!;
      unitPicker.show({ row: Math.floor(unit / cells.columns), column: unit % cells.columns });
      matrixPicker.show({ row: this.#at[n + 1]!, column: unit });
      if (document.activeElement !== field) field.value = String(unit);
    });
  }

  /** @param place in `#at`; −1 for the class */
  #follow(place: number, at: number): void {
    this.#at[place < 0 ? this.#at.length - 1 : place] = at;
    this.#showChoice();
  }

  #all(selector: string): NodeListOf<HTMLCanvasElement> {
    return this.#section.querySelectorAll<HTMLCanvasElement>(selector);
  }

  /** The linear layers from the picture's side. */
  #layers(followed: Followed): FollowedLayer[] {
    const { hidden, u, dL_du } = followed;
    return this.#copy.parameters.linear.map(({ weight, bias }, l) => {
      const { v, dL_dv, dL_dW } = hidden[l] ?? followed;
      const below = hidden[l - 1];
      const [input, dinput] = below ? [below.h, below.dL_dh] : [u, dL_du];
      return { weight, bias, input, dinput, v, dL_dv, dL_dW };
    });
  }

  #showPictures(pixels: Uint8Array, followed: Followed): void {
    const { shape } = this.#model;
    const canvas = (name: string): HTMLCanvasElement => this.#section.querySelector(name)!;
    paintInk(canvas('[data-map=x]'), shape, pixels);
    paintMap(canvas('[data-map=dx]'), shape, followed.dL_dx.values);
    const { dL_dv, dL_dW } = this.#layers(followed)[0]!;
    const largest = largestMagnitude(dL_dW);
    if (followed.hidden.length > 0) {
      paintStrongest(this.#all('[data-dw]'), shape, dL_dv, dL_dW, largest);
      return;
    }
    const D = inputsOf(shape);
    for (let i = 0; i < shape.classes; i++) {
      const part = dL_dW.subarray(i * D, (i + 1) * D);
      paintMap(canvas(`[data-dw="${i}"]`), shape, part, largest);
    }
  }

  /** The numbers of hidden layers, and the matrices above them. */
  #showHidden(followed: Followed): void {
    for (const [l, { v, h, dL_dh, dL_dv }] of followed.hidden.entries()) {
      for (const [key, values] of Object.entries({ v, h, dh: dL_dh, dv: dL_dv })) {
        for (const canvas of this.#all(`[data-units="${key}${l + 1}"]`)) paintUnits(canvas, values);
      }
      const on = v.filter((score) => score > 0).length;
      showNumber(this.#section.querySelector(`#derivation-on${l + 1}`), on, String(on));
    }
    for (const [l, { v, input, dL_dW }] of this.#layers(followed).entries()) {
      for (const canvas of this.#all(`[data-matrix="${l + 1}"]`)) {
        paintMap(canvas, { rows: v.length, columns: input.length }, dL_dW);
      }
    }
  }

  #showVectors(followed: Followed): void {
    const { labels, v, y, dL_dy, dy_dv, dL_dv_by_jacobian: product, dL_dv } = followed;
    const vectors = { labels, v, y, dy: dL_dy, product, dv: dL_dv };
    for (const [key, values] of Object.entries(vectors)) showVector(this.#section, key, values);
    const { classes: K } = this.#model.shape;
    for (const cell of this.#section.querySelectorAll<HTMLElement>('[data-jacobian]')) {
      const entry = dy_dv[Number(cell.dataset.jacobian)]!;
      // In hundredths: ten columns have no room for more on a phone.
      cell.textContent = typeset((100 * entry).toFixed(0).replace(/^-0$/, '0'));
      cell.title = figure(entry);
      // Entries are at most 1/4; the square root lets small ones be seen.
      cell.style.setProperty('--strength', String(Math.min(1, 2 * Math.sqrt(Math.abs(entry)))));
      cell.classList.toggle('minus', entry < 0);
    }
    let difference = 0;
    for (let i = 0; i < K; i++)
      difference = Math.max(difference, Math.abs(product[i]! - dL_dv[i]!));
    const place = (name: string): Element | null => this.#section.querySelector(name);
    showNumber(place('#derivation-difference'), difference, figure(difference));
    for (const [l, { dL_dW }] of this.#layers(followed).entries()) {
      const norm = Math.sqrt(sumOfSquares(dL_dW));
      showNumber(place(`#derivation-norm${this.#numberOf(l)}`), norm, figure(norm));
    }
  }

  /** What hangs on the class, the units and the pixel that are followed. */
  #showChoice(): void {
    const followed = this.#followed;
    if (!followed) return;
    const { columns } = this.#model.shape;
    const layers = this.#layers(followed);
    this.#showTerms(layers);
    const j = this.#at[0]!;
    const pixel: Pixel = { row: Math.floor(j / columns), column: j % columns };
    this.#pixels.show(pixel);
    for (const show of this.#frames) show();
    const i = this.#at.at(-1)!;
    this.#select.selectedIndex = i;
    const words = fill(WORDS.pixel, { j, ...pixel });
    this.#section.querySelector('#derivation-pixel')!.textContent = words;
    markRows(this.#section, { followed: i });
    const numbers = { ...pixel, ...outputNumbers(followed, i) };
    for (const [l, layer] of layers.entries()) {
      Object.assign(
        numbers,
        layerNumbers(layer, this.#at[l + 1]!, this.#at[l]!, l, this.#numberOf(l)),
      );
    }
    for (const [name, value] of Object.entries(numbers)) {
      const text = Number.isInteger(value) ? String(value) : figure(value);
      for (const slot of this.#section.querySelectorAll(`.slot-${name}`)) slot.textContent = text;
    }
  }

  /** The terms of the followed score, and of the derivative by each followed component. */
  #showTerms(layers: readonly FollowedLayer[]): void {
    for (const [l, { weight, input, dL_dv }] of layers.entries()) {
      const j = this.#at[l]!;
      const wij = dL_dv.map((_, i) => weight[i * input.length + j]!);
      const term = wij.map((w, i) => w * dL_dv[i]!);
      if (l < layers.length - 1) {
        showTerms(this.#section, `dinput${l + 1}`, { wij, dv: dL_dv, term });
        continue;
      }
      showVector(this.#section, 'wij', wij);
      showVector(this.#section, 'term', term);
      const i = this.#at[l + 1]!;
      const row = weight.subarray(i * input.length, (i + 1) * input.length);
      const terms = row.map((w, j) => w * input[j]!);
      showTerms(this.#section, 'v', { wij: row, input, term: terms });
    }
  }

  /** What letters of linear layer `l` have: without hidden layers nothing. */
  #numberOf(l: number): string {
    return this.#at.length === 2 ? '' : String(l + 1);
  }
}

/** The numbers in the formulas for y and L, by the names of their slots in `formulas.ts`. */
function outputNumbers({ y, L, dL_dy, labels }: Followed, i: number): Record<string, number> {
  const label = argmax(labels);
  return {
    label,
    L,
    yi: y[i]!,
    ylabel: y[label]!,
    dylabel: dL_dy[label]!,
    labeli: labels[i]!,
  };
}

/**
 * Those in the formulas of linear layer `l`.
 *
 * @param i the layer's score that is followed, and j the component of its input
 * @param n what its letters carry
 */
function layerNumbers(
  { bias, input, dinput, v, dL_dv, dL_dW }: FollowedLayer,
  i: number,
  j: number,
  l: number,
  n: string,
): Record<string, number> {
  const bi = bias[i]!;
  const below =
    l === 0
      ? { j, uj: input[j]!, duj: dinput[j]! }
      : { [`hi${l}`]: input[j]!, [`dhi${l}`]: dinput[j]!, [`on${l}`]: input[j]! > 0 ? 1 : 0 };
  const at = i * input.length + j;
  return {
    ...below,
    [`i${n}`]: i,
    [`bi${n}`]: bi,
    [`wu${n}`]: v[i]! - bi,
    [`vi${n}`]: v[i]!,
    [`dvi${n}`]: dL_dv[i]!,
    [`dwij${n}`]: dL_dW[at]!,
  };
}

function sumOfSquares(values: Floats): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}
