import { RequestError } from './request-error.js';

/**
 * What has come of a body so far. A lost connection leaves it as it is, so that the next request
 * asks for the rest only; whoever reads it proves the whole by its hash.
 */
export class PartialBody {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  #resumed = false;
  #validator: string | undefined;

  /** Bytes that have come. */
  get length(): number {
    return this.#length;
  }

  /** Whether the bytes are of several answers, which may be of different files. */
  get resumed(): boolean {
    return this.#resumed;
  }

  /** Asks for the rest, and for the whole if the file is another one by now (RFC 9110, 13.1.5). */
  requestHeaders(): Record<string, string> {
    if (this.#length === 0) return {};
    const range = { range: `bytes=${this.#length}-` };
    return this.#validator === undefined ? range : { ...range, 'if-range': this.#validator };
  }

  /**
   * Begins an answer: a 206 with the rest goes on, anything else starts over.
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
    if (packed || Number(start) !== this.#length) {
      const message = `expected the bytes from ${this.#length} on, found Content-Range ${range}`;
      this.clear();
      throw new RequestError(message, { retry: true });
    }
    this.#resumed = true;
    return numberOf(size);
  }

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks, this.#length);
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#length = 0;
    this.#resumed = false;
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
