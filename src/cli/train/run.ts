import { setImmediate as turn } from 'node:timers/promises';
import { UsageError } from '../../errors.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Checkpoint } from '../../model/checkpoint.js';
import { formatToWrite } from '../../model/file.js';
import { assertAccuracy, scoreOf } from '../assess.js';
import type { Context } from '../context.js';
import { startKernel } from '../kernel.js';
import { TrainingReport } from '../report.js';
import { Terminal } from '../terminal.js';
import type { Checkpoints } from './checkpoints.js';
import { type Given, hyperparametersOf, type TrainFlags } from './flags.js';
import { runTraining } from './loop.js';
import { describeData, TrainOutput } from './output.js';
import { assertDistinct, modelOf, prepareOutputs, save, trainingOf } from './save.js';
import { prepare, type Start } from './start.js';
import { Timings } from './timings.js';

/**
 * The whole of `backprop-train`, in this order: whatever can fail without training fails before it.
 * @param given which flags the user gave, and must agree with a checkpoint to resume from
 * @throws BackpropError of every kind; but for the checkpoint no file is touched unless training ends
 *   well
 */
export async function trainAndSave(
  asked: TrainFlags,
  context: Context,
  given: Given = () => false,
): Promise<void> {
  const { flags, from } =
    asked.resume === undefined
      ? { flags: asked, from: undefined }
      : await (await import('./resume.js')).readResumed(asked, given);
  const timings = new Timings();
  const terminal = new Terminal(context, { quiet: flags.quiet ?? false, color: flags.color });
  const output = new TrainOutput(context, flags);
  let kernel: Kernel | undefined;
  let checkpoints: Checkpoints | undefined;
  try {
    checkTogether(flags, given);
    await prepareOutputs(outputsOf(flags));
    timings.end('start');

    const makeKernel = startKernel(flags);
    const start = await prepare(flags, from, terminal, context);
    timings.end('read and verify data');
    terminal.done(describeData(start.data, start.images));
    if (start.checkpoint) terminal.line([resuming(flags, start.checkpoint)]);
    output.start(start.data, start.images);

    const report =
      flags.report === undefined
        ? undefined
        : await TrainingReport.start(flags.report, start.shape, start.parameters);
    const watch = await startWatching(flags, start, terminal, context);

    kernel = await makeKernel(start.shape);
    timings.end('start kernel');
    if (flags.checkGradients) {
      await checkGradients(kernel, flags, start, terminal, output);
      timings.end('check gradients');
    }
    kernel.setParameters(start.parameters);
    checkpoints = await startCheckpoints(flags, start, kernel);
    const trainingSet = kernel.load(start.images);
    timings.end('convert images');

    const trained = await runTraining(kernel, trainingSet, hyperparametersOf(flags), {
      terminal,
      signal: context.signal,
      checkpoints,
      from: start.checkpoint,
      onEpoch: (epoch) => {
        output.epoch(epoch);
        if (!report && !watch) return;
        const parameters = kernel!.getParameters();
        report?.epoch(epoch.epoch, parameters);
        watch?.(parameters);
      },
    });
    timings.end('train');

    const images = start.data.test;
    kernel.setParameters(trained.parameters);
    const predictions = kernel.evaluate(kernel.load(images));
    const test = scoreOf(predictions, images);
    timings.end('evaluate');
    await turn();
    context.signal.throwIfAborted();

    const model = modelOf(flags, start, kernel, trained, test);
    const file = await save(flags, model, trained);
    timings.end('save');
    if (report) {
      const dataset = { name: start.data.name, split: 'test' };
      await report.write({ file, model, epochs: trained.epochs, dataset, images, predictions });
      timings.end('report');
    }
    terminal.gap();
    output.result({ trained, test, model: file, seconds: timings.seconds });
    if (flags.timings) context.stderr.write(`${timings.table().join('\n')}\n`);
    assertAccuracy(test.accuracy, flags.minAccuracy);
  } catch (error) {
    if (error === context.signal.reason) await checkpoints?.stop(terminal);
    throw error;
  } finally {
    terminal.close();
    await kernel?.close();
  }
}

/** What no single flag can know. */
function checkTogether(flags: TrainFlags, given: Given): void {
  if (flags.earlyStop !== undefined && flags.validation === 0) {
    throw new UsageError('--early-stop needs images held out, found --validation 0', {
      hint: 'add for instance --validation 0.1',
    });
  }
  if (flags.hidden?.length && flags.init === 'zeros') {
    throw new UsageError(
      '--init zeros cannot train hidden layers: all units of a layer would stay the same',
      { hint: 'leave --init out, or choose he or xavier' },
    );
  }
  if (given('checkpointEvery') && flags.checkpoint === undefined) {
    throw new UsageError('--checkpoint-every needs --checkpoint, found none', {
      hint: 'add for instance --checkpoint run.json',
    });
  }
  assertDistinct(outputsOf(flags));
  formatToWrite(flags.out);
}

function outputsOf({ out, history, report, checkpoint }: TrainFlags) {
  return { out, history, report, checkpoint };
}

function resuming({ resume, epochs }: TrainFlags, { state }: Checkpoint): string {
  return `resuming from ${resume}: epoch ${state.epoch}/${epochs}, step ${state.step}`;
}

/** For --watch, whose code is loaded only then. */
async function startWatching(
  { watch, color }: TrainFlags,
  { shape, parameters }: Start,
  terminal: Terminal,
  context: Context,
): Promise<((parameters: Start['parameters']) => void) | undefined> {
  if (!watch) return undefined;
  const { watchWeights } = await import('../watch.js');
  return watchWeights(shape, parameters, terminal, context, color);
}

/** For --checkpoint, whose code is loaded only then. */
async function startCheckpoints(
  flags: TrainFlags,
  start: Start,
  kernel: Kernel,
): Promise<Checkpoints | undefined> {
  const { checkpoint, checkpointEvery } = flags;
  if (checkpoint === undefined) return undefined;
  const { Checkpoints } = await import('./checkpoints.js');
  const run = { ...start.shape, training: trainingOf(flags, start, kernel) };
  return new Checkpoints({ checkpoint, checkpointEvery }, run, start.checkpoint);
}

async function checkGradients(
  kernel: Kernel,
  { seed }: TrainFlags,
  { images, parameters }: Start,
  terminal: Terminal,
  output: TrainOutput,
): Promise<void> {
  const { assertGradients, checkOnImages, gradientTable } = await import('./gradients.js');
  const rows = await terminal.wait('Checking gradients', () =>
    checkOnImages(kernel, images, { initial: parameters, seed }, turn),
  );
  output.gradients(rows, gradientTable(rows));
  assertGradients(rows);
}
