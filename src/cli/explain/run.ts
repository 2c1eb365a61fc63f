import type { Split } from '../../dataset/catalogue.js';
import { type Dataset, loadDataset, loadSplit } from '../../dataset/load.js';
import { UsageError } from '../../errors.js';
import { type Explanation, explain, type Subject } from '../../explain/explanation.js';
import type { MistakeName } from '../../explain/mistakes.js';
import { why } from '../../explain/why.js';
import type { LabelledImages } from '../../images.js';
import { scalePixels } from '../../kernel/reference.js';
import type { Floats } from '../../layers/floats.js';
import { readModel } from '../../model/read.js';
import { inputsOf, type NetworkShape } from '../../network.js';
import { grouped } from '../../text/numbers.js';
import { initialParameters } from '../../train.js';
import { assertModelFits } from '../assess.js';
import { type Context, pageFor } from '../context.js';
import { readData } from '../data.js';
import type { DataOptions, OutputOptions } from '../options.js';
import { Terminal } from '../terminal.js';
import { explanationJson, whyJson } from './json.js';
import { explanationText } from './text.js';
import { whyText } from './why.js';

/** The flags of `backprop-explain`. */
export interface ExplainFlags extends DataOptions, OutputOptions {
  readonly index: number;
  readonly split: Split;
  readonly image?: string | undefined;
  readonly label?: number | undefined;
  readonly why?: readonly [number, number] | undefined;
  readonly break?: MistakeName | undefined;
  readonly lr: number;
  readonly seed: number;
}

/** The picture to explain, from wherever it comes, and the weights to explain it with. */
interface Chosen {
  readonly shape: NetworkShape;
  readonly parameters: Floats;
  readonly subject: Subject;
  /** Which picture and which weights, in words and for --json. */
  readonly title: readonly string[];
  readonly origin: object;
  /** What --break trains on; read only for it. */
  readonly data: Dataset | undefined;
}

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
    const chosen = await choose(path, flags, terminal, context);
    const { title, origin } = chosen;
    const page = pageFor(context, flags.color);
    const show = (text: () => string[], json: () => object): void => {
      const lines = flags.json ? [JSON.stringify({ ...json(), ...origin })] : text();
      context.stdout.write(lines.map((line) => `${line}\n`).join(''));
    };
    if (flags.break !== undefined) {
      const { showMistake } = await import('./break.js');
      return show(...showMistake(flags.break, { ...chosen, seed: flags.seed }, page));
    }
    if (flags.why !== undefined) {
      assertClasses(flags.why, chosen.shape);
      const explanation = explain(chosen.shape, chosen.parameters, unlabelled(chosen), flags.lr);
      const answer = why(explanation, ...flags.why);
      return show(
        () => whyText(answer, explanation, title, page),
        () => whyJson(answer, chosen.subject.label),
      );
    }
    const explanation: Explanation = explain(
      chosen.shape,
      chosen.parameters,
      chosen.subject,
      flags.lr,
    );
    show(
      () => explanationText(explanation, title, page),
      () => explanationJson(explanation),
    );
  } finally {
    terminal.close();
  }
}

async function choose(
  path: string | undefined,
  flags: ExplainFlags,
  terminal: Terminal,
  { signal }: Context,
): Promise<Chosen> {
  const read = path === undefined ? undefined : await readModel(path);
  if (flags.image !== undefined) return ownPicture(flags.image, flags.label, path, read);
  const from = { terminal, signal, classes: read?.model.classes };
  // --break trains, so it needs both splits.
  const both = flags.break === undefined ? undefined : await readData(loadDataset, flags, from);
  const one = both
    ? { ...both, images: both[flags.split] }
    : await readData(loadSplit.bind(undefined, flags.split), flags, from);
  const { images, name } = one;
  if (read) assertModelFits(path!, read.model, name, images);
  const subject = pictureOf(images, flags.index, `${flags.split} images of ${name}`);
  const { rows, columns, classes } = images;
  const weights = read ? harmless(path!) : `untrained weights, seed ${flags.seed}`;
  return {
    shape: { rows, columns, classes },
    parameters: read?.model.parameters ?? initialParameters(images, 'xavier', flags.seed),
    subject,
    title: [
      `${flags.split} image ${grouped(flags.index)} of ${name}, label ${subject.label}; ${weights}`,
    ],
    origin: {
      index: flags.index,
      dataset: { name, sha256: one.sha256, split: flags.split },
      model: read ? { path, sha256: read.sha256 } : null,
      seed: read ? null : flags.seed,
    },
    data: both,
  };
}

/** The user's own picture, made into one of the model's sides as MNIST's were. */
async function ownPicture(
  image: string,
  label: number | undefined,
  path: string | undefined,
  read: Awaited<ReturnType<typeof readModel>> | undefined,
): Promise<Chosen> {
  if (!read || path === undefined) {
    throw new UsageError('--image needs a model, to whose sides the picture is fitted', {
      hint: 'give a model.json from backprop-train',
    });
  }
  const { rows, columns, classes, parameters } = read.model;
  if (label !== undefined && label >= classes) {
    throw new UsageError(`--label ${label}: expected a class from 0 to ${classes - 1}`);
  }
  const { readPicture } = await import('../picture-file.js');
  const { pixels } = await readPicture(image, { rows, columns });
  const values = new Float64Array(pixels.length);
  scalePixels(values, pixels);
  const said = label === undefined ? 'no label' : `label ${label}`;
  return {
    shape: { rows, columns, classes },
    parameters,
    subject: { x: { rows, columns, values }, label },
    title: [harmless(`${image}, ${said}; ${path}`)],
    origin: { image, model: { path, sha256: read.sha256 }, seed: null },
    data: undefined,
  };
}

/** A path may hold anything; nothing in it is to steer the terminal. */
function harmless(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

/** @throws UsageError naming the range if there is no such picture */
function pictureOf(images: LabelledImages, index: number, place: string): Subject {
  if (index >= images.count) {
    throw new UsageError(
      `--index ${index}: expected 0 to ${images.count - 1}, for the ${grouped(images.count)} ${place}`,
    );
  }
  const D = inputsOf(images);
  const values = new Float64Array(D);
  scalePixels(values, images.pixels.subarray(index * D, (index + 1) * D));
  const { rows, columns } = images;
  return { x: { rows, columns, values }, label: images.labels[index]! };
}

/** --why needs no way back, and no second for checking it. */
function unlabelled({ subject }: Chosen): Subject {
  return { ...subject, label: undefined };
}

function assertClasses(pair: readonly [number, number], { classes }: NetworkShape): void {
  const bad = pair.find((k) => k >= classes);
  if (bad === undefined) return;
  throw new UsageError(`--why ${pair.join(',')}: expected classes 0 to ${classes - 1}`);
}
