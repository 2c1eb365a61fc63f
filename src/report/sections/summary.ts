import { accuracy, meanNegativeLogLikelihood } from '../../metrics.js';
import { html, type Markup } from '../html.js';
import { type Contents, plainTable } from './parts.js';

/** The head of the page: what was trained, and how good it is. */
export function summary(contents: Contents): Markup {
  const { model, hidden, dataset, images, predictions, math, words } = contents;
  const { grouped, nats, percent, typeset } = words.numbers;
  const chain =
    hidden.length === 0 ? words.softmaxRegression(math) : words.network(math, hidden.length);
  const share = accuracy(predictions.predicted, images.labels);
  const loss = meanNegativeLogLikelihood(predictions.logLikelihood);
  const wrong = images.count - Math.round(share * images.count);
  return html`<header class="summary">
<p class="overline">${contents.program} · ${dataset.name}</p>
<h1>${words.title(model.parameters.length, model.training?.dataset.name ?? dataset.name)}</h1>
<p class="lead">${chain} ${words.below}</p>
<dl class="figures">
${headline(typeset(percent(share)), words.accuracy, words.onImages(images.count, dataset.split))}
${headline(typeset(nats(loss)), words.loss, words.natsPerImage)}
${headline(grouped(wrong), words.wrong, words.ofAll(images.count))}
</dl>
</header>`;
}

/** The chain, which sign is shown, and how the model was trained. */
export function about(contents: Contents): Markup {
  const { hidden, math, words } = contents;
  return html`<div class="about"><div class="formula chain">${math('network', hidden.length)}</div>
<p class="note">${words.whichSign(math)}</p>
<details><summary>${words.howTrained}</summary>${flags(contents)}</details></div>`;
}

function headline(value: string, name: string, remark: string): Markup {
  return html`<div><dt>${name}</dt><dd><strong>${value}</strong> <span>${remark}</span></dd></div>
`;
}

function flags({ model, file, words }: Contents): Markup {
  const { training: t, metrics, rows, columns, hidden, classes } = model;
  const { flags: say, numbers } = words;
  const { grouped, percent, typeset, decimal } = numbers;
  const known = [
    [say.model, file.path],
    ['SHA-256', file.sha256],
    [say.network, say.networkOf(rows, columns, hidden, classes)],
  ];
  if (!t) return plainTable(say.model, [], [...known, [say.trained, say.byAnother]]);
  const cells = [
    ...known,
    [say.epochs, say.epochsOf(t.epochs, metrics.epoch)],
    [say.batchSize, grouped(t.batchSize)],
    [say.learningRate, `${decimal(String(t.learningRate))}, ${t.learningRateSchedule}`],
    [say.momentum, decimal(String(t.momentum))],
    [say.weightDecay, decimal(String(t.weightDecay))],
    [say.init, t.resumedFrom === null ? t.init : say.resumed(t.resumedFrom)],
    [say.heldOut, typeset(percent(t.validation, 0))],
    [say.seed, t.shuffle ? String(t.seed) : say.inFileOrder(t.seed)],
    [say.trainedOn, t.limit === null ? t.dataset.name : say.first(t.dataset.name, t.limit)],
    [say.kernel, t.kernel],
  ];
  return plainTable(words.modelAndFlags, [], cells);
}
