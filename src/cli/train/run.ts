import { setImmediate as turn } from 'node:timers/promises';
import { UsageError } from '../../errors.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Checkpoint, Resumable } from '../../model/checkpoint.js';
import { formatToWrite, saveModel } from '../../model/file.js';
import { trainingOf } from '../../model/trained.js';
import { assertAccuracy, worseThanGuessing } from '../assess.js';
import type { Context } from '../context.js';
import { startKernel } from '../kernel.js';
import { assertDistinct, prepareOutputs } from '../outputs.js';
import { TrainingReport } from '../report.js';
import { Terminal } from '../terminal.js';
import type { Checkpoints } from './checkpoints.js';
import type { Given, TrainFlags } from './flags.js';
import { History } from './history.js';
import { makeModel, recordOf, stepsOfEpoch } from './make.js';
import type { OnMoment } from './observer.js';
import { describeData, nextCommands, TrainOutput, type WrittenBeside } from './output.js';
import { describeReplaced } from './replaced.js';
import { prepare, type Start } from './start.js';
import { Timings } from './timings.js';

/**
 * The whole of `backprop-train`, in this order: whatever can fail without training fails before it.
 * @param given which flags the user gave, and must agree with a checkpoint to resume from
 * @throws BackpropError of every kind; but for checkpoint and history no file is touched unless training
 *   ends well
 */
export async function trainAndSave(
  asked: TrainFlags,
  context: Context,
  given: Given = () => false,
): Promise<void> {
  const timings = new Timings();
  const { quiet = false, color } = asked;
  const terminal = new Terminal(context, { quiet, color });
  let kernel: Kernel | undefined;
  let checkpoints: Checkpoints | undefined;
  let history: History | undefined;
  try {
    const { flags, from } = await readNamed(asked, given, terminal);
    const output = new TrainOutput(context, flags);
    checkTogether(flags, given);
    await prepareFiles(flags);
    timings.end('start');

    const makeKernel = startKernel(flags, {
      // Another kernel would come to other bytes than the run that a file records.
      required: given('kernel') || flags.like !== undefined || from?.checkpoint !== undefined,
      warn: (text) => terminal.warn(text),
    });
    const start = await prepare(flags, from, terminal, context);
    timings.end('read and verify data');
    terminal.done(describeData(start.data, start.images));
    if (start.checkpoint) terminal.line([resuming(flags, start.checkpoint)]);
    if (!quiet) {
      const replaced = await describeReplaced(flags.out, start.data);
      if (replaced !== undefined) terminal.line([replaced]);
      timings.end('read old model');
    }
    output.start(start.data, start.images);

    const report =
      flags.report === undefined
        ? undefined
        : await TrainingReport.start(flags.report, start.shape);
    const watch = await startWatching(flags, start, terminal, context);

    kernel = await makeKernel(start.shape);
    timings.end('start kernel');
    if (flags.checkGradients) {
      await checkGradients(kernel, flags, start, terminal, output);
      timings.end('check gradients');
    }
    checkpoints = await startCheckpoints(flags, start, kernel, context);
    if (flags.history !== undefined) {
      const before = start.checkpoint?.epochs ?? [];
      history = new History(flags.history, before, (text) => terminal.warn(text));
    }
    const { model, trained, predictions } = await makeModel(kernel, flags, start, {
      terminal,
      signal: context.signal,
      timings,
      checkpoints,
      onEpoch: async (epoch) => {
        output.epoch(epoch);
        await history?.epoch(epoch);
      },
      onMoment:
        report || watch
          ? async (moment, parameters) => {
              report?.moment(moment, parameters);
              await watch?.(moment, parameters);
            }
          : undefined,
    });
    const { epochs } = trained;
    const { test } = model.metrics;
    const file = await saveModel(flags.out, model, context.signal);
    const beside: WrittenBeside = {};
    try {
      await history?.end(context.signal);
      beside.history = flags.history;
      timings.end('save');
      if (report) {
        const dataset = { name: start.data.name, split: 'test' };
        const images = start.data.test;
        const batchesInEpoch = stepsOfEpoch(start.images, flags);
        const page = { file, model, epochs, batchesInEpoch, dataset, images, predictions };
        await report.write(page, context.signal, flags.lang);
        beside.report = flags.report;
        timings.end('report');
      }
    } finally {
      // The model is saved, whatever becomes of the files beside it.
      terminal.gap();
      output.result({ trained, test, model: file, beside, seconds: timings.seconds });
    }
    const warning = worseThanGuessing(test.loss, model.classes);
    if (warning !== undefined) terminal.warn(`${warning}: try a smaller --lr`);
    // For a human at a terminal only.
    const { stdout, stderr } = context;
    if (!flags.json && stdout.isTTY && stderr.isTTY) terminal.line(nextCommands(flags));
    if (flags.timings) context.stderr.write(`${timings.table().join('\n')}\n`);
    assertAccuracy(test.accuracy, flags.minAccuracy);
  } catch (error) {
    if (error === context.signal.reason) await checkpoints?.stop(terminal);
    throw error;
  } finally {
    terminal.close();
    await history?.close();
    await kernel?.close();
  }
}

/** The flags with those that the files named by --like and --resume bring. */
async function readNamed(
  asked: TrainFlags,
  given: Given,
  terminal: Terminal,
): Promise<{ flags: TrainFlags; from: Resumable | undefined }> {
  const flags =
    asked.like === undefined
      ? asked
      : await (await import('./like.js')).withFlagsLike(asked, asked.like, given, terminal);
  if (flags.resume === undefined) return { flags, from: undefined };
  return (await import('./resume.js')).readResumed(flags, given);
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
}

async function prepareFiles({ out, history, report, checkpoint, resume, like }: TrainFlags) {
  const beside = { '--history': history, '--report': report };
  const outputs = { '--out': out, '--checkpoint': checkpoint, ...beside };
  await assertDistinct(outputs);
  // A run may replace the model or checkpoint that it resumes from, but by another one only.
  await assertDistinct({ '--resume': resume, ...beside });
  await assertDistinct({ '--like': like, '--checkpoint': checkpoint, ...beside });
  formatToWrite(out);
  await prepareOutputs(outputs);
}

function resuming({ resume, epochs }: TrainFlags, { state }: Checkpoint): string {
  return `resuming from ${resume}: epoch ${state.epoch}/${epochs}, step ${state.step}`;
}

/** For --watch, whose code is loaded only then. */
async function startWatching(
  { watch, quiet, color }: TrainFlags,
  { shape, parameters }: Start,
  terminal: Terminal,
  context: Context,
): Promise<OnMoment | undefined> {
  if (!watch || quiet) return undefined;
  const { watchWeights } = await import('../watch.js');
  return watchWeights(shape, parameters, terminal, context, color);
}

/** For --checkpoint, whose code is loaded only then. */
async function startCheckpoints(
  flags: TrainFlags,
  start: Start,
  kernel: Kernel,
  { signal }: Context,
): Promise<Checkpoints | undefined> {
  const { checkpoint, checkpointEvery } = flags;
  if (checkpoint === undefined) return undefined;
  const { Checkpoints } = await import('./checkpoints.js');
  const run = { ...start.shape, training: trainingOf(recordOf(flags, start, kernel)) };
  return new Checkpoints({ checkpoint, checkpointEvery }, run, start.checkpoint, signal);
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
