import { ModelError, UsageError } from '../../errors.js';
import {
  type Interval,
  mcnemarExact,
  type PairedCounts,
  pairedCounts,
  type Score,
  scoreOf,
  wilsonInterval,
} from '../../metrics.js';
import { readModel } from '../../model/file.js';
import type { ForeignModel, Model } from '../../model/model.js';
import { grouped, nats, percent } from '../../text/numbers.js';
import { table, wrap } from '../../text/page.js';
import {
  assertAccuracy,
  assertModelFits,
  assertNoOverflow,
  imagesInWords,
  worseThanGuessing,
} from '../assess.js';
import { type Context, pageFor } from '../context.js';
import { dataFor, nameInWords, readSplit, warnOfData } from '../data.js';
import { startKernel } from '../kernel.js';
import type { DataOptions, ModelDataOptions } from '../options.js';
import { printable, printLines } from '../output.js';
import { Terminal } from '../terminal.js';
import { between } from './output.js';
import { type EvalFlags, predict } from './run.js';

/** Two paths, or what belongs to them, in this order. */
type Two<T> = readonly [T, T];

interface Compared {
  readonly path: string;
  readonly sha256: string;
  readonly model: Model | ForeignModel;
}

/** What is found of two models; with --json these are the fields of its line. */
interface Comparison extends PairedCounts {
  readonly images: number;
  readonly models: Two<
    Score & { readonly path: string; readonly sha256: string; readonly accuracyInterval: Interval }
  >;
  /** McNemar's exact test, two-sided. */
  readonly p: number;
  /** Which of the models is better, 0 or 1; null where chance alone may have made the difference. */
  readonly better: 0 | 1 | null;
}

/** Chance alone gives a difference where there is none to one in twenty comparisons. */
const SIGNIFICANT = 0.05;

/**
 * The whole of `backprop-eval` with two models: both on the same images.
 * @param kernelGiven whether the user named the kernel, so that no other will do
 * @throws ModelError if they are not for the same images; UsageError if the data have to be named;
 *   DataError; BackpropError (exit 7) after the result if one of them is below the minimum
 */
export async function compareModels(
  paths: Two<string>,
  flags: EvalFlags,
  context: Context,
  kernelGiven: boolean,
): Promise<void> {
  const terminal = new Terminal(context, { quiet: flags.quiet ?? false, color: flags.color });
  try {
    const both: Two<Compared> = [await read(paths[0]), await read(paths[1])];
    assertAlike(both);
    const surroundings = { terminal, signal: context.signal, classes: both[0].model.classes };
    const data = await readSplit(flags.split, dataForBoth(both, flags), surroundings);
    const { images } = data;
    const answer = async ({ path, model }: Compared) => {
      assertModelFits(path, model, data.name, images);
      warnOfData(path, model, data, flags, terminal);
      const makeKernel = startKernel(
        { kernel: flags.kernel, threads: 1 },
        { required: kernelGiven, warn: (text) => terminal.warn(text) },
      );
      const predictions = await predict(makeKernel, model, data);
      assertNoOverflow(path, `${flags.split} image`, predictions);
      const score = scoreOf(predictions, images);
      const warning = worseThanGuessing(score.loss, model.classes);
      if (warning !== undefined) terminal.warn(`${path}: ${warning}`);
      return { score, predicted: predictions.predicted };
    };
    const [first, second] = [await answer(both[0]), await answer(both[1])];
    const counts = pairedCounts(first.predicted, second.predicted, images.labels);
    const comparison = comparisonOf(both, [first.score, second.score], counts);
    const { name, sha256 } = data;
    const dataset = { name, sha256, split: flags.split };
    printLines(
      context.stdout,
      flags.json
        ? [JSON.stringify({ event: 'comparison', dataset, ...comparison })]
        : comparisonText(comparison, dataset, context, flags.color),
    );
    for (const { accuracy, path } of comparison.models) {
      assertAccuracy(accuracy, flags.minAccuracy, path);
    }
  } finally {
    terminal.close();
  }
}

