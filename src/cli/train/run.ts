import { setImmediate as turn } from 'node:timers/promises';
import { UsageError } from '../../errors.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Checkpoint } from '../../model/checkpoint.js';
import type { Schedule, TrainOptions } from '../../train.js';
import { assertAccuracy, scoreAll } from '../assess.js';
import type { Context } from '../context.js';
import { type KernelOptions, startKernel } from '../kernel.js';
import type { DataOptions, OutputOptions } from '../options.js';
import { startFollowing } from '../report-follow.js';
import { Terminal } from '../terminal.js';
import type { Checkpoints } from './checkpoints.js';
import { runTraining } from './loop.js';
import { describeData, TrainOutput } from './output.js';
import { assertDistinct, prepareOutputs } from './output-files.js';
import type { Given } from './resume.js';
import { modelOf, save, trainingOf } from './save.js';
import { prepare, type Start } from './start.js';
import { Timings } from './timings.js';

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
  readonly checkpoint?: string | undefined;
  readonly checkpointEvery: number;
  readonly checkGradients?: true | undefined;
  readonly out: string;
  readonly history?: string | undefined;
  readonly report?: string | undefined;
  readonly watch?: true | undefined;
  readonly minAccuracy?: number | undefined;
  readonly timings?: true | undefined;
}

/**
 * The whole of `backprop-train`, in this order: whatever can fail without training fails before it.
 * @param given which flags the user gave, and must agree with a checkpoint gone on from
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
    if (start.checkpoint) terminal.line([goingOn(flags, start.checkpoint)]);
    output.start(start.data, start.images);
    const around = { terminal, context };
    const followers = await startFollowing(flags, start.images, start.parameters, around);
    if (flags.checkGradients) {
      await checkGradients(flags, start, terminal, output);
      timings.end('check gradients');
    }
    kernel = await makeKernel(start.images);
    kernel.setParameters(start.parameters);
    timings.end('start kernel');
    checkpoints = await startCheckpoints(flags, start, kernel);
    const trained = await runTraining(kernel, start.images, trainOptions(flags), {
      terminal,
      signal: context.signal,
      checkpoints,
      from: start.checkpoint,
      onLoaded: () => timings.end('convert images'),
      onEpoch: (epoch) => {
        output.epoch(epoch);
        followers.epoch(epoch.epoch, kernel!);
      },
    });
    timings.end('train');
    kernel.setParameters(trained.parameters);
    const test = scoreAll(kernel, start.data.test);
    timings.end('evaluate');
    await turn();
    context.signal.throwIfAborted();
    const model = modelOf(flags, start, kernel, trained, test);
    const file = await save(flags, model, trained);
    timings.end('save');
    if (followers.report) {
      const { epochs } = trained;
      await followers.report.write({ model, file, epochs, kernel, data: start.data });
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
  if (given('checkpointEvery') && flags.checkpoint === undefined) {
    throw new UsageError('--checkpoint-every needs --checkpoint, found none', {
      hint: 'add for instance --checkpoint run.json',
    });
  }
  assertDistinct(outputsOf(flags));
}

function outputsOf({ out, history, report, checkpoint }: TrainFlags) {
  return { out, history, report, checkpoint };
}

function goingOn({ resume, epochs }: TrainFlags, { state }: Checkpoint): string {
  return `going on from ${resume}: epoch ${state.epoch}/${epochs}, step ${state.step}`;
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
  const run = { ...start.images, training: trainingOf(flags, start, kernel) };
  return new Checkpoints({ checkpoint, checkpointEvery }, run, start.checkpoint);
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
