import type { PartialBody } from './partial-body.js';
import { RequestError } from './request-error.js';

export interface RequestOptions {
  /** Most bytes to take of a body. */
  readonly maximumBytes: number;
  /** Longest silence, before the answer or within it, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** Longest time for the whole, in milliseconds: a mirror that drips is never silent. */
  readonly totalTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((received: number, total: number | undefined) => void) | undefined;
}

const maximumRedirects = 5;

/** Errors before an answer that a second try may not meet. */
const passingErrors = ['ECONNRESET', 'EAI_AGAIN', 'UND_ERR_SOCKET'];

/**
 * The body behind an address.
 * @param partial what an earlier request got of it; takes what this one gets, even if it fails
 * @throws {RequestError}, or the reason of an aborted `signal`
 */
export async function request(
  url: URL,
  partial: PartialBody,
  options: RequestOptions,
): Promise<Uint8Array> {
  const { signal } = options;
  signal?.throwIfAborted();
  const abort = new AbortController();
  const stop = () => abort.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  const timers = startTimers(abort, partial, options);
  let answered = false;
  try {
    const response = await follow(url, partial, abort.signal);
    answered = true;
    await readBody(response, partial, options, timers.idle);
    return partial.bytes();
  } catch (error) {
    if (abort.signal.aborted) throw abort.signal.reason;
    throw error instanceof RequestError ? error : connectionError(error, answered, partial.length);
  } finally {
    clearTimeout(timers.idle);
    clearTimeout(timers.total);
    signal?.removeEventListener('abort', stop);
  }
}

function startTimers(abort: AbortController, partial: PartialBody, options: RequestOptions) {
  const { idleTimeoutMs, totalTimeoutMs } = options;
  const idle = setTimeout(
    () => abort.abort(new RequestError(`no data for ${idleTimeoutMs} ms`, { retry: true })),
    idleTimeoutMs,
  );
  const total = setTimeout(
    () =>
      abort.abort(
        new RequestError(`too slow, ${partial.length} bytes when the time was up`, {
          retry: false,
        }),
      ),
    totalTimeoutMs,
  );
  return { idle, total };
}

async function readBody(
  response: Response,
  partial: PartialBody,
  { maximumBytes, onBytes }: RequestOptions,
  idle: NodeJS.Timeout,
): Promise<void> {
  idle.refresh();
  const total = partial.begin(response);
  for await (const chunk of response.body ?? []) {
    idle.refresh();
    partial.add(chunk);
    onBytes?.(partial.length, total);
    if (partial.length > maximumBytes) {
      throw new RequestError(`expected at most ${maximumBytes} bytes, found more`, {
        retry: false,
      });
    }
  }
  // A 206 may hold less than the rest.
  if (total !== undefined && partial.length < total) {
    throw new RequestError(`only ${partial.length} of ${total} bytes came`, { retry: true });
  }
}

/** Follows redirects by hand, because fetch would also follow one from https to http. */
async function follow(start: URL, partial: PartialBody, signal: AbortSignal): Promise<Response> {
  let url = start;
  const headers = {
    'accept-encoding': 'identity',
    'user-agent': 'backprop-train',
    ...partial.requestHeaders(),
  };
  for (let redirects = 0; redirects <= maximumRedirects; redirects++) {
    const response = await fetch(url, { redirect: 'manual', signal, headers });
    if (response.status === 200 || (response.status === 206 && partial.length > 0)) return response;
    await response.body?.cancel();
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) {
      if (response.status !== 416) throw statusError(response);
      partial.clear();
      throw new RequestError('HTTP 416', { retry: true });
    }
    url = redirectTarget(location, url);
  }
  throw new RequestError(`more than ${maximumRedirects} redirects`, { retry: false });
}

function redirectTarget(location: string, from: URL): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target?.protocol === 'https:') return target;
  if (target?.protocol === 'http:' && from.protocol === 'http:') return target;
  const kind = target?.protocol === 'http:' ? 'from https to http' : `to ${location.slice(0, 80)}`;
  throw new RequestError(`redirect ${kind} refused`, { retry: false });
}

function statusError(response: Response): RequestError {
  const { status } = response;
  const message = `HTTP ${status}`;
  if (status === 429) return new RequestError(message, { retry: true, waitMs: waitOf(response) });
  return new RequestError(message, { retry: status >= 500 });
}

/** Retry-After holds seconds or a date (RFC 9110, 10.2.3). */
function waitOf(response: Response): number | undefined {
  const value = response.headers.get('retry-after')?.trim() ?? '';
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

function connectionError(error: unknown, answered: boolean, received: number): RequestError {
  if (answered) {
    return new RequestError(`connection lost after ${received} bytes`, { retry: true });
  }
  const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
  const reason = cause?.code ?? cause?.message ?? (error as Error).message;
  return new RequestError(`cannot connect (${reason})`, {
    retry: passingErrors.includes(cause?.code ?? ''),
    unreachable: true,
  });
}
