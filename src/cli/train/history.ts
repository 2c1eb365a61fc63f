import { extname } from 'node:path';
import { DiskError } from '../../errors.js';
import { writeFileAtomic } from '../../files/atomic.js';
import { GrowingFile } from '../../files/growing.js';
import type { EpochEvent } from '../../train.js';

/**
 * Writes --history: an epoch's line when it ends, for those who follow the file, and at the end of the
 * run the whole once more, atomically, whatever came between. An older file is replaced by the first epoch
 * that ends; a device or a pipe is written at the end only.
 */
export class History {
  readonly #path: string;
  readonly #epochs: EpochEvent[];
  readonly #warn: (text: string) => void;
  #file: GrowingFile | undefined;
  #growing = true;

  /**
   * @param before the epochs of a run that is resumed, from its checkpoint
   * @param warn told if the disk does not take a line; the end decides whether that is an error
   */
  constructor(path: string, before: readonly EpochEvent[], warn: (text: string) => void) {
    this.#path = path;
    this.#epochs = [...before];
    this.#warn = warn;
  }

  async epoch(event: EpochEvent): Promise<void> {
    this.#epochs.push(event);
    if (!this.#growing) return;
    try {
      if (this.#file) await this.#file.append(linesOf(this.#path, [event]));
      else
        this.#file = await GrowingFile.create(this.#path, formatHistory(this.#path, this.#epochs));
      this.#growing = this.#file !== undefined;
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.#growing = false;
      this.#warn(`${error.message}: tried again at the end`);
    }
  }

  /** Writes the whole. @throws DiskError; the signal's reason */
  async end(signal: AbortSignal): Promise<void> {
    // Windows replaces no file that is open.
    await this.close();
    await writeFileAtomic(this.#path, formatHistory(this.#path, this.#epochs), signal);
  }

  /** Leaves the file as it is. */
  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    this.#growing = false;
  }
}

const FIELDS = [
  'epoch',
  'learningRate',
  'trainLoss',
  'trainAccuracy',
  'validationLoss',
  'validationAccuracy',
] as const;

/**
 * The text of a history file, an epoch a line: CSV with a header and empty cells where nothing was
 * held out, or JSON lines with null there. Losses are mean −L in nats. No times, so that the same
 * flags give the same bytes.
 *
 * @param path ends in .csv or .jsonl
 */
function formatHistory(path: string, epochs: readonly EpochEvent[]): string {
  const head = isJson(path) ? '' : `${FIELDS.join(',')}\n`;
  return head + linesOf(path, epochs);
}

function linesOf(path: string, epochs: readonly EpochEvent[]): string {
  return epochs
    .map(({ epoch, learningRate, train, validation }) => ({
      epoch,
      learningRate,
      trainLoss: train.loss,
      trainAccuracy: train.accuracy,
      validationLoss: validation?.loss ?? null,
      validationAccuracy: validation?.accuracy ?? null,
    }))
    .map((row) =>
      isJson(path) ? JSON.stringify(row) : FIELDS.map((field) => row[field] ?? '').join(','),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function isJson(path: string): boolean {
  return extname(path).toLowerCase() === '.jsonl';
}
