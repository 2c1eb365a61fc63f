import { setImmediate as turn } from 'node:timers/promises';
import type { LabelledImages } from '../dataset/labelled-images.js';
import type { Kernel } from '../kernel/kernel.js';
import {
  type EpochEvent,
  type ProgressEvent,
  type TrainOptions,
  type TrainResult,
  train,
} from '../train.js';
import { clock, nats, percent, rate } from './formatting.js';
import type { Terminal } from './terminal.js';

/** An epoch and how fast it went. */
export interface TimedEpoch extends EpochEvent {
  readonly imagesPerSecond: number;
}

export interface Trained extends TrainResult {
  readonly epochs: readonly TimedEpoch[];
}

interface Watchers {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly onLoaded: () => void;
  readonly onEpoch: (epoch: TimedEpoch) => void;
}

/**
 * Lets the trainer run and shows its events. After each there is a turn of the event loop, in which
 * signals get through and the bar is drawn.
 * @throws the signal's reason if it is aborted; DivergedError; UsageError
 */
export async function runTraining(
  kernel: Kernel,
  images: LabelledImages,
  options: TrainOptions,
  { terminal, signal, onLoaded, onEpoch }: Watchers,
): Promise<Trained> {
  const epochs: TimedEpoch[] = [];
  const events = train(kernel, images, options);
  let finishedSeconds = 0;
  let epochSeconds = 0;
  let epochImages = 0;
  await terminal.openBar();
  for (;;) {
    signal.throwIfAborted();
    const before = performance.now();
    const { done, value } = events.next();
    // The trainer's own time: what is drawn between two events does not slow the images down.
    epochSeconds += (performance.now() - before) / 1000;
    if (done) return { ...value, epochs };
    if (value.type === 'progress') {
      epochImages = value.images;
      showProgress(terminal, value, options.epochs, { epochSeconds, finishedSeconds });
    } else if (value.type === 'epoch') {
      const epoch = { ...value, imagesPerSecond: epochImages / epochSeconds };
      epochs.push(epoch);
      terminal.line(epochFields(epoch, options.epochs));
      onEpoch(epoch);
      finishedSeconds += epochSeconds;
      epochSeconds = 0;
    } else {
      epochSeconds = 0;
      onLoaded();
    }
    await turn();
  }
}

function showProgress(
  terminal: Terminal,
  { epoch, images, imagesInEpoch, train }: ProgressEvent,
  epochs: number,
  { epochSeconds, finishedSeconds }: { epochSeconds: number; finishedSeconds: number },
): void {
  const done = (epoch - 1) * imagesInEpoch + images;
  const total = epochs * imagesInEpoch;
  const secondsLeft = ((finishedSeconds + epochSeconds) / done) * (total - done);
  terminal.progress(done, total, [
    `epoch ${epoch}/${epochs}`,
    `loss ${nats(train.loss)}`,
    `accuracy ${percent(train.accuracy)}`,
    `${clock(secondsLeft)} left`,
    rate(images / epochSeconds),
  ]);
}

/** A finished epoch: `epoch 2/5`, `loss 0.3121`, `accuracy 91.22 %`, … */
function epochFields(
  { epoch, train, validation, best, imagesPerSecond }: TimedEpoch,
  epochs: number,
): string[] {
  const held = validation
    ? [`validation ${nats(validation.loss)}, ${percent(validation.accuracy)}${best ? ' best' : ''}`]
    : [];
  return [
    `epoch ${epoch}/${epochs}`,
    `loss ${nats(train.loss)}`,
    `accuracy ${percent(train.accuracy)}`,
    ...held,
    rate(imagesPerSecond),
  ];
}
