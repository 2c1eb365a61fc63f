import { setImmediate as turn } from 'node:timers/promises';
import type { ImageSet, Kernel } from '../../kernel/kernel.js';
import type { Checkpoint } from '../../model/checkpoint.js';
import type { Hyperparameters } from '../../sgd.js';
import { clock, nats, percent, rate } from '../../text/numbers.js';
import { type EpochEvent, type ProgressEvent, type TrainResult, train } from '../../train.js';
import type { Terminal } from '../terminal.js';
import type { Checkpoints } from './checkpoints.js';
import type { Observer } from './observer.js';

/** An epoch and how fast it went. */
export interface TimedEpoch extends EpochEvent {
  /** 0 where it could not be measured: in an epoch resumed at its very end, or by a clock at rest. */
  readonly imagesPerSecond: number;
}

export interface Trained extends TrainResult {
  /** All of them, those before a resumed run's state too. */
  readonly epochs: readonly EpochEvent[];
}

/** What is told how training goes, and what may stop it. */
export interface Watchers {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Where --checkpoint saves. */
  readonly checkpoints?: Checkpoints | undefined;
  /** What a stopped run resumes from. */
  readonly from: Checkpoint | undefined;
  readonly observer?: Observer | undefined;
  readonly onEpoch?: (epoch: TimedEpoch) => void | Promise<void>;
}

/**
 * Lets the trainer run and shows its events. After each there is a turn of the event loop, in which
 * signals get through and the bar is drawn.
 * @throws the signal's reason if it is aborted; DivergedError; UsageError
 */
export async function runTraining(
  kernel: Kernel,
  set: ImageSet,
  hyperparameters: Hyperparameters,
  { terminal, signal, checkpoints, from, observer, onEpoch }: Watchers,
): Promise<Trained> {
  const epochs: EpochEvent[] = [...(from?.epochs ?? [])];
  const events = train(kernel, set, hyperparameters, from?.state, observer?.steps);
  const pace: Pace = { finishedSeconds: 0, finishedImages: 0, epochSeconds: 0, epochImages: 0 };
  // Of the epoch that a stopped run resumes, these images were not this run's work.
  let skipped = from ? from.state.step * hyperparameters.batchSize : 0;
  await terminal.openBar();
  await observer?.begin(from?.state);
  for (;;) {
    signal.throwIfAborted();
    const before = performance.now();
    const { done, value } = events.next();
    // The trainer's own time: what is drawn between two events does not slow the images down.
    pace.epochSeconds += (performance.now() - before) / 1000;
    if (done) {
      await checkpoints?.save();
      await observer?.end(value);
      return { ...value, epochs };
    }
    if (value.type === 'progress') {
      pace.epochImages = value.images - skipped;
      showProgress(terminal, value, hyperparameters.epochs, pace);
      checkpoints?.progress(value);
      await observer?.progress(value);
    } else {
      const epoch = { ...value, imagesPerSecond: speedOf(pace) };
      epochs.push(value);
      terminal.line(epochFields(epoch, hyperparameters.epochs));
      await onEpoch?.(epoch);
      await checkpoints?.epoch(value);
      pace.finishedSeconds += pace.epochSeconds;
      pace.finishedImages += pace.epochImages;
      pace.epochSeconds = pace.epochImages = skipped = 0;
    }
    await turn();
  }
}

/** This run's own work: in its finished epochs, and in the one under way. */
interface Pace {
  finishedSeconds: number;
  finishedImages: number;
  epochSeconds: number;
  epochImages: number;
}

function showProgress(
  terminal: Terminal,
  { epoch, images, imagesInEpoch, train }: ProgressEvent,
  epochs: number,
  pace: Pace,
): void {
  const { finishedSeconds, finishedImages, epochSeconds, epochImages } = pace;
  const done = (epoch - 1) * imagesInEpoch + images;
  const total = epochs * imagesInEpoch;
  const secondsAnImage = (finishedSeconds + epochSeconds) / (finishedImages + epochImages);
  terminal.progress(done, total, [
    `epoch ${epoch}/${epochs}`,
    `loss ${nats(train.loss)}`,
    `accuracy ${percent(train.accuracy)}`,
    `${clock(secondsAnImage * (total - done))} left`,
    ...rateField(speedOf(pace)),
  ]);
}

/** Images a second of the epoch under way; 0 where none was seen, or the clock stands still. */
function speedOf({ epochImages, epochSeconds }: Pace): number {
  return epochSeconds > 0 ? epochImages / epochSeconds : 0;
}

/** Left out where it was not measured. */
function rateField(imagesPerSecond: number): string[] {
  return imagesPerSecond > 0 ? [rate(imagesPerSecond)] : [];
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
    ...rateField(imagesPerSecond),
  ];
}
