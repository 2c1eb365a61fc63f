import { toBase64 } from '../base64.js';
import { type Floats, largestMagnitude } from '../layers/floats.js';
import { type NetworkShape, parametersOf } from '../network.js';
import type { PageSnapshot } from './page-data.js';

/** Room for all snapshots together, in characters of base64; hidden layers have more weights to show. */
const BUDGET = 300_000;
const HIDDEN_BUDGET = 1_100_000;
/** More steps than this are no help on a slider. */
const MOST = 40;

/**
 * The first layer's weights epoch by epoch, as few of them as the page has room for: when it is full every second
 * one goes and from then on every second one is kept, so that they stay evenly spaced. The first and
 * the last are always there.
 */
export class WeightHistory {
  readonly #shape: NetworkShape;
  readonly #capacity: number;
  #kept: PageSnapshot[] = [];
  #last: PageSnapshot | undefined;
  #stride = 1;

  constructor(shape: NetworkShape) {
    this.#shape = shape;
    const { rows, columns, classes, hidden = [] } = shape;
    const characters = ((hidden[0] ?? classes) * rows * columns * 4) / 3;
    const budget = hidden.length > 0 ? HIDDEN_BUDGET : BUDGET;
    this.#capacity = Math.max(2, Math.min(MOST, Math.floor(budget / characters)));
  }

  /** Epochs come in rising order, 0 for the parameters before the first. */
  add(epoch: number, parameters: Floats): void {
    this.#last = quantised(epoch, parametersOf(parameters, this.#shape).linear[0]!.weight);
    if (epoch % this.#stride !== 0) return;
    this.#kept.push(this.#last);
    // One place is the last one's, which may fall between two kept ones.
    while (this.#kept.length > this.#capacity - 1 && this.#kept.length > 1) {
      this.#stride *= 2;
      this.#kept = this.#kept.filter(({ epoch }) => epoch % this.#stride === 0);
    }
  }

  /** What is kept, by rising epoch. */
  get snapshots(): PageSnapshot[] {
    const last = this.#last;
    if (!last || this.#kept.at(-1) === last) return [...this.#kept];
    return [...this.#kept, last];
  }
}

/** Weights as signed bytes of one scale: within scale / 2, less than a shade in a picture. */
export function quantised(epoch: number, weight: Floats): PageSnapshot {
  const scale = largestMagnitude(weight) / 127;
  const bytes = Int8Array.from(weight, (w) => (scale === 0 ? 0 : Math.round(w / scale)));
  return { epoch, scale, weight: toBase64(new Uint8Array(bytes.buffer)) };
}
