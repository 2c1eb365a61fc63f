import { promisify } from 'node:util';
import { constants, gunzip } from 'node:zlib';

const unpack = promisify(gunzip);

/** A gzip stream that cannot be unpacked; `truncated` if it only stops too soon. */
export class GzipError extends Error {
  readonly truncated: boolean;

  constructor(message: string, truncated: boolean, cause: unknown) {
    super(message, { cause });
    this.truncated = truncated;
  }
}

/**
 * Unpacks a whole gzip stream and checks its CRC.
 * @param maximum most bytes to produce: what bounds a decompression bomb
 * @throws {GzipError}
 */
export async function unpackGzip(bytes: Uint8Array, maximum: number): Promise<Uint8Array> {
  try {
    return await unpack(bytes, { maxOutputLength: maximum });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw new GzipError(`unpacks to more than the ${maximum} bytes expected`, false, error);
    }
    const truncated = code === 'Z_BUF_ERROR';
    const reason = truncated ? 'truncated gzip data' : `damaged gzip data (${messageOf(error)})`;
    throw new GzipError(reason, truncated, error);
  }
}

/**
 * The first bytes of a gzip stream's content, as many as come out of its start.
 * @param head the stream's first bytes: few, because gzip packs a thousand bytes into one
 * @throws {GzipError}
 */
export async function unpackGzipHead(head: Uint8Array): Promise<Uint8Array> {
  try {
    // A sync flush at the end gives what there is where a cut-off stream would be an error.
    return await unpack(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    throw new GzipError(`damaged gzip data (${messageOf(error)})`, false, error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
