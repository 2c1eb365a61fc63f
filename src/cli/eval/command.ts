import { Command, Option } from '@commander-js/extra-typings';
import { UsageError } from '../../errors.js';
import { endingOf, READABLE } from '../../model/formats/index.js';
import type { Context, Runnable } from '../context.js';
import { kernelOption } from '../kernel.js';
import * as read from '../options.js';
import { FLAG_TEXT } from '../options.js';

const DESCRIPTION = `Evaluate a model on images with known labels: accuracy and loss, figures
for each class, the confusion matrix, and the most confident mistakes. Or two
models on the same images, and whether their difference means anything. Or,
with --image, pictures of your own: the class, and how sure; 7/a.png and 7_a.png
say that it should be 7. Or, with --reproduce, prove it: train again from its
own record, compare bytes.

${read.LOSS_MEANING}`;

const EPILOGUE = `
Examples:
  $ backprop-eval model.json
  $ backprop-eval model.json --split train
  $ backprop-eval model.json --report model.html
  $ backprop-eval model.json --json --min-accuracy 0.92
  $ backprop-eval letters.json --data-dir my-idx-files
  $ backprop-eval model.json other.npz
  $ backprop-eval model.json --image digit.png
  $ backprop-eval model.json --image digits --min-accuracy 0.9
  $ backprop-eval model.json --reproduce

Exit codes: 0 ok, 1 unexpected, 2 usage, 3 data, 4 model file or picture,
5 disk, 7 below --min-accuracy, 8 not reproduced, 130 SIGINT, 143 SIGTERM.`;

/** The command line of `backprop-eval`. */
export function evalCommand(context: Context): Runnable {
  return new Command('backprop-eval')
    .description(DESCRIPTION)
    .exitOverride()
    .configureHelp(read.HELP_STYLE)
    .configureOutput({ outputError: () => {} })
    .usage('[options] <model> [another to compare]')
    .argument('[model...]', 'a model: .json, .safetensors or .npz; two: compared', paths)
    .optionsGroup('Data:')
    .addOption(
      new Option('--split <name>', 'which images').choices(['test', 'train']).default('test'),
    )
    .addOption(read.modelDatasetOption("the model's own"))
    .addOption(read.dataDirOption())
    .option('--offline', FLAG_TEXT.offline)
    .optionsGroup('Own pictures:')
    .addOption(imageOption())
    .option('--show', 'draw each of several pictures, as the model sees it')
    .optionsGroup('Proof:')
    .addOption(reproduceOption())
    .option('--from <file>', 'the file that its training resumed from, if it did', read.path)
    .optionsGroup('Output:')
    .addOption(read.reportOption())
    .addOption(read.languageOption())
    .option('--min-accuracy <share>', FLAG_TEXT.minAccuracy, read.share)
    .option('--json', FLAG_TEXT.json)
    .option('-q, --quiet', FLAG_TEXT.quiet)
    .option('--no-color', FLAG_TEXT.noColor)
    .optionsGroup('Other:')
    .addOption(kernelOption())
    .version(read.packageVersion(), '-V, --version', FLAG_TEXT.version)
    .helpOption('-h, --help', FLAG_TEXT.help)
    .addHelpText('after', EPILOGUE)
    .action(async (named, options, command) => {
      const { models, images } = namesOf(named, options.image);
      const model = models[0]!;
      checkTogether(models, { ...options, images });
      if (options.reproduce) {
        const { reproduce } = await import('./reproduce.js');
        return reproduce(model, options, context);
      }
      if (images) {
        const { evaluatePictures } = await import('./pictures.js');
        return evaluatePictures(model, images, options, context);
      }
      const kernelGiven = command.getOptionValueSource('kernel') === 'cli';
      if (models.length === 2) {
        const { compareModels } = await import('./compare.js');
        return compareModels([model, models[1]!], options, context, kernelGiven);
      }
      const { evaluate } = await import('./run.js');
      await evaluate(model, options, context, kernelGiven);
    });
}

function paths(text: string, before: readonly string[] = []): string[] {
  return [...before, read.path(text)];
}

/**
 * The models and the pictures. commander's --image takes all names up to the next flag, a model's too,
 * which is known by its ending.
 */
function namesOf(
  models: readonly string[],
  images: readonly string[] | undefined,
): { models: readonly string[]; images: readonly string[] | undefined } {
  if (models.length > 0 || !images) return { models, images };
  const isModel = (name: string): boolean => (endingOf(name) ?? '') in READABLE;
  return {
    models: images.filter(isModel),
    images: images.filter((name) => !isModel(name)),
  };
}

interface Together {
  readonly images: readonly string[] | undefined;
  readonly reproduce?: true | undefined;
  readonly report?: string | undefined;
  readonly from?: string | undefined;
  readonly show?: true | undefined;
}

/** What no single flag or name can know. @throws UsageError */
function checkTogether(
  models: readonly string[],
  { images, reproduce, report, from, show }: Together,
): void {
  if (models.length === 0) {
    throw new UsageError("missing required argument 'model'", {
      hint: images ? '--image takes all names after it: put the model before it' : 'see --help',
    });
  }
  if (images?.length === 0) {
    throw new UsageError(`--image: expected a picture, found only ${models.join(', ')}`);
  }
  if (models.length > 2) {
    throw new UsageError(`expected one model, or two to compare, found ${models.length}`);
  }
  const [alone] = Object.entries({ image: images, reproduce, report }).filter(([, given]) => given);
  if (models.length === 2 && alone) {
    throw new UsageError(`--${alone[0]} is about one model, found two: ${models.join(', ')}`);
  }
  if (from !== undefined && !reproduce) {
    throw new UsageError('--from needs --reproduce', {
      hint: 'it names what training began from, to train again',
    });
  }
  if (show && !images) {
    throw new UsageError('--show needs --image', { hint: 'it draws your own pictures' });
  }
}

function imageOption(): Option<
  '--image <files...>',
  undefined,
  undefined,
  string[],
  false,
  undefined
> {
  return new Option('--image <files...>', 'PNGs, JPEGs or folders of them, in place of a data set')
    .argParser(paths)
    .conflicts(['split', 'dataset', 'dataDir', 'offline', 'kernel']);
}

function reproduceOption(): Option<
  '--reproduce',
  undefined,
  undefined,
  undefined,
  false,
  undefined
> {
  return new Option('--reproduce', 'train again from its own record, compare the bytes').conflicts([
    'split',
    'dataset',
    'image',
    'minAccuracy',
    'report',
    'kernel',
  ]);
}
