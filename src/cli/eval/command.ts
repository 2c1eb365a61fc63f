import { Command, Option } from '@commander-js/extra-typings';
import { UsageError } from '../../errors.js';
import type { Context, Runnable } from '../context.js';
import { kernelOption } from '../kernel.js';
import * as read from '../options.js';
import { FLAG_TEXT } from '../options.js';

const DESCRIPTION = `Evaluate a model on images with known labels: accuracy and loss, figures
for each class, the confusion matrix, and the most confident mistakes. Or, with
--image, on pictures of your own: what the model sees, the class, and how sure.
Or, with --reproduce, prove it: train again from its own record, compare bytes.

${read.LOSS_MEANING}`;

const EPILOGUE = `
Examples:
  $ backprop-eval model.json
  $ backprop-eval model.json --split train
  $ backprop-eval model.json --report model.html
  $ backprop-eval model.json --json --min-accuracy 0.92
  $ backprop-eval letters.json --data-dir my-idx-files
  $ backprop-eval model.json --image digit.png
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
    .argument('<model>', 'a model: .json, .safetensors or .npz', read.path)
    .optionsGroup('Data:')
    .addOption(
      new Option('--split <name>', 'which images').choices(['test', 'train']).default('test'),
    )
    .addOption(read.datasetOption())
    .addOption(read.dataDirOption())
    .option('--offline', FLAG_TEXT.offline)
    .optionsGroup('Own pictures:')
    .addOption(imageOption())
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
    .action(async (model, options, command) => {
      if (options.reproduce) {
        const { reproduce } = await import('./reproduce.js');
        return reproduce(model, options, context);
      }
      if (options.from !== undefined) {
        throw new UsageError('--from needs --reproduce', {
          hint: 'it names what training began from, to train again',
        });
      }
      if (options.image) {
        const { evaluatePictures } = await import('./pictures.js');
        return evaluatePictures(model, options.image, options, context);
      }
      const { evaluate } = await import('./run.js');
      const kernelGiven = command.getOptionValueSource('kernel') === 'cli';
      await evaluate(model, options, context, kernelGiven);
    });
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
    .argParser((text, files: string[] | undefined) => [...(files ?? []), read.path(text)])
    .conflicts(['split', 'dataset', 'dataDir', 'offline', 'minAccuracy', 'report', 'kernel']);
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
