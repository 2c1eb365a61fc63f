/** One request for a body, or for the rest of it. The only file that uses the network. */
import { type Dispatcher, EnvHttpProxyAgent, fetch, type Headers, type Response } from 'undici';

export interface RequestOptions {
  /** From {@link openAgent}. */
  readonly agent: Dispatcher;
  /** Most bytes to take of a body. */
  readonly maximumBytes: number;
  /** Longest silence, before the answer or within it, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** Ends the request with its reason. */
  readonly signal: AbortSignal;
  readonly onBytes: (received: number, total: number | undefined) => void;
}

interface RequestErrorDetails {
  readonly retry?: boolean;
  readonly waitMs?: number | undefined;
  readonly unreachable?: boolean;
}

/** Why one request to one mirror failed, and what may be done about it. */
export class RequestError extends Error {
  /** Whether the same mirror may do better the next time. */
  readonly retry: boolean;
  /** Milliseconds that the mirror asks to wait (Retry-After). */
  readonly waitMs: number | undefined;
  /** Whether the mirror could not be reached at all. */
  readonly unreachable: boolean;

  constructor(message: string, details: RequestErrorDetails = {}) {
    super(message);
    this.retry = details.retry ?? false;
    this.waitMs = details.waitMs;
    this.unreachable = details.unreachable ?? false;
  }
}

/**
 * What has come of a body so far. A lost connection leaves it as it is, so that the next request
 * asks for the rest only; whoever reads it verifies the whole by its hash.
 *
 * undici's RetryAgent resumes too, but gives up where a mirror answers with the whole file or with
 * less than the rest, never compares dates (If-Range), and cannot tell an answer without bytes from
 * one of another file.
 */
export class PartialBody {
  /** Whether the bytes are of several answers, which may be of different files. */
  resumed = false;
  length = 0;
  #chunks: Uint8Array[] = [];
  #validator: string | undefined;

  /** Asks for the rest, and for the whole if the file is another one by now (RFC 9110, 13.1.5). */
  requestHeaders(): Record<string, string> {
    if (this.length === 0) return {};
    const range = { range: `bytes=${this.length}-` };
    return this.#validator === undefined ? range : { ...range, 'if-range': this.#validator };
  }

  /**
   * Begins an answer: a 206 with the rest resumes the body, anything else starts over.
   * @returns the size of the whole, if the mirror says so
   * @throws {RequestError} a part that was not asked for
   */
  begin({ status, headers }: Response): number | undefined {
    // fetch unpacks such a body, so neither its lengths nor its ranges are ours.
    const packed = !['', 'identity'].includes(headers.get('content-encoding') ?? '');
    if (status !== 206) {
      this.clear();
      this.#validator = packed ? undefined : validatorOf(headers);
      return packed ? undefined : numberOf(headers.get('content-length'));
    }
    const range = headers.get('content-range') ?? 'none';
    const [, start, size] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
    if (packed || Number(start) !== this.length) {
      const message = `expected the bytes from ${this.length} on, found Content-Range ${range}`;
      this.clear();
      throw new RequestError(message, { retry: true });
    }
    this.resumed = true;
    return numberOf(size);
  }

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.length += chunk.length;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks, this.length);
  }

  clear(): void {
    this.resumed = false;
    this.length = 0;
    this.#chunks = [];
    this.#validator = undefined;
  }
}

/** A weak ETag (`W/…`) does not promise the same bytes. */
function validatorOf(headers: Headers): string | undefined {
  const tag = headers.get('etag');
  return tag?.startsWith('"') ? tag : (headers.get('last-modified') ?? undefined);
}

function numberOf(text: string | null | undefined): number | undefined {
  return text && /^\d+$/.test(text) ? Number(text) : undefined;
}

const maximumRedirects = 5;

/** Errors before an answer that a second try may not meet. */
const passingErrors = ['ECONNRESET', 'EAI_AGAIN', 'UND_ERR_SOCKET'];

