import type { EpochEvent } from '../../train.js';
import { chart } from '../chart.js';
import { html, type Markup, NOTHING } from '../html.js';
import type { PageWords } from '../words/words.js';
import { type Contents, plainTable, section } from './parts.js';

/** Epochs in the table and points on a curve; more make the page large and nothing clearer. */
const MOST_ROWS = 200;

/** Loss and accuracy by epoch. */
export function curves({ epochs, model, program, file, words }: Contents): Markup {
  if (epochs.length === 0) return withoutHistory(model.metrics, program, file.path, words);
  const shown = thinned(epochs);
  const held = epochs.some(({ validation }) => validation !== null);
  const series = (pick: 'loss' | 'accuracy') => [
    {
      name: words.training,
      points: shown.map(({ epoch, train }) => [epoch, train[pick]] as const),
    },
    ...(held
      ? [
          {
            name: words.validation,
            points: shown.flatMap(({ epoch, validation }) =>
              validation ? [[epoch, validation[pick]] as const] : [],
            ),
          },
        ]
      : []),
  ];
  const axis = (value: number): string => axisNumber(value, words);
  return section(
    'curves',
    words.howItLearned,
    words.curvesLead(held),
    html`<div class="pair">
${chart({ id: 'loss', title: words.lossTitle, series: series('loss'), tick: axis, words })}
${chart({ id: 'accuracy', title: words.accuracyTitle, series: series('accuracy'), tick: (share) => `${axis(100 * share)} %`, words })}
</div>
<details><summary>${words.numbersBehind}</summary>${numbers(shown, epochs.length, words)}</details>`,
  );
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

function numbers(epochs: readonly EpochEvent[], all: number, words: PageWords): Markup {
  const rows = epochs.map(({ epoch, learningRate, train, validation }) => [
    String(epoch),
    inNats(train, words),
    inPercent(train, words),
    validation ? inNats(validation, words) : '–',
    validation ? inPercent(validation, words) : '–',
    words.numbers.decimal(learningRate.toPrecision(3)),
  ]);
  const { epoch, trainingLoss, accuracy, validationLoss, lastRate } = words;
  const heads = [epoch, trainingLoss, accuracy, validationLoss, accuracy, lastRate];
  return plainTable(words.epochByEpoch(epochs.length, all), heads, rows);
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
