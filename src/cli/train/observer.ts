import type { LabelledImages } from '../../images.js';
import type { ImageSet, Kernel } from '../../kernel/kernel.js';
import type { Floats } from '../../layers/floats.js';
import { scoreOf } from '../../metrics.js';
import type { Moment, Position } from '../../report/moments.js';
import type { ProgressEvent, TrainResult, TrainState } from '../../train.js';
import { loadImages } from '../kernel.js';

/** Told of each moment, with the parameters as they are then. */
export type OnMoment = (moment: Moment, parameters: Floats) => void | Promise<void>;

/** Of the evenly spaced moments; those of the first epoch come besides. */
const MOST_EVEN = 18;

/**
 * The steps after which training is looked at, some thirty of any run: 1, 2, 4, 8 … of the first epoch and
 * the ends of epochs 1, 2, 4, 8 … until evenly spaced ones take over.
 */
export function stepsToObserve(epochs: number, stepsInEpoch: number): number[] {
  const anEpoch = Math.floor(MOST_EVEN / epochs);
  const every =
    anEpoch > 0
      ? Math.max(1, stepsInEpoch / anEpoch)
      : stepsInEpoch * Math.ceil(epochs / MOST_EVEN);
  const last = epochs * stepsInEpoch;
  const steps = new Set([last]);
  for (let step = 1; step < Math.min(every, stepsInEpoch); step *= 2) steps.add(step);
  for (let step = stepsInEpoch; step < Math.min(every, last); step *= 2) steps.add(step);
  for (let n = 1; n * every < last; n++) steps.add(Math.round(n * every));
  return [...steps].sort((a, b) => a - b);
}

/** What is observed, and who is told. */
interface Observed {
  readonly epochs: number;
  readonly stepsInEpoch: number;
  readonly batchSize: number;
  /** The test images. */
  readonly images: LabelledImages;
  readonly onMoment: OnMoment;
}

/** Sums over images, of −L and of right answers. */
interface Sums {
  images: number;
  loss: number;
  correct: number;
}

/**
 * Looks at a training without changing a bit of it: after the steps of `stepsToObserve` it reads the
 * parameters and classifies all test images. Of a run that is resumed it sees what is left.
 */
export class Observer {
  readonly steps: readonly number[];
  readonly #kernel: Kernel;
  readonly #set: ImageSet;
  readonly #observed: Observed;
  readonly #toSee: Set<number>;
  /** Of the epoch under way up to the last event. */
  #soFar: Sums = { images: 0, loss: 0, correct: 0 };
  /** Since the last moment. */
  #since: Sums = { images: 0, loss: 0, correct: 0 };
  #last: Position | undefined;

  /** @throws DataError if the kernel's memory cannot take the test images */
  constructor(kernel: Kernel, observed: Observed) {
    this.#kernel = kernel;
    this.#observed = observed;
    this.#set = loadImages(kernel, observed.images);
    this.steps = stepsToObserve(observed.epochs, observed.stepsInEpoch);
    this.#toSee = new Set(this.steps);
  }

  /** Sees the parameters that training starts or resumes from, which the kernel holds. */
  async begin(from: TrainState | undefined): Promise<void> {
    if (from) {
      const { epoch, step, lossSum, correct } = from;
      if (step < this.#observed.stepsInEpoch) {
        this.#soFar = { images: step * this.#observed.batchSize, loss: lossSum, correct };
      }
      await this.#see(this.#position(epoch, step));
    } else {
      await this.#see({ epoch: 0, batch: 0 });
    }
  }

  async progress(event: ProgressEvent): Promise<void> {
    const { epoch, step, images, imagesInEpoch, train } = event;
    const { stepsInEpoch } = this.#observed;
    const soFar = { images, loss: train.loss * images, correct: train.accuracy * images };
    this.#since.images += soFar.images - this.#soFar.images;
    this.#since.loss += soFar.loss - this.#soFar.loss;
    this.#since.correct += soFar.correct - this.#soFar.correct;
    this.#soFar = images === imagesInEpoch ? { images: 0, loss: 0, correct: 0 } : soFar;
    if (this.#toSee.has((epoch - 1) * stepsInEpoch + step)) {
      await this.#see(this.#position(epoch, step));
    }
  }

  /** Sees the last epoch's end, if that was not the one expected. */
  async end({ epochsRun }: TrainResult): Promise<void> {
    if (this.#last?.epoch !== epochsRun) await this.#see({ epoch: epochsRun, batch: 0 });
  }

  #position(epoch: number, step: number): Position {
    return step === this.#observed.stepsInEpoch
      ? { epoch, batch: 0 }
      : { epoch: epoch - 1, batch: step };
  }

  /** Nothing where training has diverged: the trainer is about to say so. */
  async #see(position: Position): Promise<void> {
    const test = scoreOf(this.#kernel.evaluate(this.#set), this.#observed.images);
    const parameters = this.#kernel.getParameters();
    if (!Number.isFinite(test.loss) || !parameters.every(Number.isFinite)) return;
    const { images, loss, correct } = this.#since;
    const train = images > 0 ? { loss: loss / images, accuracy: correct / images } : null;
    this.#since = { images: 0, loss: 0, correct: 0 };
    this.#last = position;
    await this.#observed.onMoment({ ...position, train, test }, parameters);
  }
}
