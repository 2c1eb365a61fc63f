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
  interrupted: 130,
} as const;

/**
 * A failure the user can act on. The library throws these; only the command line prints them,
 * as one line: `message`, then `hint` (what to do).
 */
export class BackpropError extends Error {
  /** Stable name for programs, e.g. `ERR_DATA`. */
  readonly code: string;
  readonly exitCode: number;
  /** What the user can do about it. */
  readonly hint: string | undefined;

  constructor(
    message: string,
    details: { code: string; exitCode: number; hint?: string | undefined; cause?: unknown },
  ) {
    super(message, { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.exitCode = details.exitCode;
    this.hint = details.hint;
  }
}

interface Details {
  hint?: string;
  cause?: unknown;
}

/** An option or argument outside what is allowed (exit 2). */
export class UsageError extends BackpropError {
  constructor(message: string, details: Details = {}) {
    super(message, { ...details, code: 'ERR_USAGE', exitCode: ExitCode.usage });
  }
}

/** A data set that cannot be found, fetched, verified or read (exit 3). */
export class DataError extends BackpropError {
  constructor(message: string, details: Details = {}) {
    super(message, { ...details, code: 'ERR_DATA', exitCode: ExitCode.data });
  }
}

/** A model file or picture that cannot be used (exit 4). */
export class ModelError extends BackpropError {
  constructor(message: string, details: Details = {}) {
    super(message, { ...details, code: 'ERR_MODEL', exitCode: ExitCode.model });
  }
}

/** A file or folder that cannot be written (exit 5). */
export class DiskError extends BackpropError {
  constructor(message: string, details: Details = {}) {
    super(message, { ...details, code: 'ERR_DISK', exitCode: ExitCode.disk });
  }
}

/** Training whose loss stopped being a finite number (exit 6). */
export class DivergedError extends BackpropError {
  /** Where it was found, both from 1. */
  readonly epoch: number;
  readonly step: number;

  constructor(message: string, details: Details & { epoch: number; step: number }) {
    super(message, { ...details, code: 'ERR_DIVERGED', exitCode: ExitCode.diverged });
    this.epoch = details.epoch;
    this.step = details.step;
  }
}
