import { resolve } from 'node:path';
import type { Split } from '../../dataset/catalogue.js';
import type { DatasetSplit } from '../../dataset/load.js';
import { UsageError } from '../../errors.js';
import { assertWritable } from '../../files/atomic.js';
import type { Predictions } from '../../kernel/kernel.js';
import { confusionMatrix, mostConfidentMistakes, perClassReport } from '../../metrics.js';
import { readModel } from '../../model/file.js';
import type { ForeignModel, Model } from '../../model/model.js';
import { assertAccuracy, assertModelFits, scoreOf, withoutRecord } from '../assess.js';
import type { Context } from '../context.js';
import { readSplit } from '../data.js';
import { type KernelMaker, startKernel } from '../kernel.js';
import type { DataOptions, OutputOptions } from '../options.js';
import { writeReport } from '../report.js';
import { Terminal } from '../terminal.js';
import { type Evaluation, evaluationText } from './output.js';

/** The flags of `backprop-eval`. */
export interface EvalFlags extends DataOptions, OutputOptions {
  readonly split: Split;
  readonly minAccuracy?: number | undefined;
  readonly report?: string | undefined;
}

const MISTAKES_SHOWN = 10;

/**
 * The whole of `backprop-eval`.
 * @throws ModelError, DataError; BackpropError (exit 7) after the result if it is below the minimum
 */
export async function evaluate(path: string, flags: EvalFlags, context: Context): Promise<void> {
  const terminal = new Terminal(context, { quiet: flags.quiet ?? false, color: flags.color });
  try {
    if (flags.report !== undefined) await checkReport(flags.report, path);
    const makeKernel = startKernel({ kernel: 'simd', threads: 1 });
    const { model, sha256 } = await readModel(path);
    if (!model.training) terminal.warn(withoutRecord(path));
    const surroundings = { terminal, signal: context.signal, classes: model.classes };
    const data = await readSplit(flags.split, flags, surroundings);
    assertModelFits(path, model, data.name, data.images);
    const predictions = await predict(makeKernel, model, data);
    const evaluation = evaluationOf(predictions, data);
    const file = { path, sha256 };
    const dataset = { name: data.name, sha256: data.sha256, split: flags.split };
    const { report } = flags;
    if (report !== undefined) {
      await writeReport(report, {
        program: 'backprop-eval',
        file,
        model,
        epochs: [],
        snapshots: [],
        dataset,
        images: data.images,
        predictions,
      });
    }
    if (flags.json) {
      const line = { event: 'result', model: file, dataset, ...evaluation, report: report ?? null };
      context.stdout.write(`${JSON.stringify(line)}\n`);
    } else {
      const lines = evaluationText(evaluation, dataset, context, flags.color);
      if (report !== undefined) lines.push('', `report  ${report}`);
      context.stdout.write(`${lines.join('\n')}\n`);
    }
    assertAccuracy(evaluation.accuracy, flags.minAccuracy);
  } finally {
    terminal.close();
  }
}

/** Before anything is read: a page that cannot be written, or that would replace the model. */
async function checkReport(report: string, model: string): Promise<void> {
  if (resolve(report) === resolve(model)) {
    throw new UsageError(`--report is the model's own file, ${model}`, {
      hint: 'give it a file of its own',
    });
  }
  await assertWritable(report);
}

async function predict(
  makeKernel: KernelMaker,
  model: Model | ForeignModel,
  { images }: DatasetSplit,
): Promise<Predictions> {
  const kernel = await makeKernel(model);
  try {
    kernel.setParameters(model.parameters);
    return kernel.evaluate(kernel.load(images));
  } finally {
    await kernel.close();
  }
}

function evaluationOf(predictions: Predictions, { images }: DatasetSplit): Evaluation {
  const { predicted, probability } = predictions;
  const { labels, classes: K } = images;
  const confusion = confusionMatrix(predicted, labels, K);
  const { classes, macroAverage } = perClassReport(confusion, K);
  return {
    images: images.count,
    ...scoreOf(predictions, images),
    classes: classes.map((figures, label) => ({ label, ...figures })),
    macroAverage,
    confusion: classes.map((_, i) => [...confusion.subarray(i * K, (i + 1) * K)]),
    mistakes: mostConfidentMistakes(predicted, labels, probability, MISTAKES_SHOWN),
  };
}