/**
 * What makes connections: through the proxy of HTTPS_PROXY or HTTP_PROXY, unless NO_PROXY names the
 * host. To be destroyed in the end: a proxy that does not answer keeps the process alive.
 * @throws {RequestError} a variable that is no address
 */
export function openAgent(): Dispatcher {
  try {
    // No tunnel for plain http: many proxies allow tunnels to port 443 only.
    return new EnvHttpProxyAgent({ proxyTunnel: false });
  } catch (error) {
    throw connectionError(error);
  }
}

/**
 * The body behind an address.
 * @param partial what an earlier request got of it; takes what this one gets, even if it fails
 * @throws {RequestError}, or the reason of the aborted `signal`
 */
export async function request(
  url: URL,
  partial: PartialBody,
  options: RequestOptions,
): Promise<Uint8Array> {
  const { maximumBytes, idleTimeoutMs, onBytes } = options;
  const silent = new AbortController();
  const idle = setTimeout(
    () => silent.abort(new RequestError(`no data for ${idleTimeoutMs} ms`, { retry: true })),
    idleTimeoutMs,
  );
  const signal = AbortSignal.any([options.signal, silent.signal]);
  let answered = false;
  try {
    const response = await follow(url, partial, options.agent, signal);
    answered = true;
    idle.refresh();
    const total = partial.begin(response);
    for await (const chunk of response.body ?? []) {
      idle.refresh();
      partial.add(chunk);
      onBytes(partial.length, total);
      if (partial.length > maximumBytes) {
        throw new RequestError(`expected at most ${maximumBytes} bytes, found more`);
      }
    }
    // A 206 may hold less than the rest.
    if (total !== undefined && partial.length < total) {
      throw new RequestError(`only ${partial.length} of ${total} bytes came`, { retry: true });
    }
    return partial.bytes();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RequestError) throw error;
    if (!answered) throw connectionError(error);
    throw new RequestError(`connection lost after ${partial.length} bytes`, { retry: true });
  } finally {
    clearTimeout(idle);
  }
}

/** Follows redirects by hand, because fetch would also follow one from https to http. */
async function follow(
  start: URL,
  partial: PartialBody,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<Response> {
  let url = start;
  const headers = {
    'accept-encoding': 'identity',
    'user-agent': 'backprop-train',
    ...partial.requestHeaders(),
  };
  const options = { dispatcher, redirect: 'manual', signal, headers } as const;
  for (let redirects = 0; redirects <= maximumRedirects; redirects++) {
    const response = await fetch(url, options);
    if (response.status === 200 || (response.status === 206 && partial.length > 0)) return response;
    await response.body?.cancel();
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) {
      if (response.status === 416) partial.clear();
      throw statusError(response);
    }
    url = redirectTarget(location, url);
  }
  throw new RequestError(`more than ${maximumRedirects} redirects`);
}

function redirectTarget(location: string, from: URL): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target?.protocol === 'https:') return target;
  if (target?.protocol === 'http:' && from.protocol === 'http:') return target;
  const kind = target?.protocol === 'http:' ? 'from https to http' : `to ${location.slice(0, 80)}`;
  throw new RequestError(`redirect ${kind} refused`);
}

function statusError({ status, headers }: Response): RequestError {
  // 416: the part that was asked for is not there, but the whole may be.
  const retry = status === 416 || status === 429 || status >= 500;
  return new RequestError(`HTTP ${status}`, { retry, waitMs: waitOf(headers) });
}

/** Retry-After holds seconds or a date (RFC 9110, 10.2.3). */
function waitOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

function connectionError(error: unknown): RequestError {
  const { cause = error } = error as Error;
  const { code = '', message } = cause as NodeJS.ErrnoException;
  // Of undici's own errors, such as a proxy's refusal, the message says more than the code.
  const reason = code === '' || code.startsWith('UND_') ? message : code;
  const retry = passingErrors.includes(code);
  return new RequestError(`cannot connect (${reason})`, { retry, unreachable: true });
}
