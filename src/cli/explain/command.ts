import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { MISTAKE_NAMES } from '../../explain/mistakes.js';
import type { Context, Runnable } from '../context.js';
import * as read from '../options.js';
import { FLAG_TEXT } from '../options.js';
import { gradeCommand, worksheetCommand } from './exercises.js';

const DESCRIPTION = `The seminar's derivation with the numbers of one picture: x, u, v, y, L, then
every gradient beside its formula, its shape and its largest error against
central differences, and one SGD step.

L is the log-likelihood, at most 0: training raises it. Without a model the
weights are untrained: xavier, from --seed.`;

const EPILOGUE = `
Examples:
  $ backprop-explain model.json --index 42
  $ backprop-explain --seed 7 --dataset mnist-mini     untrained weights
  $ backprop-explain model.json --index 115 --why 4,9  which pixels say 4
  $ backprop-explain model.json --image my4.png --label 4
  $ backprop-explain --break sign                      a mistake at work
  $ backprop-explain model.json --json > numbers.json
  $ backprop-explain worksheet --seed 3                exercises on paper
  $ backprop-explain grade answers.json --seed 3

--json: x u v y L dL_dy dy_dv dL_dv dL_du dL_db dL_dW dL_dx, with W and b, as
row-major arrays in double precision; what is not a finite number is null.
Exit codes: 0 ok, 1 unexpected, 2 usage, 3 data, 4 model or answers file,
7 grade: not all right, 130 SIGINT, 143 SIGTERM.`;

/** `4,9` */
function twoClasses(text: string): readonly [number, number] {
  const [, a, b] = /^(0|[1-9]\d{0,2}),(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  if (a === undefined || a === b) {
    throw new InvalidArgumentError('expected two different classes such as 4,9');
  }
  return [Number(a), Number(b)];
}

/** The command line of `backprop-explain`. */
export function explainCommand(context: Context): Runnable {
  return (
    new Command('backprop-explain')
      .description(DESCRIPTION)
      .exitOverride()
      .configureHelp(read.HELP_STYLE)
      .configureOutput({ outputError: () => {} })
      // So that --seed after `worksheet` is the worksheet's.
      .enablePositionalOptions()
      .helpCommand(false)
      .argument('[model]', 'a model.json from backprop-train', read.path)
      .optionsGroup('Picture:')
      .option(
        '--index <n>',
        'which picture of the split, from 0',
        read.wholeNumber(0, 2 ** 32 - 1),
        0,
      )
      .addOption(
        new Option('--split <name>', 'which images').choices(['test', 'train']).default('test'),
      )
      .addOption(read.datasetOption())
      .addOption(read.dataDirOption())
      .option('--offline', FLAG_TEXT.offline)
      .addOption(
        new Option('--image <file>', 'your own picture instead, a PNG; needs a model')
          .argParser(read.path)
          .conflicts(['index', 'split', 'dataset', 'dataDir', 'break']),
      )
      .addOption(
        new Option(
          '--label <class>',
          "what your own picture shows; without it there's no way back",
        ).argParser(read.wholeNumber(0, 255)),
      )
      .optionsGroup('What to show, in place of the whole chain:')
      .option('--why <a,b>', 'which pixels speak for class a rather than b', twoClasses)
      .addOption(
        new Option('--break <mistake>', 'put a usual mistake in, check it, train with it')
          .choices(MISTAKE_NAMES)
          .conflicts('why'),
      )
      .optionsGroup('Numbers:')
      .option('--lr <rate>', 'learning rate of the one SGD step', read.learningRate, 0.01)
      .option('--seed <n>', 'of untrained weights, and of --break', read.seed, 1)
      .optionsGroup('Output:')
      .option('--json', FLAG_TEXT.json)
      .option('-q, --quiet', FLAG_TEXT.quiet)
      .option('--no-color', FLAG_TEXT.noColor)
      .optionsGroup('Other:')
      .version(read.packageVersion(), '-V, --version', FLAG_TEXT.version)
      .helpOption('-h, --help', FLAG_TEXT.help)
      .addHelpText('after', EPILOGUE)
      .action(async (model, options) => {
        const { explainPicture } = await import('./run.js');
        await explainPicture(model, options, context);
      })
      .addCommand(worksheetCommand(context))
      .addCommand(gradeCommand(context))
  );
}
