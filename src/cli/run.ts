import { CommanderError } from '@commander-js/extra-typings';
import {
  BackpropError,
  DataError,
  DiskError,
  ExitCode,
  isOutOfMemory,
  UsageError,
} from '../errors.js';
import { type Context, type Runnable, styleFor } from './context.js';
import { errorLine } from './output.js';

const commands: Record<
  'train' | 'eval' | 'explain' | 'convert' | 'data',
  (context: Context) => Promise<Runnable>
> = {
  data: async (context) => (await import('./data/command.js')).dataCommand(context),
  train: async (context) => (await import('./train/command.js')).trainCommand(context),
  eval: async (context) => (await import('./eval/command.js')).evalCommand(context),
  explain: async (context) => (await import('./explain/command.js')).explainCommand(context),
  convert: async (context) => (await import('./convert/command.js')).convertCommand(context),
};

/** The work was stopped from outside; `silent` where nobody is left to be told. */
class Interrupted extends BackpropError {
  readonly silent: boolean;

  constructor(message: string, exitCode: number, silent = false) {
    super(message, { code: 'ERR_INTERRUPTED', exitCode });
    this.silent = silent;
  }
}

/** 128 + SIGPIPE, what a shell reports for any tool whose reader has gone. */
const OUTPUT_CLOSED = 141;
const SIGNALS = { SIGINT: ExitCode.interrupted, SIGTERM: 143 } as const;

/**
 * Runs a command on this process: the one place that reads the arguments, listens for signals,
 * prints errors and decides the exit code.
 */
export async function run(name: keyof typeof commands): Promise<void> {
  const interruption = new AbortController();
  const { stdout, stderr, env } = process;
  process.on('uncaughtException', fail);
  watchSignals(interruption);
  watchOutput(interruption);
  try {
    const stdin = (): NodeJS.ReadStream => process.stdin;
    const { signal } = interruption;
    const command = await commands[name]({ stdin, stdout, stderr, env, signal });
    await command.parseAsync();
    // What was in hand has been finished, but a caller waiting for us must learn of the signal.
    interruption.signal.throwIfAborted();
  } catch (error) {
    fail(error);
  }
}

function watchSignals(interruption: AbortController): void {
  const names = Object.keys(SIGNALS) as (keyof typeof SIGNALS)[];
  const onSignal = (signal: keyof typeof SIGNALS): void => {
    interruption.abort(new Interrupted(`interrupted by ${signal}`, SIGNALS[signal]));
    // The system's own handling takes the second signal and ends at once. Not before the next turn:
    // ora's signal-exit, left alone with this first one, would kill the process.
    setImmediate(() => {
      for (const name of names) process.off(name, onSignal);
    });
  };
  for (const name of names) process.on(name, onSignal);
}

function watchOutput(interruption: AbortController): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE')
      return fail(new DiskError(`cannot write to stdout: ${error.message}`));
    interruption.abort(new Interrupted('the reader of stdout has gone', OUTPUT_CLOSED, true));
    process.exitCode = OUTPUT_CLOSED;
  });
  // Nobody reads the progress: the work goes on.
  process.stderr.on('error', () => {});
}

/** Prints the error and ends the process with its exit code. */
function fail(thrown: unknown): void {
  const error = toBackpropError(thrown);
  if (!error) return;
  const { stderr, env } = process;
  if (error instanceof Interrupted && error.silent) process.exit(error.exitCode);
  const color = !process.argv.includes('--no-color');
  const label = styleFor(stderr, env, color)('red', 'error:');
  const text =
    env.DEBUG === 'backprop' ? (thrown as Error)?.stack || String(thrown) : errorLine(error);
  stderr.write(`${label} ${text}\n`, () => process.exit(error.exitCode));
}

/** The error to report; undefined for commander's way of saying that help or version was printed. */
function toBackpropError(thrown: unknown): BackpropError | undefined {
  if (thrown instanceof BackpropError) return thrown;
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return undefined;
    return usageError(thrown);
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (isOutOfMemory(thrown)) {
    return new DataError(`not enough memory (${message})`, {
      hint: 'give the process more memory, or take fewer images',
      cause: thrown,
    });
  }
  return new BackpropError(`unexpected: ${message}`, {
    code: 'ERR_UNEXPECTED',
    exitCode: ExitCode.unexpected,
    hint: 'set DEBUG=backprop to see where, and report it',
    cause: thrown,
  });
}

/** Commander's message in the phrasing of ours; help is no help to those who know the range. */
function usageError({ code, message }: CommanderError): UsageError {
  const text = message
    .replace(/^error: /, '')
    .replace(/ is invalid\. (.)/, (_, first: string) => ` is invalid: ${first.toLowerCase()}`);
  return new UsageError(text, code === 'commander.invalidArgument' ? {} : { hint: 'see --help' });
}
