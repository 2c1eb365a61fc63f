import type { Split } from '../../dataset/catalogue.js';
import type { DatasetSplit } from '../../dataset/load.js';
import type { Language } from '../../explain/words/language.js';
import type { Predictions } from '../../kernel/kernel.js';
import {
  confusionMatrix,
  mostConfidentMistakes,
  perClassReport,
  scoreOf,
  wilsonInterval,
} from '../../metrics.js';
import { readModel } from '../../model/file.js';
import type { ForeignModel, Model } from '../../model/model.js';
import type { ReportInput } from '../../report/report.js';
import { assertAccuracy, assertModelFits, assertNoOverflow, worseThanGuessing } from '../assess.js';
import type { Context } from '../context.js';
import { dataFor, readSplit, warnOfData } from '../data.js';
import { type KernelMaker, type KernelOptions, loadImages, startKernel } from '../kernel.js';
import type { LanguageOptions, ModelDataOptions, OutputOptions } from '../options.js';
import { printable } from '../output.js';
import { assertDistinct, prepareOutputs } from '../outputs.js';
import { writeReport } from '../report.js';
import { Terminal } from '../terminal.js';
import { type Evaluation, evaluationText } from './output.js';

/** The flags of `backprop-eval`. */
export interface EvalFlags
  extends ModelDataOptions,
    OutputOptions,
    LanguageOptions,
    Pick<KernelOptions, 'kernel'> {
  readonly split: Split;
  readonly minAccuracy?: number | undefined;
  readonly report?: string | undefined;
}

const MISTAKES_SHOWN = 10;

/** Of the page: that of a training which nobody saw. */
const UNSEEN = { epochs: [], moments: [], batchesInEpoch: 1 } as const;

/**
 * The whole of `backprop-eval`.
 * @param kernelGiven whether the user named the kernel, so that no other will do
 * @throws ModelError, DataError; BackpropError (exit 7) after the result if it is below the minimum
 */
export async function evaluate(
  path: string,
  flags: EvalFlags,
  context: Context,
  kernelGiven = false,
): Promise<void> {
  const terminal = new Terminal(context, { quiet: flags.quiet ?? false, color: flags.color });
  try {
    // Before anything is read: a page that cannot be written, or that would replace the model.
    await assertDistinct({ 'the model': path, '--report': flags.report });
    await prepareOutputs({ '--report': flags.report });
    const makeKernel = startKernel(
      { kernel: flags.kernel, threads: 1 },
      { required: kernelGiven, warn: (text) => terminal.warn(text) },
    );
    const { model, sha256 } = await readModel(path);
    const surroundings = { terminal, signal: context.signal, classes: model.classes };
    const from = dataFor(path, model.training, flags);
    const data = await readSplit(flags.split, from, surroundings);
    assertModelFits(path, model, data.name, data.images);
    warnOfData(path, model, data, flags, terminal);
    const predictions = await predict(makeKernel, model, data);
    assertNoOverflow(path, `${flags.split} image`, predictions);
    const evaluation = evaluationOf(predictions, data);
    const warning = worseThanGuessing(evaluation.loss, model.classes);
    if (warning !== undefined) terminal.warn(`${path}: ${warning}`);
    const file = { path, sha256 };
    const dataset = { name: data.name, sha256: data.sha256, split: flags.split };
    let report: string | undefined;
    try {
      if (flags.report !== undefined) {
        const { images } = data;
        const input = { file, model, dataset, images, predictions };
        await writePage(flags.report, input, context.signal, flags.lang);
        report = flags.report;
      }
    } finally {
      // The result stands, whatever becomes of the page.
      if (flags.json) {
        const line = {
          event: 'result',
          model: file,
          dataset,
          ...evaluation,
          report: report ?? null,
        };
        context.stdout.write(`${JSON.stringify(line)}\n`);
      } else {
        const lines = evaluationText(evaluation, dataset, context, flags.color);
        if (report !== undefined) lines.push('', `report  ${printable(report)}`);
        context.stdout.write(`${lines.join('\n')}\n`);
      }
    }
    assertAccuracy(evaluation.accuracy, flags.minAccuracy);
  } finally {
    terminal.close();
  }
}

/** Writes the page about a model that was only read. @throws DiskError; UsageError; the signal's reason */
export async function writePage(
  path: string,
  about: Omit<ReportInput, 'program' | keyof typeof UNSEEN>,
  signal: AbortSignal,
  language: Language,
): Promise<void> {
  await writeReport(path, { program: 'backprop-eval', ...UNSEEN, ...about }, signal, language);
}

/** A model's answers, by a kernel that is closed again. */
export async function predict(
  makeKernel: KernelMaker,
  model: Model | ForeignModel,
  { images }: Pick<DatasetSplit, 'images'>,
): Promise<Predictions> {
  const kernel = await makeKernel(model);
  try {
    kernel.setParameters(model.parameters);
    return kernel.evaluate(loadImages(kernel, images));
  } finally {
    await kernel.close();
  }
}

function evaluationOf(predictions: Predictions, { images }: DatasetSplit): Evaluation {
  const { predicted, probability } = predictions;
  const { labels, classes: K } = images;
  const confusion = confusionMatrix(predicted, labels, K);
  const { classes, macroAverage } = perClassReport(confusion, K);
  const score = scoreOf(predictions, images);
  return {
    images: images.count,
    ...score,
    accuracyInterval: wilsonInterval(Math.round(score.accuracy * images.count), images.count),
    classes: classes.map((figures, label) => ({ label, ...figures })),
    macroAverage,
    confusion: classes.map((_, i) => [...confusion.subarray(i * K, (i + 1) * K)]),
    mistakes: mostConfidentMistakes(predicted, labels, probability, MISTAKES_SHOWN),
  };
}
