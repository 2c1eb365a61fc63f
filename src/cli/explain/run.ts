import type { Split } from '../../dataset/catalogue.js';
import type { Dataset } from '../../dataset/load.js';
import { UsageError } from '../../errors.js';
import { type Explanation, explain, type Subject } from '../../explain/explanation.js';
import type { MistakeName } from '../../explain/mistakes.js';
import { type Why, why } from '../../explain/why.js';
import { wordsIn } from '../../explain/words/language.js';
import type { Words } from '../../explain/words/words.js';
import { pictureOf, pixelsAt } from '../../images.js';
import type { Floats } from '../../layers/floats.js';
import { readModel } from '../../model/file.js';
import { assertModelSize } from '../../model/model.js';
import type { NetworkShape } from '../../network.js';
import { type Quantity, type QuantityKey, quantitiesOf } from '../../quantities.js';
import { initialParameters } from '../../sgd.js';
import { grouped } from '../../text/numbers.js';
import { assertModelFits, withoutRecord } from '../assess.js';
import { type Context, pageFor } from '../context.js';
import { dataFor, readDataset, readSplit, warnOfData } from '../data.js';
import type { LanguageOptions, ModelDataOptions, OutputOptions } from '../options.js';
import { printable, printLines } from '../output.js';
import { Terminal } from '../terminal.js';
import type { ExplainPage } from './page.js';
import { explanationText } from './text.js';
import { whyText } from './why.js';

/** The flags of `backprop-explain`. */
export interface ExplainFlags extends ModelDataOptions, OutputOptions, LanguageOptions {
  readonly index: number;
  readonly split: Split;
  readonly image?: string | undefined;
  readonly label?: number | undefined;
  readonly why?: readonly [number, number] | undefined;
  readonly break?: MistakeName | undefined;
  readonly hidden?: readonly number[] | undefined;
  readonly lr: number;
  readonly seed: number;
}

/** The picture to explain, from wherever it comes, and the weights to explain it with. */
interface ExplainInput {
  readonly shape: NetworkShape;
  readonly parameters: Floats;
  readonly subject: Subject;
  /** Which picture and which weights, in words and for --json. */
  readonly title: readonly string[];
  readonly origin: object;
  /** What --break trains on; read only for it. */
  readonly data: Dataset | undefined;
}

type SavedModel = Awaited<ReturnType<typeof readModel>>;

/**
 * The whole of `backprop-explain` but its exercises.
 * @param path of a model; undefined: untrained weights
 * @throws ModelError, DataError; UsageError for a picture or class that is not there
 */
export async function explainPicture(
  path: string | undefined,
  flags: ExplainFlags,
  context: Context,
): Promise<void> {
  const terminal = new Terminal(context, { quiet: flags.quiet ?? false, color: flags.color });
  try {
    const words = await wordsIn(flags.lang);
    const input = await readInput(path, flags, terminal, context, words);
    const lines = await outputLines(input, flags, { ...pageFor(context, flags.color), words });
    printLines(context.stdout, lines);
  } finally {
    terminal.close();
  }
}

/** The explanation, the answer to --why, or the mistake of --break: as text, or as one line of JSON. */
async function outputLines(
  { shape, parameters, subject, title, origin, data }: ExplainInput,
  flags: ExplainFlags,
  page: ExplainPage,
): Promise<string[]> {
  const json = (result: object): string[] => [JSON.stringify({ ...result, ...origin })];
  if (flags.break !== undefined && data) {
    const { mistakeText, showMistake } = await import('./break.js');
    const shown = showMistake(flags.break, data, flags, { shape, parameters }, page.words);
    return flags.json ? json(shown) : mistakeText(shown, title, page);
  }
  if (flags.why !== undefined) {
    assertClasses(flags.why, shape);
    // Without the label: no backward pass, and no second for checking it.
    const explanation = explain(shape, parameters, { x: subject.x, label: undefined }, flags.lr);
    const answer = why(explanation, ...flags.why);
    return flags.json
      ? json(whyJson(answer, subject.label))
      : whyText(answer, explanation, title, page);
  }
  const explanation = explain(shape, parameters, subject, flags.lr);
  return flags.json
    ? json(explanationJson(explanation))
    : explanationText(explanation, title, page);
}

async function readInput(
  path: string | undefined,
  flags: ExplainFlags,
  terminal: Terminal,
  { signal }: Context,
  words: Words,
): Promise<ExplainInput> {
  if (path !== undefined && flags.hidden) {
    throw new UsageError('--hidden is for untrained weights: a model has its own layers');
  }
  const saved = path === undefined ? undefined : await readModel(path);
  if (flags.image !== undefined) {
    if (saved && !saved.model.training) terminal.warn(withoutRecord(path!));
    return readOwnPicture(flags.image, flags.label, path, saved, words);
  }
  const from = dataFor(path ?? '', saved?.model.training, flags);
  const surroundings = { terminal, signal, classes: saved?.model.classes };
  // --break trains, so it needs both splits.
  const data = flags.break === undefined ? undefined : await readDataset(from, surroundings);
  const read = data
    ? { ...data, images: data[flags.split] }
    : await readSplit(flags.split, from, surroundings);
  const { images, name, sha256 } = read;
  if (saved) {
    assertModelFits(path!, saved.model, name, images);
    warnOfData(path!, saved.model, read, flags, terminal);
  }
  if (flags.index >= images.count) {
    const place = `${grouped(images.count)} ${flags.split} images of ${name}`;
    throw new UsageError(
      `--index ${flags.index}: expected 0 to ${images.count - 1}, for the ${place}`,
    );
  }
  const { rows, columns, classes } = images;
  const label = images.labels[flags.index]!;
  const hidden = saved ? saved.model.hidden : flags.hidden;
  const shape = withHidden({ rows, columns, classes }, hidden);
  if (!saved) assertModelSize(shape);
  const weights = saved ? printable(path!) : words.untrained(flags.seed);
  return {
    shape,
    parameters: saved?.model.parameters ?? untrainedParameters(shape, flags.seed),
    subject: { x: pictureOf(pixelsAt(images, flags.index), images), label },
    title: [`${words.imageOf(flags.split, flags.index, name, label)}; ${weights}`],
    origin: {
      index: flags.index,
      dataset: { name, sha256, split: flags.split },
      model: saved ? { path, sha256: saved.sha256 } : null,
      seed: saved ? null : flags.seed,
    },
    data,
  };
}

