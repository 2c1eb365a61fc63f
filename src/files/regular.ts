import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { BackpropError, type ErrorKind } from '../errors.js';

/** What a file is expected to be, for error messages. */
export interface Expected {
  /** e.g. `a model file`. */
  readonly what: string;
  /** More bytes than this are not read. */
  readonly maximum: number;
  /** What to do if it is something else, or too large. */
  readonly hint: string;
  /** Thrown if it cannot be read. */
  readonly error: ErrorKind;
}

/**
 * The bytes of a regular file that a user names. Nothing else is opened for reading for long: a pipe
 * could keep the program waiting for ever, a device feed it without end.
 *
 * @throws {BackpropError} the `error` of `expected`, naming the path, what was expected and what is there
 */
export async function readRegularFile(path: string, expected: Expected): Promise<Uint8Array> {
  const { what, maximum, hint, error } = expected;
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK (which Windows does not have) opening a FIFO waits for a writer.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = await handle.stat();
    if (!stat.isFile()) {
      throw refusal(path, expected, stat.isDirectory() ? 'a folder' : 'a pipe or device');
    }
    if (stat.size > maximum) {
      const size = `expected ${what} of at most ${maximum} bytes, found ${stat.size}`;
      throw new error(`${path}: ${size}`, { hint });
    }
    const bytes = new Uint8Array(stat.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } catch (cause) {
    throw cause instanceof BackpropError ? cause : unreadable(path, expected, cause);
  } finally {
    // All has been read: a failure now could not matter.
    await handle?.close().catch(() => {});
  }
}

function refusal(path: string, { what, hint, error }: Expected, found: string, cause?: unknown) {
  return new error(`${path}: expected ${what}, found ${found}`, { hint, cause });
}

function unreadable(path: string, expected: Expected, cause: unknown): BackpropError {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  if (code === 'ENOENT') return refusal(path, expected, 'nothing there', cause);
  if (code === 'EISDIR') return refusal(path, expected, 'a folder', cause);
  if (code === 'ENXIO') return refusal(path, expected, 'a socket or device', cause);
  return new expected.error(`${path}: cannot be read (${code})`, {
    hint: 'check the path and its permissions',
    cause,
  });
}
