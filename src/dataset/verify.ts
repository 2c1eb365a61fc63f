import { promisify } from 'node:util';
import { isOutOfMemory } from '../errors.js';
import { type HashedFile, readHashed, sha256Of } from '../files/regular.js';
import type { CatalogueFile } from './catalogue.js';

/** A catalogue file whose content is proved by a known hash. */
export interface VerifiedFile {
  /** The IDX bytes, decompressed. */
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`, in hex. */
  readonly sha256: string;
  /** The form that the cache keeps, so that the known hash proves it again at every read. */
  readonly stored: Uint8Array;
}

/** Content that is not the catalogue's file; `truncated` if it may be the start of it. */
export class VerificationError extends Error {
  readonly truncated: boolean;

  constructor(message: string, details: { truncated?: boolean; cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.truncated = details.truncated ?? false;
  }
}

/** A gzip file of data that do not shrink is larger than the data, by far less than this. */
export const gzipSlackBytes = 65_536;

/**
 * Reads the file at `path` and verifies that it is `file`. One that is too large is not read.
 * @throws {VerificationError}, or the system's error
 */
export async function verifyAt(path: string, file: CatalogueFile): Promise<VerifiedFile> {
  const found = await readHashed(path, (_, size) => {
    const most = file.bytes + gzipSlackBytes;
    if (size > most) throw new VerificationError(`${size} bytes, expected at most ${most}`);
  });
  return verify(file, found);
}

/**
 * Verifies that `found` is `file`, compressed or not. Where the decompressed hash is known, that one
 * counts, so it does not matter who compressed the file, how, or whether it was unpacked on the way.
 * @throws {VerificationError}
 */
export async function verify(file: CatalogueFile, found: HashedFile): Promise<VerifiedFile> {
  if (file.sha256 === undefined) return verifyCompressed(file, found);
  if (!isGzip(found.bytes)) {
    checkHash(file.sha256, found.sha256, found.bytes);
    return { ...found, stored: found.bytes };
  }
  const bytes = await unpackGzip(found.bytes, file.bytes);
  const sha256 = sha256Of(bytes);
  checkHash(file.sha256, sha256, bytes);
  return { bytes, sha256, stored: bytes };
}

async function verifyCompressed(file: CatalogueFile, found: HashedFile): Promise<VerifiedFile> {
  // Packing it again would give other bytes: a .gz depends on the program that made it.
  if (found.bytes.length === file.bytes && !isGzip(found.bytes)) {
    throw new VerificationError(
      'it came unpacked (Content-Encoding?), but only the hash of its .gz is known to prove it',
    );
  }
  checkHash(file.gzipSha256, found.sha256, found.bytes);
  const bytes = await unpackGzip(found.bytes, file.bytes);
  return { bytes, sha256: sha256Of(bytes), stored: found.bytes };
}

function checkHash(expected: string | undefined, found: string, bytes: Uint8Array): void {
  if (found === expected) return;
  const start = Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart();
  if (start.startsWith('<')) {
    throw new VerificationError('an HTML page came instead of the data (a login page?)');
  }
  throw new VerificationError(`wrong SHA-256, expected ${expected}, found ${found}`);
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The first bytes of a gzip stream's content, some thousands at most.
 * @param head the stream's first bytes; none of the content comes out of them if a header with a long
 *   name fills them
 * @throws {VerificationError}
 */
export async function unpackGzipHead(head: Uint8Array): Promise<Uint8Array> {
  const { constants, createGunzip } = await import('node:zlib');
  // A sync flush at the end gives what there is where a cut-off stream would be an error.
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  gunzip.end(head);
  try {
    // The first chunk only: a head can unpack to a thousand times its size.
    for await (const chunk of gunzip) return chunk;
    return new Uint8Array();
  } catch (cause) {
    throw gzipFault(cause as NodeJS.ErrnoException);
  }
}

/**
 * Unpacks a whole gzip stream and checks its CRC.
 * @param maximum most bytes to produce: what bounds a decompression bomb
 * @throws {VerificationError}
 */
export async function unpackGzip(bytes: Uint8Array, maximum: number): Promise<Uint8Array> {
  // Loaded only here: most runs read an unpacked cache, and need no zlib.
  const { gunzip } = await import('node:zlib');
  return promisify(gunzip)(bytes, { maxOutputLength: maximum }).catch((cause) => {
    if (cause.code !== 'ERR_BUFFER_TOO_LARGE') throw gzipFault(cause);
    throw new VerificationError(`unpacks to more than the ${maximum} bytes expected`, { cause });
  });
}

function gzipFault(cause: NodeJS.ErrnoException): VerificationError {
  if (isOutOfMemory(cause)) return new VerificationError('does not fit into memory', { cause });
  const truncated = cause.code === 'Z_BUF_ERROR';
  const fault = truncated ? 'truncated gzip data' : `damaged gzip data (${cause.message})`;
  return new VerificationError(fault, { truncated, cause });
}
