import { deriveForward } from '../../derivation.js';
import { pictureOf } from '../../images.js';
import { argmax } from '../../layers/floats.js';
import type { Parameters } from '../../network.js';
import { type PageModel, pixelsOf } from './model.js';

/** What a step does to the pictures of the page, on none of which it was taken. */
export interface Effect {
  /** Pictures answered rightly. */
  readonly before: number;
  readonly after: number;
  /** Right before and wrong after; the other way round. */
  readonly lost: number;
  readonly gained: number;
}

/** The pictures in the page, for a look at all of them at once. */
export class Others {
  readonly #model: PageModel;
  readonly #pixels: readonly Uint8Array[];
  #last:
    | { readonly parameters: Parameters<Float64Array>; readonly right: readonly boolean[] }
    | undefined;

  constructor(model: PageModel) {
    this.#model = model;
    this.#pixels = model.pictures.map((picture) => pixelsOf(model, picture));
  }

  get count(): number {
    return this.#pixels.length;
  }

  effect(before: Parameters<Float64Array>, after: Parameters<Float64Array>): Effect {
    // Between two changes of the copy the same parameters come again and again.
    if (this.#last?.parameters !== before) {
      this.#last = { parameters: before, right: this.#right(before) };
    }
    const was = this.#last.right;
    const is = this.#right(after);
    const count = (picked: (n: number) => boolean): number => is.filter((_, n) => picked(n)).length;
    return {
      before: count((n) => was[n]!),
      after: count((n) => is[n]!),
      lost: count((n) => was[n]! && !is[n]),
      gained: count((n) => !was[n] && is[n]!),
    };
  }

  #right(parameters: Parameters<Float64Array>): boolean[] {
    const { shape, pictures } = this.#model;
    return this.#pixels.map((pixels, n) => {
      const { v } = deriveForward(parameters, pictureOf(pixels, shape));
      return argmax(v) === pictures[n]!.label;
    });
  }
}
