import type { SingleBar } from 'cli-progress';
import type { Ora } from 'ora';
import { fit, type Style } from '../text/page.js';
import { type Context, isInteractive, styleFor } from './context.js';
import { printable } from './output.js';

/** Narrowest bar worth drawing, and the widest. */
const BAR_MINIMUM = 8;
const BAR_MAXIMUM = 24;

/**
 * Progress for a human on stderr: a spinner and a bar on a terminal, plain lines elsewhere, nothing
 * when quiet. The only place that knows ora and cli-progress, which are imported when first drawn.
 */
export class Terminal {
  readonly #context: Context;
  readonly #interactive: boolean;
  readonly #quiet: boolean;
  readonly #style: Style;
  #spinner: Ora | undefined;
  #bar: SingleBar | undefined;
  #barDrawn = false;
  /** What the bar shows, to be drawn again below a frame. */
  #progress: readonly [done: number, total: number, fields: readonly string[]] | undefined;
  #frame: readonly string[] = [];

  constructor(context: Context, { quiet, color }: { quiet: boolean; color: boolean }) {
    this.#context = context;
    this.#quiet = quiet;
    this.#interactive = !quiet && color && isInteractive(context.stderr, context.env);
    this.#style = styleFor(context.stderr, context.env, color);
    // At once, and not when the work notices: a second signal may leave no time for it.
    context.signal.addEventListener('abort', () => this.close(), { once: true });
  }

  /**
   * Waits for `work` with a spinner. `say` changes the spinner's text.
   * @throws what the work throws, or the signal's reason as soon as it is aborted
   */
  async wait<T>(text: string, work: (say: (text: string) => void) => Promise<T>): Promise<T> {
    let shown = text;
    let finished = false;
    const say = (next: string): void => {
      shown = next;
      if (this.#spinner) this.#spinner.text = this.#cut(shown);
    };
    const spin = async (): Promise<void> => {
      const { default: ora } = await import('ora');
      if (finished || !(this.#columns > 0)) return;
      const stream = this.#context.stderr as NodeJS.WriteStream;
      const text = this.#cut(shown);
      // discardStdin would put the keyboard into raw mode, and take over Ctrl-C.
      this.#spinner = ora({ text, stream, discardStdin: false, isEnabled: true }).start();
    };
    // Meanwhile, not before: the work is often done sooner than ora is loaded.
    if (this.#interactive) void spin().catch(() => {});
    const onResize = (): void => {
      if (!(this.#columns > 0)) this.#stopSpinner();
    };
    this.#context.stderr.on('resize', onResize);
    try {
      return await untilAborted(work(say), this.#context.signal);
    } finally {
      finished = true;
      this.#context.stderr.off('resize', onResize);
      this.#stopSpinner();
    }
  }

  /** Prepares the bar; nothing is drawn yet. */
  async openBar(): Promise<void> {
    if (!this.#interactive) return;
    const { default: progress } = await import('cli-progress');
    this.#bar = new progress.SingleBar({
      stream: this.#context.stderr,
      format: (_, { progress, maxWidth }, { fields }: { fields: string[] }) =>
        barLine(progress, fields, maxWidth - 1, this.#style),
      hideCursor: true,
      clearOnComplete: true,
    });
  }

  /** Draws the bar at `done` of `total` with these fields, the first of them before the bar. */
  progress(done: number, total: number, fields: readonly string[]): void {
    if (!this.#bar || this.#context.signal.aborted) return;
    this.#progress = [done, total, fields];
    if (this.#barDrawn) this.#bar.update(done, { fields });
    else this.#bar.start(total, done, { fields });
    this.#barDrawn = true;
  }

  /** Writes a line of fields, above the bar; on a terminal only as many fields as fit. */
  line(fields: readonly string[]): void {
    if (this.#quiet) return;
    const shown = fields.map(printable);
    this.#write(this.#interactive ? fit(shown, this.#columns) : shown.join('  '));
  }

  /**
   * Draws lines in the place of the frame before, above the bar, which stays; a line that is written
   * comes above the frame. For a terminal with more rows than lines, and no fewer columns than a line.
   */
  frame(lines: readonly string[]): void {
    if (this.#quiet || this.#context.signal.aborted) return;
    const barDrawn = this.#barDrawn;
    this.#clearBar();
    const lift = this.#lift();
    this.#frame = lines;
    this.#context.stderr.write(`${lift}${ended(lines)}`);
    if (barDrawn && this.#progress) this.progress(...this.#progress);
  }

  /** Writes a line of fields that says that a step is done. */
  done(fields: readonly string[]): void {
    if (this.#quiet) return;
    const columns = this.#columns - 2;
    this.#write(this.#interactive ? `${this.#mark} ${fit(fields, columns)}` : fields.join('  '));
  }

  /** Sets the result apart from the progress, where both are on one screen. */
  gap(): void {
    this.#frame = [];
    if (this.#interactive && this.#context.stdout.isTTY) this.line(['']);
  }

  warn(text: string): void {
    if (!this.#quiet) this.#write(`${this.#style('yellow', 'warning:')} ${printable(text)}`);
  }

  /** Removes spinner and bar, leaves the last frame and gives back the cursor. */
  close(): void {
    this.#stopSpinner();
    this.#clearBar();
    this.#frame = [];
  }

  #write(line: string): void {
    this.#clearBar();
    this.#context.stderr.write(`${this.#lift()}${line}\n${ended(this.#frame)}`);
  }

  /** Takes the cursor to where the frame begins, and removes the frame. */
  #lift(): string {
    return this.#frame.length > 0 ? `\u001b[${this.#frame.length}A\u001b[J` : '';
  }

  get #mark(): string {
    return this.#style('green', '✔');
  }

  get #columns(): number {
    return this.#context.stderr.columns ?? 0;
  }

  /** One line beside ora's spinner: it would redraw a longer one wrongly after a resize. */
  #cut(text: string): string {
    return fit([text], Math.max(0, this.#columns - 3));
  }

  #stopSpinner(): void {
    this.#spinner?.stop();
    this.#spinner = undefined;
  }

  #clearBar(): void {
    if (this.#barDrawn) this.#bar?.stop();
    this.#barDrawn = false;
  }
}

/** Each with its end. */
function ended(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** `epoch 2/5 ██████░░░░░░ loss 0.3121  accuracy 91.22 %`, at most `columns` wide. */
function barLine(share: number, fields: string[], columns: number, style: Style): string {
  const [head, ...rest] = fields as [string, ...string[]];
  const room = columns - head.length - BAR_MINIMUM - 2;
  if (room < 0) return fit([head], Math.max(1, columns));
  const text = rest.length > 0 && rest[0]!.length <= room ? ` ${fit(rest, room)}` : '';
  const width = Math.min(BAR_MAXIMUM, columns - head.length - 1 - text.length);
  const full = Math.round(width * share);
  const bar = style('cyan', '█'.repeat(full)) + style('dim', '░'.repeat(width - full));
  return `${head} ${bar}${text}`;
}

/** The work's result, or the signal's reason if that comes first. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
