import { accuracy, meanNegativeLogLikelihood } from '../../metrics.js';
import { grouped, nats, percent, typeset } from '../../text/numbers.js';
import { html, type Markup } from '../html.js';
import { type Contents, plainTable } from './parts.js';

/** The head of the page: what was trained, how good it is, and which sign is shown. */
export function summary(contents: Contents): Markup {
  const { model, hidden, dataset, images, predictions, math } = contents;
  const share = accuracy(predictions.predicted, images.labels);
  const loss = meanNegativeLogLikelihood(predictions.logLikelihood);
  const wrong = images.count - Math.round(share * images.count);
  const set = `${dataset.split} images`;
  return html`<header class="summary">
<p class="overline">${contents.program} · ${dataset.name}</p>
<h1>What ${grouped(model.parameters.length)} numbers learned from ${dataset.name}</h1>
<p class="lead">${chainInWords(contents)} Below is how the numbers grew, where
they fail, how one picture changes them, and a pad to draw on.</p>
<div class="formula chain">${math('network', hidden.length)}</div>
<dl class="figures">
${headline(typeset(percent(share)), 'accuracy', `on ${grouped(images.count)} ${set}`)}
${headline(typeset(nats(loss)), 'loss', 'nats per image')}
${headline(grouped(wrong), 'wrong', `of ${grouped(images.count)}`)}
</dl>
<p class="note"><strong>Which sign.</strong> The derivation’s ${math('LSymbol')} is a log-likelihood, at most
0: training <em>raises</em> it. Every <em>loss</em> on this page is the mean of ${math('minusLSymbol')}, at least 0:
training lowers it. Every gradient shown is that of ${math('LSymbol')}.</p>
<details><summary>How it was trained</summary>${flags(contents)}</details>
</header>`;
}

function chainInWords({ hidden, math }: Contents): Markup {
  if (hidden.length === 0) {
    return html`Softmax regression, formula by formula: a picture ${math('xSymbol')} becomes scores
${math('vSymbol')}, probabilities ${math('ySymbol')} and an answer.`;
  }
  const between = hidden.map((_, l) => math('hSymbol', l));
  return html`A network with ${hidden.length === 1 ? 'a hidden layer' : `${hidden.length} hidden layers`}, formula by formula: a picture
${math('xSymbol')} turns hidden units on, ${listed(between)}, these give scores ${math('vSymbol', hidden.length)},
probabilities ${math('ySymbol')} and an answer.`;
}

function listed(pieces: readonly Markup[]): Markup[] {
  return pieces.map((piece, at) => (at === 0 ? piece : html`, ${piece}`));
}

function headline(value: string, name: string, remark: string): Markup {
  return html`<div><dt>${name}</dt><dd><strong>${value}</strong> <span>${remark}</span></dd></div>
`;
}

function flags({ model, file }: Contents): Markup {
  const { training: t, metrics } = model;
  const known = [
    ['model', file.path],
    ['SHA-256', file.sha256],
    ['network', networkInWords(model)],
  ];
  if (!t) return plainTable('Model', [], [...known, ['trained', 'by another program']]);
  const rows = [
    ...known,
    ['epochs', `${t.epochs}, weights kept from epoch ${metrics.epoch}`],
    ['batch size', grouped(t.batchSize)],
    ['learning rate', `${t.learningRate}, ${t.learningRateSchedule}`],
    ['momentum', String(t.momentum)],
    ['weight decay', String(t.weightDecay)],
    ['initial weights', t.resumedFrom === null ? t.init : `model ${t.resumedFrom}`],
    ['images held out', typeset(percent(t.validation, 0))],
    ['seed', `${t.seed}${t.shuffle ? '' : ', images in file order'}`],
    ['trained on', t.limit === null ? t.dataset.name : `${t.dataset.name}, first ${t.limit}`],
    ['kernel', t.kernel],
  ];
  return plainTable('Model and flags', [], rows);
}

function networkInWords({ rows, columns, classes, hidden }: Contents['model']): string {
  const units = hidden.map((count) => `${count} hidden units → `).join('');
  return `${rows}×${columns} pixels → ${units}${classes} classes`;
}