async function read(path: string): Promise<Compared> {
  return { path, ...(await readModel(path)) };
}

/** @throws ModelError unless both are for images of the same sides and classes */
function assertAlike([first, second]: Two<Compared>): void {
  const [one, other] = [imagesInWords(first.model), imagesInWords(second.model)];
  if (one === other) return;
  throw new ModelError(`${first.path} is for ${one}, but ${second.path} for ${other}`, {
    hint: 'compare models that were made for the same images',
  });
}

/**
 * The data that the flags name, or else those that both were trained on; one without a record says
 * nothing against those of the other.
 */
function dataForBoth(both: Two<Compared>, flags: ModelDataOptions): DataOptions {
  const [first, second] = both;
  const [one, other] = [first.model.training?.dataset.name, second.model.training?.dataset.name];
  const named = flags.dataset !== undefined || flags.dataDir !== undefined;
  if (!named && one !== undefined && other !== undefined && one !== other) {
    const [on, onOther] = [nameInWords(one), nameInWords(other)];
    throw new UsageError(`${first.path} was trained on ${on}, ${second.path} on ${onOther}`, {
      hint: 'name the images to compare them on, with --dataset or --data-dir',
    });
  }
  const { path, model } = one === undefined ? second : first;
  return dataFor(path, model.training, flags);
}

function comparisonOf(both: Two<Compared>, scores: Two<Score>, counts: PairedCounts): Comparison {
  const { bothRight, onlyFirst, onlySecond, bothWrong } = counts;
  const images = bothRight + onlyFirst + onlySecond + bothWrong;
  const model = (k: 0 | 1, right: number) => {
    const { path, sha256 } = both[k];
    return { path, sha256, ...scores[k], accuracyInterval: wilsonInterval(right, images) };
  };
  const p = mcnemarExact(onlyFirst, onlySecond);
  const better = p >= SIGNIFICANT ? null : onlyFirst > onlySecond ? 0 : 1;
  const models = [model(0, bothRight + onlyFirst), model(1, bothRight + onlySecond)] as const;
  return { images, models, ...counts, p, better };
}

function comparisonText(
  comparison: Comparison,
  dataset: { readonly name: string; readonly split: string },
  context: Context,
  color: boolean,
): string[] {
  const { images, models, bothRight, onlyFirst, onlySecond, bothWrong, p } = comparison;
  const { style, width } = pageFor(context, color);
  const [head, ...rows] = table([
    ['', 'accuracy', '95 % interval', 'loss'],
    ...models.map(({ path, accuracy, accuracyInterval, loss }) => [
      printable(path),
      percent(accuracy),
      between(accuracyInterval),
      nats(loss),
    ]),
  ]);
  const [one, other] = models.map(({ path }) => printable(path));
  return [
    style('dim', head!),
    ...rows.map((row) => style('bold', row)),
    `on the ${grouped(images)} ${dataset.split} images of ${dataset.name}`,
    '',
    ...table([
      [`only ${one} right`, grouped(onlyFirst)],
      [`only ${other} right`, grouped(onlySecond)],
      ['both right', grouped(bothRight)],
      ['both wrong', grouped(bothWrong)],
      ["p of McNemar's exact test", probability(p)],
    ]),
    '',
    ...wrap(verdict(comparison), width),
  ];
}

/** Whether the difference means anything. */
function verdict({ models, onlyFirst, onlySecond, p, better }: Comparison): string {
  if (onlyFirst + onlySecond === 0) {
    return 'No difference: each is right on the very images on which the other is.';
  }
  const chance = `on ${p < 1e-4 ? 'less than 0.01 %' : percent(p)} of such sets of images`;
  if (better === null) {
    return `The difference may be chance: equally good models come out at least so far apart ${chance}.`;
  }
  const name = printable(models[better].path);
  return `${name} is better: equally good models come out so far apart ${chance}.`;
}

/** Three figures; a number too small for a double is not 0. */
function probability(p: number): string {
  if (p === 0) return 'below 1e-300';
  return p < 1e-3 ? p.toExponential(1) : p.toFixed(3);
}
