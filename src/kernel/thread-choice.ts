import type { Steps } from './kernel.js';
import type { SimdThreads } from './simd-module.js';

/** Milliseconds of training, done or foreseen, for which `auto` starts threads: what starting one takes, several times. */
const WORTH_STARTING = 150;

/**
 * Numbers in a step's work, images × parameters, for which `auto` shares it: less is done before two
 * threads have met twice.
 */
const WORTH_SHARING = 80_000;

/**
 * A pause from sharing lasts so many times as long as the call that was the reason for it: long where a
 * thread had to wait for its processor, short where sharing was slower for a reason that passes.
 */
const LONG_PAUSE = 40;
const SHORT_PAUSE = 4;

/** Steps of one kind: what one thread has taken for an image says what two should take. */
type Kind = Pick<Steps, 'batchSize' | 'momentum' | 'weightDecay'>;

/**
 * How many threads the next steps get; it never changes a result. As many as wanted, and with `auto` two,
 * once training has taken, or its epoch will take, long enough to make up for starting the second, if a
 * step is worth sharing.
 *
 * Only the clock can tell what a second thread is worth: without a processor of its own it makes the
 * first wait, milliseconds each time; and two processors may share more than they seem to. A call that took
 * longer than the best one of a single thread is followed by a pause in which one thread works: four times
 * as long, or, if a thread had to wait for its processor (`assembly/barrier.ts`), 40 times, and the next such
 * pause twice as long if it comes before sharing has gone well for as long as the last one.
 */
export class ThreadChoice {
  readonly #threads: SimdThreads;
  readonly #parameterCount: number;
  #kind: Kind = { batchSize: 0, momentum: 0, weightDecay: 0 };
  /** The fewest milliseconds an image that a call with one thread took. */
  #alone = Number.POSITIVE_INFINITY;
  #milliseconds = 0;
  /** The last pause's length, and when it ends. */
  #pause = 0;
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

  /**
   * What the last steps took, whether one of their threads had to wait for a processor, and how many images
   * are known to follow.
   */
  took(
    threads: number,
    steps: Steps,
    milliseconds: number,
    hasWaited: boolean,
    behind: number,
  ): void {
    const each = milliseconds / steps.order.length;
    this.#milliseconds += milliseconds;
    const isLong = this.#milliseconds + behind * each > WORTH_STARTING;
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
      const now = performance.now();
      const wentWell = now - this.#end > this.#pause;
      const pause = (hasWaited ? LONG_PAUSE : SHORT_PAUSE) * milliseconds;
      this.#pause = Math.max(pause, hasWaited && !wentWell ? 2 * this.#pause : 0);
      this.#end = now + this.#pause;
    }
  }
}
