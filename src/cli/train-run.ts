import { resolve } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { assertWritable, writeFileAtomic } from '../atomic-file.js';
import type { LabelledImages } from '../dataset/labelled-images.js';
import { type Dataset, loadDataset } from '../dataset/load.js';
import { UsageError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Floats } from '../layers/floats.js';
import { readModel, type Score, saveModel, type Training } from '../model-file.js';
import { initialParameters, type Schedule, type TrainOptions } from '../train.js';
import { assertAccuracy, assertModelFits, scoreAll } from './assess.js';
import type { Context } from './context.js';
import { type KernelOptions, startKernel } from './create-kernel.js';
import { readData } from './data.js';
import { formatHistory } from './history.js';
import type { DataOptions, OutputOptions } from './options.js';
import { Terminal } from './terminal.js';
import { Timings } from './timings.js';
import { runTraining, type Trained } from './train-loop.js';
import { describeData, TrainOutput } from './train-output.js';

/** The flags of `backprop-train`. */
export interface TrainFlags extends DataOptions, KernelOptions, OutputOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly lrSchedule: Schedule;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly init: 'zeros' | 'xavier';
  readonly limit?: number | undefined;
  readonly validation: number;
  readonly earlyStop?: number | undefined;
  readonly resume?: string | undefined;
  readonly checkGradients?: true | undefined;
  readonly out: string;
  readonly history?: string | undefined;
  readonly minAccuracy?: number | undefined;
  readonly timings?: true | undefined;
}

/** What training starts from. */
interface Start {
  readonly data: Dataset;
  /** The training images after `--limit`. */
  readonly images: LabelledImages;
  readonly parameters: Floats;
  /** SHA-256 of the model file gone on from. */
  readonly resumedFrom: string | null;
}

/**
 * The whole of `backprop-train`, in this order: whatever can fail without training fails before it.
 * @throws BackpropError of every kind; no file is touched unless training ends well
 */
export async function trainAndSave(flags: TrainFlags, context: Context): Promise<void> {
  const timings = new Timings();
  const terminal = new Terminal(context, { quiet: flags.quiet ?? false, color: flags.color });
  const output = new TrainOutput(context, flags);
  let kernel: Kernel | undefined;
  try {
    checkTogether(flags);
    await assertWritable(flags.out);
    if (flags.history !== undefined) await assertWritable(flags.history);
    timings.end('start');
    const makeKernel = startKernel(flags);
    const start = await prepare(flags, terminal, context);
    timings.end('read and verify data');
    terminal.done(describeData(start.data, start.images));
    output.start(start.data, start.images);
    if (flags.checkGradients) {
      await checkGradients(flags, start, terminal, output);
      timings.end('check gradients');
    }
    kernel = await makeKernel(start.images);
    kernel.setParameters(start.parameters);
    timings.end('start kernel');
    const trained = await runTraining(kernel, start.images, trainOptions(flags), {
      terminal,
      signal: context.signal,
      onLoaded: () => timings.end('convert images'),
      onEpoch: (epoch) => output.epoch(epoch),
    });
    timings.end('train');
    kernel.setParameters(trained.parameters);
    const test = scoreAll(kernel, start.data.test);
    timings.end('evaluate');
    await turn();
    context.signal.throwIfAborted();
    const model = await save(flags, start, kernel, trained, test);
    timings.end('save');
    terminal.gap();
    output.result({ trained, test, model, seconds: timings.seconds });
    if (flags.timings) context.stderr.write(`${timings.table().join('\n')}\n`);
    assertAccuracy(test.accuracy, flags.minAccuracy);
  } finally {
    terminal.close();
    await kernel?.close();
  }
}

/** What no single flag can know. */
function checkTogether({ earlyStop, validation, out, history }: TrainFlags): void {
  if (earlyStop !== undefined && validation === 0) {
    throw new UsageError('--early-stop needs images held out, found --validation 0', {
      hint: 'add for instance --validation 0.1',
    });
  }
  if (history !== undefined && resolve(history) === resolve(out)) {
    throw new UsageError(`--history and --out are the same file, ${out}`, {
      hint: 'give each a file of its own',
    });
  }
}

async function prepare(flags: TrainFlags, terminal: Terminal, { signal }: Context): Promise<Start> {
  const { resume, limit, init, seed } = flags;
  const resumed = resume === undefined ? undefined : await readModel(resume);
  const from = { terminal, signal, classes: resumed?.model.classes };
  const data = await readData(loadDataset, flags, from);
  const images = first(data.train, limit);
  if (!resumed) {
    return { data, images, parameters: initialParameters(images, init, seed), resumedFrom: null };
  }
  assertModelFits(resume!, resumed.model, data.name, images);
  const { model, sha256 } = resumed;
  return { data, images, parameters: model.parameters, resumedFrom: sha256 };
}

/** The first `limit` images, or all of them if there are no more. */
function first(images: LabelledImages, limit = images.count): LabelledImages {
  const count = Math.min(limit, images.count);
  const pixels = images.pixels.subarray(0, count * images.rows * images.columns);
  return { ...images, count, pixels, labels: images.labels.subarray(0, count) };
}

async function checkGradients(
  { seed }: TrainFlags,
  { images, parameters }: Start,
  terminal: Terminal,
  output: TrainOutput,
): Promise<void> {
  const { assertGradients, checkOnImages, gradientTable } = await import('./gradients.js');
  const rows = await terminal.wait('Checking gradients', () =>
    checkOnImages(images, { initial: parameters, seed }, turn),
  );
  output.gradients(rows, gradientTable(rows));
  assertGradients(rows);
}

function trainOptions(flags: TrainFlags): TrainOptions {
  const { lr, lrSchedule, earlyStop = null, ...same } = flags;
  return { ...same, learningRate: lr, schedule: lrSchedule, earlyStop };
}

/** Writes model and history, each whole or not at all. */
async function save(
  flags: TrainFlags,
  { images, data, resumedFrom }: Start,
  kernel: Kernel,
  { parameters, epoch, train, validation, epochs }: Trained,
  test: Score,
): Promise<{ path: string; bytes: number; sha256: string }> {
  const { rows, columns, classes } = images;
  const training: Training = {
    epochs: flags.epochs,
    batchSize: flags.batchSize,
    learningRate: flags.lr,
    learningRateSchedule: flags.lrSchedule,
    momentum: flags.momentum,
    weightDecay: flags.weightDecay,
    seed: flags.seed,
    shuffle: flags.shuffle,
    init: flags.init,
    limit: flags.limit ?? null,
    validation: flags.validation,
    earlyStop: flags.earlyStop ?? null,
    kernel: kernel.name,
    resumedFrom,
    dataset: { name: data.name, sha256: data.sha256 },
  };
  const saved = await saveModel(flags.out, {
    ...{ rows, columns, classes, parameters: Float32Array.from(parameters), training },
    metrics: { epoch, train, validation, test },
  });
  if (flags.history !== undefined) {
    await writeFileAtomic(flags.history, formatHistory(flags.history, epochs));
  }
  return { path: flags.out, ...saved };
}
