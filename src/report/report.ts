import { createHash } from 'node:crypto';
import { encodeFloats } from '../base64.js';
import { UsageError } from '../errors.js';
import { mostConfidentMistakes, scoreOf } from '../metrics.js';
import { type NetworkShape, parameterCount, parametersOf } from '../network.js';
import { choosePictures } from './choose-pictures.js';
import { contributionsOf } from './contributions.js';
import { html, jsonForScript, type Markup, markup } from './html.js';
import { timeAxis, type WeightMoment } from './moments.js';
import { DATA_ELEMENT, type PageAssets, type PageData } from './page-data.js';
import { body } from './sections/body.js';
import { isKept, type ReportInput } from './sections/parts.js';
import { snapshotsOf } from './snapshots.js';
import { PAGE_EN } from './words/en.js';
import type { PageWords } from './words/words.js';

export type { ReportInput } from './sections/parts.js';

/** η of the pad where nobody knows how the model was trained. */
const LEARNING_RATE = 0.1;
/** Most parameters in a page, which then is less than 4 MB: as text they take 5.3 characters each. */
const MOST_PARAMETERS = 300_000;
const MISTAKES_SHOWN = 12;

/** @throws UsageError if a model of this shape does not fit into a page */
export function assertFitsPage(shape: NetworkShape): void {
  const count = parameterCount(shape);
  if (count <= MOST_PARAMETERS) return;
  throw new UsageError(
    `--report: a page holds a model of at most ${MOST_PARAMETERS} parameters, found ${count}`,
    { hint: 'leave --report out, or use fewer hidden units or smaller images' },
  );
}

/**
 * The whole page as the text of one HTML file that loads nothing. The same input gives the same text.
 *
 * @throws UsageError if the model does not fit into a page
 */
export function reportPage(
  input: ReportInput,
  assets: PageAssets,
  words: PageWords = PAGE_EN,
): string {
  assertFitsPage(input.model);
  const { predicted, probability } = input.predictions;
  const { labels } = input.images;
  const mistakes = mostConfidentMistakes(predicted, labels, probability, MISTAKES_SHOWN);
  const pictures = choosePictures(input.images, input.predictions, mistakes);
  const snapshots = snapshotsOf(withKept(input), (moment) => isKept(moment, input.model));
  const ends = input.epochs.map(({ epoch }) => ({ epoch, batch: 0 }));
  const time = timeAxis([...snapshots, ...ends], input.batchesInEpoch);
  const { rows, columns, classes, hidden, parameters, training } = input.model;
  const { learningRate } = training ?? { learningRate: LEARNING_RATE };
  const contributions = hidden.length > 0 ? contributionsOf(input.model, input.images) : undefined;
  const classNames = Object.hasOwn(words.classNames, input.dataset.name)
    ? words.classNames[input.dataset.name]
    : undefined;
  const data: PageData = {
    words: words.script,
    classNames,
    trainedOn: training?.dataset.name,
    shape: hidden.length > 0 ? { rows, columns, classes, hidden } : { rows, columns, classes },
    parameters: encodeFloats(parameters),
    contributions: contributions && encodeFloats(contributions),
    learningRate,
    pictures,
    snapshots,
    times: snapshots.map(time),
  };
  const math = (name: string, layer?: number): Markup => {
    const number = layer === undefined || hidden.length === 0 ? '' : layer + 1;
    const formula = assets.formulas[`${name}${number}`];
    if (formula === undefined) throw new RangeError(`no formula is called ${name}${number}`);
    return markup(formula);
  };
  // As it is called, wherever it lies: the page goes to others.
  const file = { ...input.file, path: input.file.path.split(/[/\\]/).at(-1)! };
  const content = body({
    ...input,
    file,
    hidden,
    contributions,
    classNames,
    learningRate,
    snapshots,
    time,
    pictures,
    mistakes,
    math,
    words,
  });
  return htmlDocument(
    `${file.path} · ${input.dataset.name}`,
    content,
    data,
    assets,
    words.language,
  );
}

/** The moments, among them the weights that the model kept: often the last ones, not always. */
function withKept({ model, moments, predictions, images }: ReportInput): WeightMoment[] {
  const epoch = model.metrics?.epoch ?? 0;
  if (moments.some((moment) => isKept(moment, model))) return [...moments];
  const { weight } = parametersOf(model.parameters, model).linear[0]!;
  const kept = { epoch, batch: 0, train: null, test: scoreOf(predictions, images), weight };
  return [...moments, kept].sort((a, b) => a.epoch - b.epoch || a.batch - b.batch);
}

function htmlDocument(
  title: string,
  content: Markup,
  data: PageData,
  { script, style }: PageAssets,
  language: string,
): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hash(script)}'`,
    `style-src '${hash(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${markup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${inElement('style', style)}</style>
</head>
<body>
${content}
<script type="application/json" id="${DATA_ELEMENT}">${jsonForScript(data)}</script>
<script>${inElement('script', script)}</script>
</body>
</html>
`.text;
}

/** As a Content-Security-Policy names an inline script or style. */
function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** @throws RangeError if the text would end the element or, in a script, open a comment */
function inElement(name: 'script' | 'style', text: string): Markup {
  if (new RegExp(`</${name}|<!--`, 'i').test(text)) {
    throw new RangeError(`the page's ${name} must not contain </${name} or <!--`);
  }
  return markup(text);
}
