import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { BackpropError, type ErrorKind } from '../errors.js';
import { systemCode, systemReason } from './system-error.js';

/** What a file is expected to be, for error messages. */
export interface Expected {
  /** e.g. `a model file`. */
  readonly what: string;
  /** Larger files are refused, in bytes. */
  readonly maximum: number;
  /** What to do if it is something else, or too large. */
  readonly hint: string;
  /** Thrown if it cannot be read. */
  readonly error: ErrorKind;
}

/** The whole content of a file and its SHA-256 in hex. */
export interface HashedFile {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** Checks a file by its first bytes and its size; throws if it must not be read. */
export type CheckHead = (head: Uint8Array, size: number) => void | Promise<void>;

/** Larger files are never hashed; MNIST's largest has 47 MB. */
export const maximumBytes: number = 2 ** 31;

/** Enough for an IDX header, even inside a gzip file, and too few to unpack to more than 5 MB. */
const headBytes = 4096;

/**
 * Bytes read while the ones before are hashed. MNIST's 47 MB: 31 ms, against 52 ms for reading and
 * then hashing, and 82 ms with crypto.subtle, which copies (2 cores, Node 20).
 */
const chunkBytes = 2 ** 22;

/** SHA-256 in hex. */
export function sha256Of(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * The bytes of a regular file that a user names.
 * @throws {BackpropError} the `error` of `expected`, naming the path, what was expected and what is there
 */
export async function readRegularFile(path: string, expected: Expected): Promise<Uint8Array> {
  const { what, maximum, hint, error } = expected;
  try {
    return await readWhole(path, (stats) => {
      if (!stats.isFile()) {
        throw refusal(path, expected, stats.isDirectory() ? 'a folder' : 'a pipe or device');
      }
      if (stats.size > maximum) {
        const size = `expected ${what} of at most ${maximum} bytes, found ${stats.size}`;
        throw new error(`${path}: ${size}`, { hint });
      }
    });
  } catch (cause) {
    throw cause instanceof BackpropError ? cause : unreadable(path, expected, cause);
  }
}

/**
 * Reads a regular file and hashes it on the way.
 * @param checkHead is called before anything of the file's size is allocated or read
 * @throws the system's error, what `checkHead` throws, or an Error that says why it is refused
 */
export async function readHashed(path: string, checkHead?: CheckHead): Promise<HashedFile> {
  const hash = createHash('sha256');
  const check = async (stats: Stats, handle: FileHandle) => {
    if (!stats.isFile()) throw new Error('not a regular file');
    if (stats.size > maximumBytes) {
      throw new Error(`${stats.size} bytes, more than the ${maximumBytes} that are accepted`);
    }
    if (!checkHead) return;
    const head = new Uint8Array(Math.min(headBytes, stats.size));
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    await checkHead(head.subarray(0, bytesRead), stats.size);
  };
  const bytes = await readWhole(path, check, (chunk) => hash.update(chunk));
  return { bytes, sha256: hash.digest('hex') };
}

/**
 * The content of the file at `path`.
 * @param check throws if it must not be read: a pipe could keep the program waiting for ever, and a
 *   device feed it without end
 * @param onChunk is given every byte in turn, while the next ones are read
 */
async function readWhole(
  path: string,
  check: (stats: Stats, handle: FileHandle) => void | Promise<void>,
  onChunk?: (chunk: Uint8Array) => void,
): Promise<Uint8Array> {
  // Without O_NONBLOCK (which Windows does not have) opening a FIFO waits for a writer.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await handle.stat();
    await check(stats, handle);
    const bytes = new Uint8Array(stats.size);
    let [seen, read] = [0, 0];
    while (read < bytes.length) {
      const next = handle.read(bytes, read, Math.min(chunkBytes, bytes.length - read), read);
      onChunk?.(bytes.subarray(seen, read));
      seen = read;
      const { bytesRead } = await next;
      if (bytesRead === 0) throw new Error('it became shorter while it was read');
      read += bytesRead;
    }
    onChunk?.(bytes.subarray(seen));
    return bytes;
  } finally {
    // All has been read: a failure now could not matter.
    await handle.close().catch(() => {});
  }
}

function refusal(path: string, { what, hint, error }: Expected, found: string, cause?: unknown) {
  return new error(`${path}: expected ${what}, found ${found}`, { hint, cause });
}

function unreadable(path: string, expected: Expected, cause: unknown): BackpropError {
  const code = systemCode(cause);
  if (code === 'ENOENT') return refusal(path, expected, 'nothing there', cause);
  if (code === 'EISDIR') return refusal(path, expected, 'a folder', cause);
  if (code === 'ENXIO') return refusal(path, expected, 'a socket or device', cause);
  return new expected.error(`${path}: cannot be read (${code ?? systemReason(cause)})`, {
    hint: 'check the path and its permissions',
    cause,
  });
}
