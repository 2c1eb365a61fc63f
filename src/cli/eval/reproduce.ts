import { BackpropError, DivergedError, ExitCode, ModelError, UsageError } from '../../errors.js';
import { sha256Of } from '../../files/regular.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Resumable } from '../../model/checkpoint.js';
import { type Difference, firstDifference } from '../../model/difference.js';
import { formatToRead, readModel } from '../../model/file.js';
import { formatModel, type Model } from '../../model/model.js';
import { counted, duration } from '../../text/numbers.js';
import type { Context } from '../context.js';
import { savedDatasetOf } from '../data.js';
import { startKernel } from '../kernel.js';
import type { ModelDataOptions, OutputOptions } from '../options.js';
import { printable, printLines } from '../output.js';
import { Terminal } from '../terminal.js';
import { type StartFlags, savedFlagsOf } from '../train/flags.js';
import { readRecorded } from '../train/like.js';
import { makeModel } from '../train/make.js';
import { describeData } from '../train/output.js';
import { assertSameData, prepare } from '../train/start.js';
import { Timings } from '../train/timings.js';

/** The flags of `backprop-eval --reproduce`. */
export interface ReproduceFlags extends ModelDataOptions, OutputOptions {
  readonly from?: string | undefined;
}

/**
 * Trains a model again from the record in its own file, and compares the bytes.
 * @throws UsageError where a file or a folder has to be named; ModelError for a file that is not the one
 *   resumed from; DataError for other data than the record's; after the result, BackpropError (exit 8)
 *   for other bytes
 */
export async function reproduce(
  path: string,
  { from, ...flags }: ReproduceFlags,
  context: Context,
): Promise<void> {
  const timings = new Timings();
  const terminal = new Terminal(context, { quiet: flags.quiet ?? false, color: flags.color });
  let kernel: Kernel | undefined;
  try {
    const { model, sha256 } = await readRecorded(path);
    const saved = savedFlagsOf(model.training, path);
    const dataset = savedDatasetOf(model.training, path, flags);
    const run: StartFlags = { ...flags, ...saved, dataset, resume: from };
    const origin = await readOrigin(path, model, from);

    const makeKernel = startKernel(
      { kernel: saved.kernel, threads: 'auto' },
      // Another kernel would come to other bytes.
      { required: true, warn: (text) => terminal.warn(text) },
    );
    const start = await prepare(run, origin, terminal, context);
    assertSameData(path, model.training, start.data);
    terminal.done(describeData(start.data, start.images));
    kernel = await makeKernel(start.shape);
    const made = await makeModel(kernel, run, start, {
      terminal,
      signal: context.signal,
      timings,
    }).catch((error) => {
      throw asOtherBytes(path, error);
    });

    const bytes = (await formatToRead(path)).write(made.model);
    const again = { sha256: sha256Of(bytes), bytes: bytes.length };
    const reproduced = again.sha256 === sha256;
    const difference = reproduced
      ? undefined
      : firstDifference(JSON.parse(formatModel(model)), JSON.parse(formatModel(made.model)));
    timings.end('compare');

    const { epochsRun } = made.trained;
    const { seconds } = timings;
    terminal.gap();
    if (flags.json) {
      const file = { path, sha256 };
      const outcome = { reproduced, difference: difference ?? null };
      const line = { event: 'reproduce', model: file, ...outcome, again, epochsRun, seconds };
      context.stdout.write(`${JSON.stringify(line)}\n`);
    } else {
      const rows = [
        ['model', printable(path)],
        ['sha256', sha256],
        ['again', reproduced ? 'the same bytes' : again.sha256],
        ['time', `${duration(seconds)}  ${counted(epochsRun, 'epoch')}`],
      ];
      const lines = rows.map(([name, value]) => `${name!.padEnd(6)}  ${value}`);
      printLines(context.stdout, lines);
    }
    if (!reproduced) throw otherBytes(path, difference);
  } finally {
    terminal.close();
    await kernel?.close();
  }
}

/** The model that training began with, where it did not begin anew. */
async function readOrigin(
  path: string,
  { hidden, training }: Model,
  from: string | undefined,
): Promise<Resumable | undefined> {
  const { resumedFrom } = training;
  if (resumedFrom === null) {
    if (from === undefined) return undefined;
    throw new UsageError(`--from ${from}: ${path} did not resume from a file`, {
      hint: 'leave --from out',
    });
  }
  const wanted = `${path} resumed from a file with SHA-256 ${resumedFrom}`;
  const hint = 'name that file with --from';
  if (from === undefined) throw new UsageError(wanted, { hint });
  const origin = await readModel(from);
  if (origin.sha256 !== resumedFrom) {
    throw new ModelError(`${wanted}, but that of ${from} is ${origin.sha256}`, { hint });
  }
  if (String(origin.model.hidden) !== String(hidden)) {
    throw new ModelError(
      `${path}: training.hidden: expected [${origin.model.hidden}] as in ${from}, found [${hidden}]`,
    );
  }
  return origin;
}

const HINT = 'the file was changed, or another version of backprop-train made it';

/** A record that cannot be trained by did not make this file. */
function asOtherBytes(path: string, error: unknown): unknown {
  if (!(error instanceof DivergedError || error instanceof UsageError)) return error;
  return new BackpropError(`${path}: by its record, ${error.message}`, {
    code: 'ERR_REPRODUCE',
    exitCode: ExitCode.reproduce,
    hint: HINT,
    cause: error,
  });
}

function otherBytes(path: string, difference: Difference | undefined): BackpropError {
  const what = difference
    ? `${difference.field} is ${inWords(difference.before)}, trained again ${inWords(difference.after)}`
    : 'the same model, but the file writes it in other bytes';
  return new BackpropError(`${path}: ${what}`, {
    code: 'ERR_REPRODUCE',
    exitCode: ExitCode.reproduce,
    hint: HINT,
  });
}

/** A value of JSON. */
function inWords(value: unknown): string {
  if (Object.is(value, -0)) return '-0';
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
