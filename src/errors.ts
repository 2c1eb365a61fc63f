/** Exit codes of the command line; each error kind below carries its own. */
export const ExitCode = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  data: 3,
  model: 4,
  disk: 5,
  diverged: 6,
  belowMinimum: 7,
  reproduce: 8,
  interrupted: 130,
} as const;

/** What an error may say besides its message. */
export interface ErrorDetails {
  /** What the user can do about it. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** One of the kinds below, for a function that is told which to throw. */
export type ErrorKind = new (message: string, details?: ErrorDetails) => BackpropError;

/**
 * A failure the user can act on. The library throws these; only the command line prints them,
 * as one line: `message`, then `hint` (what to do).
 */
export class BackpropError extends Error {
  // Spelt out in each class: a minifier renames classes.
  override readonly name: string = 'BackpropError';
  /** Stable name for programs, e.g. `ERR_DATA`. */
  readonly code: string;
  readonly exitCode: number;
  /** What the user can do about it. */
  readonly hint: string | undefined;

  constructor(
    message: string,
    details: ErrorDetails & { readonly code?: string; readonly exitCode?: number } = {},
  ) {
    super(message, { cause: details.cause });
    this.code = details.code ?? 'ERR_UNEXPECTED';
    this.exitCode = details.exitCode ?? ExitCode.unexpected;
    this.hint = details.hint;
  }
}

/** An option or argument outside what is allowed (exit 2). */
export class UsageError extends BackpropError {
  override readonly name = 'UsageError';
  override readonly code = 'ERR_USAGE';
  override readonly exitCode: number = ExitCode.usage;
}

/** A data set that cannot be found, fetched, verified or read (exit 3). */
export class DataError extends BackpropError {
  override readonly name = 'DataError';
  override readonly code = 'ERR_DATA';
  override readonly exitCode: number = ExitCode.data;
}

/** A model file or checkpoint that cannot be used (exit 4). */
export class ModelError extends BackpropError {
  override readonly name = 'ModelError';
  override readonly code = 'ERR_MODEL';
  override readonly exitCode: number = ExitCode.model;
}

/** Another file that a user names, a picture or an answer sheet, that cannot be used (exit 4). */
export class FileError extends BackpropError {
  override readonly name = 'FileError';
  override readonly code = 'ERR_FILE';
  override readonly exitCode: number = ExitCode.model;
}

/** A file or folder that cannot be written (exit 5). */
export class DiskError extends BackpropError {
  override readonly name = 'DiskError';
  override readonly code = 'ERR_DISK';
  override readonly exitCode: number = ExitCode.disk;
}

/** Training whose loss stopped being a finite number (exit 6). */
export class DivergedError extends BackpropError {
  override readonly name = 'DivergedError';
  override readonly code = 'ERR_DIVERGED';
  override readonly exitCode: number = ExitCode.diverged;
  /** Where it was found, both from 1. */
  readonly epoch: number;
  readonly step: number;

  constructor(
    message: string,
    details: ErrorDetails & { readonly epoch: number; readonly step: number },
  ) {
    super(message, details);
    this.epoch = details.epoch;
    this.step = details.step;
  }
}

/**
 * Whether an engine says that memory cannot be had: V8 "Array buffer allocation failed", "Invalid typed
 * array length", "could not allocate memory", "Unable to grow instance memory"; JavaScriptCore "Out of
 * memory".
 */
export function isOutOfMemory(error: unknown): boolean {
  return (
    error instanceof RangeError &&
    /allocat|memory|invalid (typed )?array( buffer)? length/i.test(error.message)
  );
}
