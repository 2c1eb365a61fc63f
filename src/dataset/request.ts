/** Why one request to one mirror failed, and what may be done about it. */
export class RequestError extends Error {
  /** Whether the same mirror may do better the next time. */
  readonly retry: boolean;
  /** Milliseconds that the mirror asks to wait (Retry-After). */
  readonly waitMs: number | undefined;
  /** Whether the mirror could not be reached at all. */
  readonly unreachable: boolean;

  constructor(
    message: string,
    details: { retry: boolean; waitMs?: number | undefined; unreachable?: boolean },
  ) {
    super(message);
    this.retry = details.retry;
    this.waitMs = details.waitMs;
    this.unreachable = details.unreachable ?? false;
  }
}

export interface RequestOptions {
  /** Most bytes to take: a longer body is cut here, which its hash will show. */
  readonly maximumBytes: number;
  /** Longest silence, before the answer or within it, in milliseconds. */
  readonly idleTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((received: number, total: number | undefined) => void) | undefined;
}

const maximumRedirects = 5;

/** Errors before an answer that a second try may not meet. */
const passingErrors = ['ECONNRESET', 'EAI_AGAIN', 'UND_ERR_SOCKET'];

/**
 * The body behind an address.
 * @throws {RequestError}, or the reason of an aborted `signal`
 */
export async function request(url: URL, options: RequestOptions): Promise<Uint8Array> {
  const { idleTimeoutMs, signal } = options;
  signal?.throwIfAborted();
  const abort = new AbortController();
  const stop = () => abort.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  const idle = setTimeout(
    () => abort.abort(new RequestError(`no data for ${idleTimeoutMs} ms`, { retry: true })),
    idleTimeoutMs,
  );
  let received = 0;
  let answered = false;
  try {
    const response = await follow(url, abort.signal);
    answered = true;
    const chunks: Uint8Array[] = [];
    const total = Number(response.headers.get('content-length')) || undefined;
    for await (const chunk of response.body ?? []) {
      idle.refresh();
      chunks.push(chunk);
      received += chunk.length;
      options.onBytes?.(received, total);
      if (received > options.maximumBytes) break;
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (abort.signal.aborted) throw abort.signal.reason;
    throw error instanceof RequestError ? error : connectionError(error, answered, received);
  } finally {
    clearTimeout(idle);
    signal?.removeEventListener('abort', stop);
  }
}

/** Follows redirects by hand, because fetch would also follow one from https to http. */
async function follow(start: URL, signal: AbortSignal): Promise<Response> {
  let url = start;
  for (let redirects = 0; redirects <= maximumRedirects; redirects++) {
    const headers = { 'accept-encoding': 'identity', 'user-agent': 'backprop-train' };
    const response = await fetch(url, { redirect: 'manual', signal, headers });
    if (response.status === 200) return response;
    await response.body?.cancel();
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) {
      throw statusError(response);
    }
    url = redirectTarget(location, url);
  }
  throw new RequestError(`more than ${maximumRedirects} redirects`, { retry: false });
}

function redirectTarget(location: string, from: URL): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target?.protocol === 'https:') return target;
  if (target?.protocol === 'http:' && from.protocol === 'http:') return target;
  const kind = target?.protocol === 'http:' ? 'from https to http' : `to ${location}`;
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
