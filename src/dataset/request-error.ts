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
