import type { Split } from '../../dataset/catalogue.js';
import type { Dataset } from '../../dataset/load.js';
import {
  type Demonstration,
  demonstrate,
  type SideBySide,
  type TrainingRun,
} from '../../explain/demonstration.js';
import type { MistakeName } from '../../explain/mistakes.js';
import type { Words } from '../../explain/words/words.js';
import { GRADIENT_TOLERANCE, type GradientCheckRow } from '../../gradient-check.js';
import { firstImages, type Sample, sampleAt } from '../../images.js';
import type { Floats } from '../../layers/floats.js';
import type { NetworkShape } from '../../network.js';
import { heading, table, wrap } from '../../text/page.js';
import type { ExplainPage } from './page.js';

/** Images trained on, and held out: a second's work that shows every mistake. */
const TRAINED = 2000;
const HELD_OUT = 1000;
/** Images of the batch whose gradient is checked. */
const BATCH = 8;

/** The mistake at work, as --json writes it. */
export interface ShownMistake extends Demonstration {
  readonly event: 'break';
  readonly label: number;
  readonly trainingImages: number;
  readonly testImages: number;
}

/**
 * Puts the mistake in and shows what becomes of it.
 *
 * @param index of the picture that is checked alone @param network of the check
 */
export function showMistake(
  name: MistakeName,
  data: Dataset,
  { split, index, seed }: { readonly split: Split; readonly index: number; readonly seed: number },
  network: { readonly shape: NetworkShape; readonly parameters: Floats },
  words: Words,
): ShownMistake {
  const training = firstImages(data.train, TRAINED);
  const heldOut = firstImages(data.test, HELD_OUT);
  const samples: Sample[] = [sampleAt(data[split], index)];
  for (let other = 0; other < Math.min(BATCH - 1, training.count); other++) {
    samples.push(sampleAt(training, other));
  }
  return {
    event: 'break',
    label: data[split].labels[index]!,
    ...demonstrate(name, { ...network, samples, training, heldOut, seed }, words),
    trainingImages: training.count,
    testImages: heldOut.count,
  };
}

/** @param title which picture and which weights */
export function mistakeText(
  shown: ShownMistake,
  title: readonly string[],
  page: ExplainPage,
): string[] {
  const { name, right, wrong, lesson, checks, trainings, trainingImages, testImages } = shown;
  const { width, style, words } = page;
  return [
    style('bold', `--break ${name}`),
    ...wrap(`${words.right}  ${right}`, width, '  '),
    ...wrap(`${words.wrong}  ${wrong}`, width, '  '),
    ...heading(page, words.whatCheckSays, words.whatIsRight(GRADIENT_TOLERANCE)),
    ...title.flatMap((line) => wrap(line, width)),
    ...checks.flatMap(({ on, rows }) => [...dimmed(on, page), ...checkTable(rows, page)]),
    ...heading(page, words.whatTrainingShows, ''),
    ...wrap(words.trainedOn(trainingImages, shown.hidden, testImages), width),
    ...trainings.flatMap((training) => trainingTable(training, page)),
    ...heading(page, words.whatToLearn, ''),
    ...wrap(lesson, width),
  ];
}

function checkTable(rows: readonly GradientCheckRow[], { style, words }: ExplainPage): string[] {
  const { notANumber, kink, right, wrong } = words.verdicts;
  const lines = table(
    rows.map((row) => [
      `  ${row.quantity}`,
      row.shape.join('×'),
      row.error === Number.POSITIVE_INFINITY
        ? notANumber
        : words.numbers.decimal(row.error.toExponential(1)),
      row.entries + row.directions === 0 ? kink : row.ok ? right : wrong,
    ]),
  );
  return lines.map((line, r) => (rows[r]!.ok ? line : style('red', line)));
}

/** An epoch a line: loss and accuracy of the right code, then of the broken. */
function trainingTable({ on, right, broken }: SideBySide, page: ExplainPage): string[] {
  const { width, style, words } = page;
  const { epoch, loss, accuracy } = words.epochs;
  const runs = [right, broken];
  const epochs = Math.max(right.epochs.length, broken.epochs.length);
  const [head, ...rows] = table(
    [
      [epoch, loss, accuracy, loss, accuracy],
      ...Array.from({ length: epochs }, (_, e) => [
        String(e + 1),
        ...runs.flatMap((run) => epochCells(run, e, words)),
      ]),
    ],
    width < 60 ? 1 : 3,
  );
  const half = head!.indexOf(accuracy) + accuracy.length;
  const over = `${words.epochs.right.padStart(half)}${words.epochs.broken.padStart(head!.length - half)}`;
  const [all, left] = [right.differentUnits, broken.differentUnits];
  const units =
    all === undefined || left === undefined || all === left
      ? []
      : wrap(words.differentUnits(all, left), width);
  return [...dimmed(on, page), style('dim', over), style('dim', head!), ...rows, ...units];
}

function epochCells(
  { epochs, diverged }: TrainingRun,
  e: number,
  { numbers, atStep }: Words,
): string[] {
  const figures = epochs[e];
  if (figures) return [numbers.nats(figures.loss), numbers.percent(figures.accuracy)];
  return diverged?.epoch === e + 1 ? ['NaN', atStep(diverged.step)] : ['', ''];
}

function dimmed(text: string, { width, style }: ExplainPage): string[] {
  return wrap(text, width).map((line) => style('dim', line));
}
