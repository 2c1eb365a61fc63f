import type { Dataset } from '../../dataset/load.js';
import { type Demonstration, demonstrate, type SideBySide } from '../../explain/demonstration.js';
import type { Subject } from '../../explain/explanation.js';
import type { MistakeName } from '../../explain/mistakes.js';
import { GRADIENT_TOLERANCE, type GradientCheckRow, type Sample } from '../../gradient-check.js';
import type { LabelledImages } from '../../images.js';
import { scalePixels } from '../../kernel/reference.js';
import type { Floats } from '../../layers/floats.js';
import { inputsOf, type NetworkShape, oneHot } from '../../network.js';
import { grouped, nats, percent } from '../../text/numbers.js';
import { heading, type Page, table, wrap } from '../../text/page.js';

interface Choice {
  readonly shape: NetworkShape;
  readonly parameters: Floats;
  readonly subject: Subject;
  readonly data: Dataset | undefined;
  readonly seed: number;
  readonly title: readonly string[];
}

/** Images trained on, and judged on: a second's work that shows every mistake. */
const TRAINED = 2000;
const JUDGED = 1000;
/** Images of the batch whose gradient is checked. */
const BATCH = 8;

/** Demonstrates the mistake: a text of it and what --json writes. */
export function showMistake(
  name: MistakeName,
  { shape, parameters, subject, data, seed, title }: Choice,
  page: Page,
): [() => string[], () => object] {
  const training = first(data!.train, TRAINED);
  const judged = first(data!.test, JUDGED);
  const others = Array.from({ length: Math.min(BATCH - 1, training.count) }, (_, index) =>
    sampleOf(training, index),
  );
  const labels = oneHot(new Float64Array(shape.classes), subject.label!) as Float64Array;
  const samples = [{ x: subject.x.values as Float64Array, labels }, ...others];
  const shown = demonstrate(name, { shape, parameters, samples, training, judged, seed });
  const images = `${grouped(training.count)} training images from zero weights, accuracy on ${grouped(judged.count)} test images`;
  return [
    () => mistakeText(shown, title, images, page),
    () => ({
      event: 'break',
      label: subject.label,
      ...shown,
      trainingImages: training.count,
      testImages: judged.count,
    }),
  ];
}

function first(images: LabelledImages, most: number): LabelledImages {
  return { ...images, count: Math.min(most, images.count) };
}

function sampleOf(images: LabelledImages, index: number): Sample {
  const D = inputsOf(images);
  const x = new Float64Array(D);
  scalePixels(x, images.pixels.subarray(index * D, (index + 1) * D));
  const labels = oneHot(new Float64Array(images.classes), images.labels[index]!);
  return { x, labels: labels as Float64Array };
}

function mistakeText(
  { name, right, wrong, lesson, checks, trainings }: Demonstration,
  title: readonly string[],
  images: string,
  page: Page,
): string[] {
  const { width, style } = page;
  return [
    style('bold', `--break ${name}`),
    ...wrap(`right  ${right}`, width, '  '),
    ...wrap(`wrong  ${wrong}`, width, '  '),
    ...heading(page, 'What the gradient check says', `right: error ≤ ${GRADIENT_TOLERANCE}`),
    ...title.flatMap((line) => wrap(line, width)),
    ...checks.flatMap(({ on, rows }) => [...dimmed(on, page), ...checkTable(rows, page)]),
    ...heading(page, 'What training shows', ''),
    ...wrap(images, width),
    ...trainings.flatMap((training) => trainingTable(training, page)),
    ...heading(page, 'What to learn from it', ''),
    ...wrap(lesson, width),
  ];
}

function checkTable(rows: readonly GradientCheckRow[], { style }: Page): string[] {
  const lines = table(
    rows.map(({ quantity, shape, error, ok }) => [
      `  ${quantity}`,
      shape.join('×'),
      error === Number.POSITIVE_INFINITY ? 'not a number' : error.toExponential(1),
      ok ? 'right' : 'WRONG',
    ]),
  );
  return lines.map((line, r) => (rows[r]!.ok ? line : style('red', line)));
}

/** An epoch a line: loss and accuracy of the right code, then of the broken. */
function trainingTable({ on, right, broken }: SideBySide, page: Page): string[] {
  const { width, style } = page;
  const epochs = Math.max(right.epochs.length, broken.epochs.length);
  const cells = ({ epochs, diverged }: SideBySide['right'], e: number): string[] => {
    const figures = epochs[e];
    if (figures) return [nats(figures.loss), percent(figures.accuracy)];
    return diverged?.epoch === e + 1 ? ['NaN', `at step ${diverged.step}`] : ['', ''];
  };
  const [head, ...rows] = table(
    [
      ['epoch', 'loss', 'accuracy', 'loss', 'accuracy'],
      ...Array.from({ length: epochs }, (_, e) => [
        String(e + 1),
        ...cells(right, e),
        ...cells(broken, e),
      ]),
    ],
    width < 60 ? 1 : 3,
  );
  const half = head!.indexOf('accuracy') + 'accuracy'.length;
  const over = `${'right code'.padStart(half)}${'with the mistake'.padStart(head!.length - half)}`;
  return [...dimmed(on, page), style('dim', over), style('dim', head!), ...rows];
}

function dimmed(text: string, { width, style }: Page): string[] {
  return wrap(text, width).map((line) => style('dim', line));
}
