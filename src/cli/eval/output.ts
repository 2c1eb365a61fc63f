import type { Split } from '../../dataset/catalogue.js';
import type { ClassFigures, Interval, Mistake } from '../../metrics.js';
import { grouped, nats, percent } from '../../text/numbers.js';
import { type Style, table } from '../../text/page.js';
import { type Context, styleFor } from '../context.js';

/** What `backprop-eval` finds; with --json these are the fields of its line. */
export interface Evaluation {
  readonly images: number;
  /** Mean −L, nats per image. */
  readonly loss: number;
  readonly accuracy: number;
  /** Wilson's, 95 %. */
  readonly accuracyInterval: Interval;
  readonly classes: readonly (ClassFigures & { readonly label: number })[];
  /** Unweighted means over the classes. */
  readonly macroAverage: ClassFigures;
  /** Row: true class, column: predicted class. */
  readonly confusion: readonly (readonly number[])[];
  /** Falling probability of the wrong class; `index` counts the split's images from 0. */
  readonly mistakes: readonly Mistake[];
}

/** The result as lines for people. */
export function evaluationText(
  evaluation: Evaluation,
  dataset: { name: string; split: Split },
  { stdout, env }: Context,
  color: boolean,
): string[] {
  const style = styleFor(stdout, env, color);
  const columns = stdout.isTTY && stdout.columns ? stdout.columns : Number.POSITIVE_INFINITY;
  const { accuracy, accuracyInterval, loss, images } = evaluation;
  return [
    `${style('bold', `accuracy ${percent(accuracy)}  loss ${nats(loss)}`)}`,
    `on the ${grouped(images)} ${dataset.split} images of ${dataset.name}`,
    `95 % interval of the accuracy: ${between(accuracyInterval)}`,
    '',
    ...classTable(evaluation, style, columns),
    '',
    ...confusionTable(evaluation, style, columns),
    '',
    ...mistakeTable(evaluation, style),
  ];
}

/** `92.02 to 93.05 %` */
export function between({ low, high }: Interval): string {
  return `${(100 * low).toFixed(2)} to ${percent(high)}`;
}

function classTable(
  { classes, macroAverage }: Evaluation,
  style: Style,
  columns: number,
): string[] {
  const tenths = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const cells = (name: string, { precision, recall, f1, support }: ClassFigures): string[] => [
    name,
    ...[precision, recall, f1].map(tenths),
    grouped(support),
  ];
  const all = [
    ['class', 'precision', 'recall', 'F1', 'support'],
    ...classes.map((figures) => cells(String(figures.label), figures)),
    cells('mean', macroAverage),
  ];
  const [head, ...rows] = table(all, columns < 45 ? 1 : 2);
  return [style('bold', head!), ...rows];
}

/** Zeros are dots, so that the mistakes stand out. */
function confusionTable({ confusion }: Evaluation, style: Style, columns: number): string[] {
  const title = style('bold', 'confusion matrix');
  const legend = 'row: true class, column: predicted class';
  const [head, ...rows] = table([
    ['', ...confusion.keys()].map(String),
    ...confusion.map((row, i) => [String(i), ...row.map((count) => (count ? `${count}` : '·'))]),
  ]);
  const width = Math.max(head!.length, ...rows.map((row) => row.length));
  if (width > columns) return [title, `${width} columns wide: use --json or less -S`];
  return [title, legend, style('dim', head!), ...rows];
}

function mistakeTable({ mistakes }: Evaluation, style: Style): string[] {
  if (mistakes.length === 0) return ['no mistakes'];
  const [head, ...rows] = table([
    ['', 'index', 'label', 'predicted', 'probability'],
    ...mistakes.map(({ index, label, predicted, probability }) => [
      '',
      ...[index, label, predicted].map(String),
      percent(probability),
    ]),
  ]);
  const title = 'most confident mistakes (index from 0)';
  return [style('bold', title), style('dim', head!), ...rows];
}
