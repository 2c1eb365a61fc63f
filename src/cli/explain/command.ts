import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
  Option,
} from '@commander-js/extra-typings';
import { MISTAKE_NAMES } from '../../explain/mistakes.js';
import type { WorksheetSize } from '../../explain/worksheet.js';
import type { Context, Runnable } from '../context.js';
import * as read from '../options.js';
import { FLAG_TEXT } from '../options.js';

const DESCRIPTION = `The seminar's derivation with the numbers of one picture: x, u, v, y, L, then
every gradient beside its formula, its shape and its largest error against
central differences, and one SGD step.

L is the log-likelihood, at most 0: training raises it. Without a model the
weights are untrained, from --seed: xavier, with --hidden he.`;

const EPILOGUE = `
Examples:
  $ backprop-explain model.json --index 42
  $ backprop-explain --seed 7 --dataset mnist-mini     untrained weights
  $ backprop-explain --hidden 16                       a hidden layer, untrained
  $ backprop-explain model.json --index 115 --why 4,9  which pixels say 4
  $ backprop-explain model.json --image my4.png --label 4
  $ backprop-explain --break sign                      a mistake at work
  $ backprop-explain model.json --json > numbers.json
  $ backprop-explain worksheet --seed 3                exercises on paper
  $ backprop-explain grade answers.json --seed 3

--json: x u v y L dL_dy dy_dv dL_dv dL_du dL_db dL_dW dL_dx, with W and b, as
row-major arrays in double precision; what is not a finite number is null. With
hidden layers W b v dL_dv dL_db dL_dW are lists of arrays, one for each linear
layer from the picture's side; h and dL_dh have one for each hidden layer.
Exit codes: 0 ok, 1 unexpected, 2 usage, 3 data, 4 model or answers file,
7 grade: not all right, 130 SIGINT, 143 SIGTERM.`;

const HIDDEN_TEXT = 'untrained weights with hidden layers, such as 16 or 64,16';

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
      .argument('[model]', 'a model: .json, .safetensors or .npz', read.path)
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
          .conflicts(['index', 'split', 'dataset', 'dataDir', 'break', 'hidden']),
      )
      .addOption(
        new Option(
          '--label <class>',
          'what your own picture shows; without it, no backward pass',
        ).argParser(read.wholeNumber(0, 255)),
      )
      .optionsGroup('What to show, in place of the whole chain:')
      .option('--why <a,b>', 'which pixels speak for class a rather than b', twoClasses)
      .addOption(
        new Option('--break <mistake>', 'put a common mistake in, check it, train with it')
          .choices(MISTAKE_NAMES)
          .conflicts('why'),
      )
      .optionsGroup('Numbers:')
      .option('--lr <rate>', 'learning rate of the one SGD step', read.learningRate, 0.01)
      .option('--hidden <units>', HIDDEN_TEXT, read.hiddenLayers)
      .option('--seed <n>', 'of untrained weights, and of --break', read.seed, 1)
      .optionsGroup('Output:')
      .addOption(read.languageOption())
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

const WORKSHEET_DESCRIPTION = `A small network for pen and paper, and the questions in the seminar's order.
Weights are multiples of ln 2: exp(v) is then a power of 2, and the answers are
fractions, some of them times ln 2. A hidden layer has whole weights. The same
flags give the same sheet. It ends with the form in which grade takes answers.`;

const GRADE_DESCRIPTION = `Check the answers to a worksheet: right, or wrong and the likely mistake.

FILE is JSON: one object, a field for each quantity, a matrix as a list of rows.
A number may be a decimal, rounded to 3 places or more, or a text: "-3/7",
"5/14 ln 2". null or no field: not answered. The worksheet ends with the form.`;

const GRADE_EPILOGUE = `
Exit codes: 0 all right, 2 usage, 4 the file cannot be read as answers,
7 something is wrong or not answered.`;

/** `3x4` */
function size(text: string): WorksheetSize {
  const [, K, D] = /^([2-5])x([2-9])$/.exec(text) ?? [];
  if (K === undefined) {
    throw new InvalidArgumentError('expected classes x pixels, from 2x2 to 5x9');
  }
  return { classes: Number(K), inputs: Number(D) };
}

const DEFAULT_SIZE: WorksheetSize = { classes: 3, inputs: 4 };

function sizeOf(size: WorksheetSize = DEFAULT_SIZE, hidden: number | undefined): WorksheetSize {
  return hidden === undefined ? size : { ...size, hidden };
}

const SIZE_TEXT = 'classes x pixels, 2x2 to 5x9 (default: 3x4)';

/** `backprop-explain worksheet` */
function worksheetCommand(context: Context): CommandUnknownOpts {
  return new Command('worksheet')
    .summary('exercises for pen and paper, and their key')
    .description(WORKSHEET_DESCRIPTION)
    .exitOverride()
    .configureHelp(read.HELP_STYLE)
    .configureOutput({ outputError: () => {} })
    .option('--seed <n>', 'which sheet', read.seed, 1)
    .option('--size <KxD>', SIZE_TEXT, size)
    .option('--hidden <units>', 'a hidden layer of 2 or 3 units with ReLU', read.wholeNumber(2, 3))
    .option('--answers', 'the key in place of the questions')
    .option('--json', FLAG_TEXT.json)
    .option('--no-color', FLAG_TEXT.noColor)
    .helpOption('-h, --help', FLAG_TEXT.help)
    .action(async ({ size, hidden, ...options }) => {
      const { showWorksheet } = await import('./worksheet.js');
      showWorksheet({ ...options, size: sizeOf(size, hidden) }, context);
    });
}

/** `backprop-explain grade` */
function gradeCommand(context: Context): CommandUnknownOpts {
  return new Command('grade')
    .summary('check the answers to a worksheet')
    .description(GRADE_DESCRIPTION)
    .exitOverride()
    .configureHelp(read.HELP_STYLE)
    .configureOutput({ outputError: () => {} })
    .argument('<file>', 'the answers, JSON', read.path)
    .option('--seed <n>', 'which sheet', read.seed, 1)
    .option('--size <KxD>', SIZE_TEXT, size)
    .option('--hidden <units>', 'a hidden layer of 2 or 3 units with ReLU', read.wholeNumber(2, 3))
    .option('--json', FLAG_TEXT.json)
    .option('--no-color', FLAG_TEXT.noColor)
    .helpOption('-h, --help', FLAG_TEXT.help)
    .addHelpText('after', GRADE_EPILOGUE)
    .action(async (file, { size, hidden, ...options }) => {
      const { gradeAnswers } = await import('./grade.js');
      await gradeAnswers(file, { ...options, size: sizeOf(size, hidden) }, context);
    });
}
