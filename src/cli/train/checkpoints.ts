import { type Checkpoint, saveCheckpoint } from '../../model/checkpoint.js';
import type { EpochEvent, ProgressEvent, TrainState } from '../../train.js';
import type { Terminal } from '../terminal.js';

interface CheckpointFlags {
  readonly checkpoint: string;
  readonly checkpointEvery: number;
}

/** Saves a run's checkpoints: after every so many epochs, at the end, and when it is stopped. */
export class Checkpoints {
  readonly #path: string;
  readonly #every: number;
  readonly #run: Omit<Checkpoint, 'state' | 'epochs'>;
  readonly #epochs: EpochEvent[];
  readonly #signal: AbortSignal;
  #state: (() => TrainState) | undefined;
  #saved: TrainState | undefined;

  /**
   * @param from what the run resumes from
   * @param signal ends the wait for a reader, where the path is a pipe
   */
  constructor(
    { checkpoint, checkpointEvery }: CheckpointFlags,
    run: Omit<Checkpoint, 'state' | 'epochs'>,
    from: Checkpoint | undefined,
    signal: AbortSignal,
  ) {
    this.#path = checkpoint;
    this.#every = checkpointEvery;
    this.#run = run;
    this.#epochs = [...(from?.epochs ?? [])];
    this.#signal = signal;
    if (from) this.#state = () => from.state;
  }

  /** Remembers where training is. */
  progress(event: ProgressEvent): void {
    if (event.images < event.imagesInEpoch) {
      this.#state = () => event.state();
    } else {
      // The epoch event comes next, and from then on this one's state is no longer valid.
      const state = event.state();
      this.#state = () => state;
    }
  }

  /** Saves if it is time. Not before this event, by which the trainer says that all is finite. */
  async epoch(event: EpochEvent): Promise<void> {
    this.#epochs.push(event);
    if (event.epoch % this.#every === 0) await this.save();
  }

  /**
   * Saves the state of the last progress event, unless that has been done.
   * @returns that state; undefined if there was none yet
   * @throws DiskError, the older checkpoint is whole then; the signal's reason
   */
  async save(): Promise<TrainState | undefined> {
    const state = this.#state?.();
    if (!state || state === this.#saved) return state;
    // The state's own epoch comes again when the run is resumed.
    const epochs = this.#epochs.slice(0, state.epoch - 1);
    await saveCheckpoint(this.#path, { ...this.#run, state, epochs }, this.#signal);
    this.#saved = state;
    return state;
  }

  /** Saves what there is when the run is stopped from outside, and says so. */
  async stop(terminal: Terminal): Promise<void> {
    const state = this.#state?.();
    if (!state) {
      terminal.line([`stopped before the first step: nothing to save in ${this.#path}`]);
    } else if (!state.parameters.every(Number.isFinite)) {
      terminal.line([`training has diverged: ${this.#path} is left as it was`]);
    } else {
      try {
        await this.save();
      } catch (error) {
        if (error !== this.#signal.reason) throw error;
        terminal.line([`nobody reads ${this.#path}: nothing saved there`]);
        return;
      }
      const place = `epoch ${state.epoch}, step ${state.step}`;
      terminal.line([`saved ${this.#path}: ${place}`, `resume with --resume ${this.#path}`]);
    }
  }
}
