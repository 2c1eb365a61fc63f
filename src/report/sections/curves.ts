import { nats, percent, typeset } from '../../text/numbers.js';
import type { EpochEvent } from '../../train.js';
import { chart } from '../chart.js';
import { html, type Markup, NOTHING } from '../html.js';
import { type Contents, plainTable, section } from './parts.js';

/** Epochs in the table and points on a curve; more make the page large and nothing clearer. */
const MOST_ROWS = 200;

/** Loss and accuracy by epoch. */
export function curves({ epochs, model, program, file }: Contents): Markup {
  if (epochs.length === 0) return withoutHistory(model.metrics, program, file.path);
  const shown = thinned(epochs);
  const held = epochs.some(({ validation }) => validation !== null);
  const series = (pick: 'loss' | 'accuracy') => [
    { name: 'training', points: shown.map(({ epoch, train }) => [epoch, train[pick]] as const) },
    ...(held
      ? [
          {
            name: 'validation',
            points: shown.flatMap(({ epoch, validation }) =>
              validation ? [[epoch, validation[pick]] as const] : [],
            ),
          },
        ]
      : []),
  ];
  const lead = html`Loss falls, accuracy rises. A training figure is the mean over an epoch, each image
judged <em>before</em> the step it was part of${
    held
      ? html`; a validation figure is taken after the epoch,
on images held out`
      : html`. No images were held out for validation: see <code>--validation</code>`
  }.`;
  return section(
    'curves',
    'How it learned',
    lead,
    html`<div class="pair">
${chart({ id: 'loss', title: 'Loss: mean negative log-likelihood, nats per image', series: series('loss'), tick: axisNumber })}
${chart({ id: 'accuracy', title: 'Accuracy: share of images classified rightly', series: series('accuracy'), tick: (share) => `${axisNumber(100 * share)} %` })}
</div>
<details><summary>The numbers behind the curves</summary>${numbers(shown, epochs.length)}</details>`,
  );
}

function withoutHistory(
  metrics: Contents['model']['metrics'],
  program: string,
  path: string,
): Markup {
  if (!metrics) {
    const lead = html`${path} has no record of its training: another program made it.`;
    return section('curves', 'How it learned', lead, NOTHING);
  }
  const { train, validation, test } = metrics;
  const rows = [
    ['training', inPercent(train), inNats(train)],
    ...(validation ? [['validation', inPercent(validation), inNats(validation)]] : []),
    ['test', inPercent(test), inNats(test)],
  ];
  return section(
    'curves',
    'How it learned',
    html`<code>${program}</code> sees a model that is ready: ${path} keeps its last figures, not its curves.
<code>backprop-train --report</code> draws them.`,
    plainTable(
      `Figures at the end of training, epoch ${metrics.epoch}`,
      ['images', 'accuracy', 'loss'],
      rows,
    ),
  );
}

function numbers(epochs: readonly EpochEvent[], all: number): Markup {
  const rows = epochs.map(({ epoch, learningRate, train, validation }) => [
    String(epoch),
    inNats(train),
    inPercent(train),
    validation ? inNats(validation) : '–',
    validation ? inPercent(validation) : '–',
    learningRate.toPrecision(3),
  ]);
  const caption = `Epoch by epoch${all > epochs.length ? `: ${epochs.length} of ${all}` : ''}`;
  const heads = ['epoch', 'training loss', 'accuracy', 'validation loss', 'accuracy', 'last rate'];
  return plainTable(caption, heads, rows);
}

function inNats({ loss }: { readonly loss: number }): string {
  return typeset(nats(loss));
}

function inPercent({ accuracy }: { readonly accuracy: number }): string {
  return typeset(percent(accuracy));
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
function axisNumber(value: number): string {
  return typeset(String(Number(value.toPrecision(6))));
}
