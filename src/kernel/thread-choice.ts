import type { Steps } from './kernel.js';
import type { SimdThreads } from './simd-module.js';

/**
 * Milliseconds of an epoch, or of training done, for which `auto` starts threads: several times what starting
 * one takes. After so long without the end in sight there is as much again to come, or the start is lost.
 */
const LONG_EPOCH = 150;
const LONG_TRAINING = 300;

/**
 * Numbers in a step's work, images × parameters, for which `auto` shares it: less is done before two
 * threads have met twice.
 */
const WORTH_SHARING = 80_000;

/** A pause from sharing is so many times as long as what sharing lost: of all time, 5 % at most are lost. */
const PAUSE = 20;

/** Steps of one kind: what one thread has taken for an image says what two should take. */
type Kind = Pick<Steps, 'batchSize' | 'momentum' | 'weightDecay'>;

/**
 * How many threads the next steps get; it never changes a result. As many as wanted, and with `auto` two,
 * once training has taken, or its epoch will take, long enough to make up for starting the second, if a
 * step is worth sharing.
 *
 * Only the clock can tell what a second thread is worth: without a processor of its own it makes the
 * first wait, milliseconds each time; and two processors may share more than they seem to. A call that took
 * longer than the best one of a single thread would have is followed by a pause in which one thread works,
 * 20 times as long as what was lost.
 */
export class ThreadChoice {
  readonly #threads: SimdThreads;
  readonly #parameterCount: number;
  #kind: Kind = { batchSize: 0, momentum: 0, weightDecay: 0 };
  /** The fewest milliseconds an image that a call with one thread took. */
  #alone = Number.POSITIVE_INFINITY;
  #milliseconds = 0;
  /** When the last pause ends. */
  #end = 0;

  constructor(threads: SimdThreads, parameterCount: number) {
    this.#threads = threads;
    this.#parameterCount = parameterCount;
  }

  /** How many threads take part in the next steps, of `images` each. */
  next(images: number): number {
    const { wanted } = this.#threads;
    if (wanted === 1 || performance.now() < this.#end) return 1;
    if (wanted !== 'auto') return wanted;
    return this.#isWorthSharing(images) ? this.#threads.ready() : 1;
  }

  #isWorthSharing(images: number): boolean {
    return images * this.#parameterCount >= WORTH_SHARING;
  }

  /** What the last steps took, on a set of so many images. */
  took(threads: number, steps: Steps, milliseconds: number, images: number): void {
    const each = milliseconds / steps.order.length;
    this.#milliseconds += milliseconds;
    // Not by the first call, which runs in V8's slow code.
    const epoch = Number.isFinite(this.#alone) ? images * Math.min(this.#alone, each) : 0;
    const isLong = epoch > LONG_EPOCH || this.#milliseconds > LONG_TRAINING;
    if (isLong && this.#threads.wanted === 'auto' && this.#isWorthSharing(steps.batchSize)) {
      this.#threads.start();
    }
    const { batchSize, momentum, weightDecay } = this.#kind;
    if (
      steps.batchSize !== batchSize ||
      steps.momentum !== momentum ||
      steps.weightDecay !== weightDecay
    ) {
      // Not `steps` itself, which holds on to arrays.
      this.#kind = {
        batchSize: steps.batchSize,
        momentum: steps.momentum,
        weightDecay: steps.weightDecay,
      };
      this.#alone = Number.POSITIVE_INFINITY;
    }
    if (threads === 1) {
      this.#alone = Math.min(this.#alone, each);
    } else if (each > this.#alone) {
      const lost = milliseconds - this.#alone * steps.order.length;
      this.#end = performance.now() + PAUSE * lost;
    }
  }
}
