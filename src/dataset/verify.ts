import type { CatalogueFile } from './catalogue.js';
import { type HashedFile, sha256Of } from './hashed-file.js';

/** A catalogue file whose content is proved by a known hash. */
export interface VerifiedFile {
  /** The IDX bytes, decompressed. */
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`, in hex. */
  readonly sha256: string;
  /** The form that the cache keeps, so that the known hash proves it again at every read. */
  readonly stored: Uint8Array;
}

/** Content that is not the catalogue's file; `truncated` if more of it could be. */
export class VerificationError extends Error {
  readonly truncated: boolean;

  constructor(message: string, truncated = false) {
    super(message);
    this.truncated = truncated;
  }
}

/** A gzip file of data that do not shrink is larger than the data, by far less than this. */
export const gzipSlackBytes = 65_536;

/**
 * Refuses by its size, before it is read, what cannot be `file`.
 * @throws {VerificationError}
 */
export function checkStoredSize(file: CatalogueFile, size: number): void {
  const most = file.bytes + gzipSlackBytes;
  if (size <= most) return;
  throw new VerificationError(`${size} bytes, expected at most ${most}`);
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Proves that `found` is `file`, compressed or not. Where the decompressed hash is known, that one
 * counts, so it does not matter who compressed the file, how, or whether it was unpacked on the way.
 * @throws {VerificationError}
 */
export async function verify(file: CatalogueFile, found: HashedFile): Promise<VerifiedFile> {
  if (file.sha256 === undefined) return verifyCompressed(file, found);
  if (!isGzip(found.bytes)) {
    checkHash(file.sha256, found.sha256, found.bytes);
    return { ...found, stored: found.bytes };
  }
  const bytes = await unpack(file, found.bytes);
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
  const bytes = await unpack(file, found.bytes);
  return { bytes, sha256: sha256Of(bytes), stored: found.bytes };
}

async function unpack(file: CatalogueFile, bytes: Uint8Array): Promise<Uint8Array> {
  const { GzipError, unpackGzip } = await import('./gzip.js');
  try {
    return await unpackGzip(bytes, file.bytes);
  } catch (error) {
    if (!(error instanceof GzipError)) throw error;
    throw new VerificationError(error.message, error.truncated);
  }
}

function checkHash(expected: string | undefined, found: string, bytes: Uint8Array): void {
  if (found === expected) return;
  const start = Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart();
  if (start.startsWith('<')) {
    throw new VerificationError('an HTML page came instead of the data (a login page?)');
  }
  throw new VerificationError(`wrong SHA-256, expected ${expected}, found ${found}`);
}
