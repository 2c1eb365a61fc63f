import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Language } from '../explain/words/language.js';
import { writeFileAtomic } from '../files/atomic.js';
import type { Floats } from '../layers/floats.js';
import type { NetworkShape } from '../network.js';
import type { PageAssets } from '../report/page-data.js';
import type { ReportInput } from '../report/report.js';
import type { WeightHistory } from '../report/snapshots.js';

/**
 * Writes the report's page, whole or not at all. The code that makes it is loaded only now.
 * @param signal ends the wait for a reader, where the path is a pipe
 * @throws DiskError; UsageError if the model does not fit into a page; the signal's reason
 */
export async function writeReport(
  path: string,
  input: ReportInput,
  signal: AbortSignal,
  language: Language,
): Promise<void> {
  const { reportPage } = await import('../report/report.js');
  const words =
    language === 'ru'
      ? (await import('../report/words/ru.js')).PAGE_RU
      : (await import('../report/words/en.js')).PAGE_EN;
  const assets = createRequire(import.meta.url).resolve('#report-page');
  const page = JSON.parse(await readFile(assets, 'utf8')) as PageAssets;
  await writeFileAtomic(path, reportPage(input, page, words), signal);
}

/** Follows a training for --report. It only reads: the model's bytes are the same without it. */
export class TrainingReport {
  readonly #path: string;
  readonly #history: WeightHistory;

  private constructor(path: string, history: WeightHistory) {
    this.#path = path;
    this.#history = history;
  }

  /**
   * @param initial the parameters before the first step
   * @throws UsageError if a model of this shape does not fit into a page
   */
  static async start(path: string, shape: NetworkShape, initial: Floats): Promise<TrainingReport> {
    const { assertFitsPage } = await import('../report/report.js');
    const { WeightHistory } = await import('../report/snapshots.js');
    assertFitsPage(shape);
    const report = new TrainingReport(path, new WeightHistory(shape));
    report.epoch(0, initial);
    return report;
  }

  /** Keeps the first layer's weights after an epoch. */
  epoch(epoch: number, parameters: Floats): void {
    this.#history.add(epoch, parameters);
  }

  /** Writes the page about the test images. */
  async write(
    input: Omit<ReportInput, 'program' | 'snapshots'>,
    signal: AbortSignal,
    language: Language,
  ): Promise<void> {
    const { snapshots } = this.#history;
    await writeReport(
      this.#path,
      { ...input, program: 'backprop-train', snapshots },
      signal,
      language,
    );
  }
}
