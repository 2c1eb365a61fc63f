import type { Score } from '../../metrics.js';
import type { EpochEvent } from '../../train.js';
import { chart, type Series } from '../chart.js';
import { html, type Markup, NOTHING } from '../html.js';
import { type Position, positionInWords } from '../moments.js';
import type { PageSnapshot } from '../page-data.js';
import type { PageWords } from '../words/words.js';
import { type Contents, plainTable, section } from './parts.js';

/** Epochs in the table and points on a curve; more make the page large and nothing clearer. */
const MOST_ROWS = 200;

/** Loss and accuracy over time. */
export function curves(contents: Contents): Markup {
  const { epochs, snapshots, model, program, file, images, time, batchesInEpoch, words } = contents;
  if (epochs.length === 0) return withoutHistory(model.metrics, program, file.path, words);
  const shown = thinned(epochs);
  const held = epochs.some(({ validation }) => validation !== null);
  const series = (pick: keyof Score): Series[] =>
    [
      line(words.training, trainingPoints(contents), pick),
      line(
        words.test,
        snapshots.map(({ test, ...at }) => ({ at, score: test })),
        pick,
      ),
      line(
        words.validation,
        shown.map(({ epoch, validation }) => ({ at: end(epoch), score: validation })),
        pick,
      ),
    ].filter(({ points }) => points.length > 0);
  const axis = (value: number): string => axisNumber(value, words);
  const common = { time, batchesInEpoch, words };
  return section(
    'curves',
    words.howItLearned,
    words.curvesLead(held, images.count),
    html`<div class="pair">
${chart({ id: 'loss', title: words.lossTitle, series: series('loss'), tick: axis, ...common })}
${chart({ id: 'accuracy', title: words.accuracyTitle, series: series('accuracy'), tick: (share) => `${axis(100 * share)} %`, ...common })}
</div>
${snapshots.length > 1 ? html`<p class="quiet hint"><output data-moment></output>. <a href="#weights">${words.itsWeights}</a></p>` : NOTHING}
<details><summary>${words.numbersBehind}</summary>${momentTable(snapshots, words)}
${numbers(shown, epochs.length, words)}</details>`,
  );
}

interface ScoreAt {
  readonly at: Position;
  readonly score: Score | null;
}

/** Between moments where the run was watched; of whole epochs before that, in a run that was resumed. */
function trainingPoints({ epochs, moments, snapshots }: Contents): ScoreAt[] {
  const begun = moments[0]?.epoch ?? Number.POSITIVE_INFINITY;
  const before = thinned(epochs.filter(({ epoch }) => epoch <= begun));
  return [
    ...before.map(({ epoch, train }) => ({ at: end(epoch), score: train })),
    ...snapshots.map(({ train, ...at }) => ({ at, score: train })),
  ];
}

/** @param scores null where there is no point */
function line(name: string, scores: readonly ScoreAt[], pick: keyof Score): Series {
  const points = scores.flatMap(({ at, score }) => (score ? [{ at, value: score[pick] }] : []));
  return { name, points };
}

function end(epoch: number): Position {
  return { epoch, batch: 0 };
}

function withoutHistory(
  metrics: Contents['model']['metrics'],
  program: string,
  path: string,
  words: PageWords,
): Markup {
  if (!metrics) {
    return section('curves', words.howItLearned, words.noRecord(path), NOTHING);
  }
  const { train, validation, test } = metrics;
  const rows = [
    [words.training, inPercent(train, words), inNats(train, words)],
    ...(validation
      ? [[words.validation, inPercent(validation, words), inNats(validation, words)]]
      : []),
    [words.test, inPercent(test, words), inNats(test, words)],
  ];
  return section(
    'curves',
    words.howItLearned,
    words.withoutHistory(program, path),
    plainTable(words.figuresAt(metrics.epoch), [words.images, words.accuracy, words.loss], rows),
  );
}

function momentTable(moments: readonly PageSnapshot[], words: PageWords): Markup {
  const rows = moments.map(({ train, test, ...at }) => [
    positionInWords(at, words.script.position),
    ...scoreCells(train, words),
    ...scoreCells(test, words),
  ]);
  const { moment, trainingLoss, accuracy, testLoss } = words;
  return plainTable(
    words.momentByMoment,
    [moment, trainingLoss, accuracy, testLoss, accuracy],
    rows,
  );
}

function numbers(epochs: readonly EpochEvent[], all: number, words: PageWords): Markup {
  const rows = epochs.map(({ epoch, learningRate, train, validation }) => [
    String(epoch),
    ...scoreCells(train, words),
    ...scoreCells(validation, words),
    words.numbers.decimal(learningRate.toPrecision(3)),
  ]);
  const { epoch, trainingLoss, accuracy, validationLoss, lastRate } = words;
  const heads = [epoch, trainingLoss, accuracy, validationLoss, accuracy, lastRate];
  return plainTable(words.epochByEpoch(epochs.length, all), heads, rows);
}

function scoreCells(score: Score | null, words: PageWords): string[] {
  return score ? [inNats(score, words), inPercent(score, words)] : ['–', '–'];
}

function inNats({ loss }: { readonly loss: number }, { numbers }: PageWords): string {
  return numbers.typeset(numbers.nats(loss));
}

function inPercent({ accuracy }: { readonly accuracy: number }, { numbers }: PageWords): string {
  return numbers.typeset(numbers.percent(accuracy));
}

/** At most MOST_ROWS epochs, evenly spaced, with the first and the last. */
function thinned(epochs: readonly EpochEvent[]): EpochEvent[] {
  const count = Math.min(MOST_ROWS, epochs.length);
  return Array.from({ length: count }, (_, at) => {
    const place = count === 1 ? 0 : (at * (epochs.length - 1)) / (count - 1);
    return epochs[Math.round(place)]!;
  });
}

/** A tick's number without noise: 0.30000000000000004 → 0.3. */
function axisNumber(value: number, { numbers }: PageWords): string {
  return numbers.typeset(String(Number(value.toPrecision(6))));
}