/** A network without hidden layers says nothing of them, in --json neither. */
function withHidden(shape: NetworkShape, hidden: NetworkShape['hidden'] = []): NetworkShape {
  return hidden.length > 0 ? { ...shape, hidden } : shape;
}

function untrainedParameters(shape: NetworkShape, seed: number): Floats {
  return initialParameters(shape, { init: shape.hidden ? 'he' : 'xavier', seed });
}

/** The user's own picture, made into one of the model's sides as MNIST's were. */
async function readOwnPicture(
  image: string,
  label: number | undefined,
  path: string | undefined,
  saved: SavedModel | undefined,
  words: Words,
): Promise<ExplainInput> {
  if (!saved || path === undefined) {
    throw new UsageError('--image needs a model, to whose sides the picture is fitted', {
      hint: 'give a model.json from backprop-train',
    });
  }
  const { rows, columns, classes, hidden, parameters } = saved.model;
  if (label !== undefined && label >= classes) {
    throw new UsageError(`--label ${label}: expected a class from 0 to ${classes - 1}`);
  }
  const { readPicture } = await import('../../picture-file.js');
  const { pixels, warnings } = await readPicture(image, saved.model);
  const title = [printable(`${image}, ${words.labelled(label)}; ${path}`)];
  if (warnings.length > 0) {
    const { warningSentence } = await import('../../image/warnings.js');
    title.push(warningSentence(warnings, words.pictureWarnings));
  }
  return {
    shape: withHidden({ rows, columns, classes }, hidden),
    parameters,
    subject: { x: pictureOf(pixels, { rows, columns }), label },
    title,
    origin: { image, warnings, model: { path, sha256: saved.sha256 }, seed: null },
    data: undefined,
  };
}

function assertClasses(pair: readonly [number, number], { classes }: NetworkShape): void {
  const bad = pair.find((k) => k >= classes);
  if (bad === undefined) return;
  throw new UsageError(`--why ${pair.join(',')}: expected classes 0 to ${classes - 1}`);
}

/** A matrix or a vector row by row, or a number; null: it needs a label, and there is none. */
type JsonValue = number | readonly number[] | null;

/**
 * Every quantity under its key, matrices row by row; with hidden layers W and b and what belongs to a
 * linear layer as lists with an entry for each, from the picture's side, and h and ∂L/∂h as lists with an
 * entry for each hidden layer. What is not a finite number is null, as JSON.stringify writes it; so is
 * all that needs a label where there is none.
 */
export function explanationJson(explanation: Explanation): object {
  const { shape, x, parameters, hidden, predicted, backward } = explanation;
  const quantities: Record<string, JsonValue | JsonValue[]> = {};
  const isDeep = hidden.length > 0;
  const table = quantitiesOf(hidden.length);
  for (const { key, layer } of table) {
    const rows = table.filter((quantity) => quantity.key === key);
    rows.sort((p, q) => (p.layer ?? 0) - (q.layer ?? 0));
    const values = rows.map((quantity) => jsonValue(quantity, explanation));
    quantities[key] = isDeep && layer !== undefined ? values : values[0]!;
  }
  const layers = {
    W: parameters.linear.map(({ weight }) => Array.from(weight)),
    b: parameters.linear.map(({ bias }) => Array.from(bias)),
  };
  return {
    event: 'explanation',
    ...shape,
    label: backward?.label ?? null,
    predicted,
    x: Array.from(x.values),
    ...(isDeep ? layers : { W: layers.W[0], b: layers.b[0] }),
    ...quantities,
    check: backward?.check ?? null,
    step: backward?.step ?? null,
  };
}

function jsonValue({ key, layer = 0, values }: Quantity, explanation: Explanation): JsonValue {
  const { backward, hidden, u, y, dy_dv } = explanation;
  if (backward) return key === 'L' ? backward.L : Array.from(values(backward));
  const { v } = hidden[layer] ?? explanation;
  const known: Partial<Record<QuantityKey, Float64Array>> = { u, v, h: hidden[layer]?.h, y, dy_dv };
  const found = known[key];
  return found ? Array.from(found) : null;
}

function whyJson(answer: Why, label: number | undefined): object {
  return { event: 'why', label: label ?? null, ...answer, pixels: Array.from(answer.pixels) };
}
