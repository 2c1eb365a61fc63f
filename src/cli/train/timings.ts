import { performance } from 'node:perf_hooks';
import { table } from '../../text/page.js';

/** Where a command's time goes: from the start of the process, one part after the other. */
export class Timings {
  readonly #parts: { part: string; milliseconds: number }[] = [];
  #last = 0;

  constructor() {
    // Deno has no such time, and Bun one of another clock: there the first part begins at 0.
    const bootstrap = performance.nodeTiming?.bootstrapComplete;
    if (bootstrap > 0 && bootstrap <= performance.now()) this.#end('start Node.js', bootstrap);
  }

  /** Ends a part; the next one begins now. */
  end(part: string): void {
    this.#end(part, performance.now());
  }

  #end(part: string, now: number): void {
    this.#parts.push({ part, milliseconds: now - this.#last });
    this.#last = now;
  }

  /** From the start of the process to the end of the last part. */
  get seconds(): number {
    return this.#last / 1000;
  }

  /** A line a part, and their sum. */
  table(): string[] {
    const rows = [...this.#parts, { part: 'together', milliseconds: this.#last }];
    return table(rows.map(({ part, milliseconds }) => [part, `${milliseconds.toFixed(1)} ms`]));
  }
}
