import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Language } from '../explain/words/language.js';
import { writeFileAtomic } from '../files/atomic.js';
import type { Floats } from '../layers/floats.js';
import { type NetworkShape, parametersOf } from '../network.js';
import type { Moment, WeightMoment } from '../report/moments.js';
import type { PageAssets } from '../report/page-data.js';
import type { ReportInput } from '../report/report.js';

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
  readonly #shape: NetworkShape;
  readonly #moments: WeightMoment[] = [];

  private constructor(path: string, shape: NetworkShape) {
    this.#path = path;
    this.#shape = shape;
  }

  /** @throws UsageError if a model of this shape does not fit into a page */
  static async start(path: string, shape: NetworkShape): Promise<TrainingReport> {
    const { assertFitsPage } = await import('../report/report.js');
    assertFitsPage(shape);
    return new TrainingReport(path, shape);
  }

  /** Keeps the first layer's weights of a moment. */
  moment(moment: Moment, parameters: Floats): void {
    const { weight } = parametersOf(parameters, this.#shape).linear[0]!;
    this.#moments.push({ ...moment, weight: weight.slice() });
  }

  /** Writes the page about the test images. */
  async write(
    input: Omit<ReportInput, 'program' | 'moments'>,
    signal: AbortSignal,
    language: Language,
  ): Promise<void> {
    const page = { ...input, program: 'backprop-train', moments: this.#moments };
    await writeReport(this.#path, page, signal, language);
  }
}
