import type { WriteStream } from 'node:tty';
import util from 'node:util';
import type { Expected } from '../files/regular.js';
import type { Page, Palette, Style } from '../text/page.js';

/** An output stream; a terminal's has `isTTY`, `columns` and `rows`. */
export type Output = NodeJS.WritableStream &
  Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>>;

/** A command line, ready to be run. */
export interface Runnable {
  parseAsync(): Promise<unknown>;
}

/** What a command sees of the world: passed in, so that nothing else reads `process`. */
export interface Context {
  /** Standard input; called only by whoever reads it. */
  readonly stdin: () => AsyncIterable<Uint8Array | string>;
  /** For results. */
  readonly stdout: Output;
  /** For progress, warnings and errors. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by SIGINT, SIGTERM or a reader of stdout that went away; the reason is an error. */
  readonly signal: AbortSignal;
}

/**
 * All that standard input brings.
 * @throws the `error` of `expected` if it is more than the maximum; the signal's reason
 */
export async function readStdin(
  { stdin, signal }: Context,
  { what, maximum, hint, error }: Expected,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stdin()) {
    signal.throwIfAborted();
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
    size += bytes.length;
    if (size > maximum) {
      throw new error(`stdin: expected ${what} of at most ${maximum} bytes, found more`, { hint });
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/**
 * What FORCE_COLOR says, before any other variable, as Node's `getColorDepth` and chalk read it: 1, `true`
 * or nothing: colours; 2 and 3: 256 colours and 24 bits; anything else: none. Undefined: it is not set.
 */
function forcedColor({ FORCE_COLOR }: Context['env']): 0 | 1 | 2 | 3 | undefined {
  if (FORCE_COLOR === undefined) return undefined;
  if (['', '1', 'true'].includes(FORCE_COLOR)) return 1;
  return FORCE_COLOR === '2' ? 2 : FORCE_COLOR === '3' ? 3 : 0;
}

/**
 * Whether `stream` can be redrawn: a terminal with at least one column, outside CI, and nobody has asked
 * for plain text (https://no-color.org, `TERM=dumb`, `FORCE_COLOR=0`).
 */
export function isInteractive(stream: Output, env: Context['env']): boolean {
  if (!stream.isTTY || !((stream.columns ?? 0) > 0)) return false;
  const { CI, NO_COLOR, TERM } = env;
  const inCi = CI !== undefined && !['', '0', 'false'].includes(CI);
  const plain = (forcedColor(env) ?? (NO_COLOR ? 0 : 1)) === 0;
  return !inCi && !plain && TERM !== 'dumb';
}

/**
 * Whether colours may be written to `stream`: where FORCE_COLOR says so, in a pipe as well, or else where
 * it can be redrawn. `--no-color` comes before both.
 */
function hasColor(stream: Output, env: Context['env'], color: boolean): boolean {
  return color && (forcedColor(env) ?? Number(isInteractive(stream, env))) > 0;
}

/** The style for `stream`: colours where it may have them, none elsewhere. */
export function styleFor(stream: Output, env: Context['env'], color: boolean): Style {
  // Absent before Node 20.12. It would test stdout whatever the stream: hence validateStream.
  if (!hasColor(stream, env, color) || typeof util.styleText !== 'function') {
    return (_, text) => text;
  }
  return (format, text) => util.styleText(format, text, { validateStream: false });
}

/** Lines in a pipe, and the widest ones on a terminal: longer ones are hard to read. */
const USUAL_WIDTH = 80;
const LEAST_WIDTH = 20;

/** The page that stdout is. */
export function pageFor({ stdout, env }: Pick<Context, 'stdout' | 'env'>, color: boolean): Page {
  const columns = stdout.isTTY && stdout.columns ? stdout.columns : USUAL_WIDTH;
  return {
    width: Math.max(LEAST_WIDTH, Math.min(columns, USUAL_WIDTH)),
    style: styleFor(stdout, env, color),
    palette: hasColor(stdout, env, color) ? paletteOf(env) : 'ascii',
  };
}

function paletteOf(env: Context['env']): Palette {
  const { COLORTERM = '', TERM = '' } = env;
  const forced = forcedColor(env);
  if (forced === 2) return '256';
  if (forced === 3 || /^(truecolor|24bit)$/i.test(COLORTERM) || /direct|truecolor/.test(TERM)) {
    return 'truecolor';
  }
  return /256/.test(TERM) ? '256' : 'ascii';
}
