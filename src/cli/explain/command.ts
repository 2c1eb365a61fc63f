import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
  Option,
} from '@commander-js/extra-typings';
import { UsageError } from '../../errors.js';
import { MISTAKE_NAMES } from '../../explain/mistakes.js';
import { sizeFromName, type WorksheetSize } from '../../explain/worksheet.js';
import type { Context, Runnable } from '../context.js';
import * as read from '../options.js';
import { FLAG_TEXT } from '../options.js';
import { printLines } from '../output.js';
import { STARTER_NAMES, STARTERS } from './starters.js';

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
  $ backprop-explain worksheet --class names.txt --out sheets
  $ backprop-explain grade answers.json
  $ backprop-explain check -- python3 network.py       your own code

--json: x u v y L dL_dy dy_dv dL_dv dL_du dL_db dL_dW dL_dx, with W and b, as
row-major arrays in double precision; what is not a finite number is null. With
hidden layers W b v dL_dv dL_db dL_dW are lists of arrays, one for each linear
layer from the picture's side; h and dL_dh have one for each hidden layer.
Exit codes: 0 ok, 1 unexpected, 2 usage, 3 data, 4 model or answers file,
7 grade, check: not all right, 130 SIGINT, 143 SIGTERM.`;

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
      // Without their arguments, which would make the column too wide.
      .configureHelp({ ...read.HELP_STYLE, subcommandTerm: (sub) => `${sub.name()} [options]` })
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
      .addOption(read.modelDatasetOption("the model's own, or mnist"))
      .addOption(read.dataDirOption())
      .option('--offline', FLAG_TEXT.offline)
      .addOption(
        new Option('--image <file>', 'your own picture, PNG or JPEG; needs a model')
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
      // What stands before a subcommand would be read by nobody.
      .hook('preSubcommand', (all, sub) => {
        const stray = all.options.find(
          (option) => all.getOptionValueSource(option.attributeName()) === 'cli',
        );
        if (!stray) return;
        throw new UsageError(`${stray.long} stands before ${sub.name()}, which would not see it`, {
          hint: `write it behind ${sub.name()}`,
        });
      })
      .addCommand(worksheetCommand(context))
      .addCommand(gradeCommand(context))
      .addCommand(checkCommand(context))
  );
}

const WORKSHEET_DESCRIPTION = `A small network for pen and paper, and the questions in the seminar's order.
Weights are multiples of ln 2: exp(v) is then a power of 2, and the answers are
fractions, some of them times ln 2. A hidden layer has whole weights. The same
flags give the same sheet. It ends with the form in which grade takes answers.

--class or --count writes to --out for each student a page to print, with
numbers of their own, and the form for the answers; all pages in one; and, in a
folder of its own, the key.`;

const GRADE_DESCRIPTION = `Check the answers to a worksheet: right, or wrong and the likely mistake.

FILE is JSON: one object, a field for each quantity, a matrix as a list of rows.
A number may be a decimal, rounded to 3 places or more, or a text: "-3/7",
"5/14 ln 2", "ln(2/5)", "0,4", "20%". null or no field: not answered. The form
of the file, from worksheet --form, says which sheet it answers. Of several
files, or with --table, a line a student and the class's commonest mistakes.`;

const GRADE_EPILOGUE = `
Exit codes: 0 all right, or the marks of a class; 2 usage; 4 a file cannot be
read as answers; 7 something is wrong or not answered.`;

/** `3x4` */
function size(text: string): WorksheetSize {
  const size = sizeFromName(text);
  if (size) return size;
  throw new InvalidArgumentError('expected classes x pixels, from 2x2 to 5x9');
}

const DEFAULT_SIZE: WorksheetSize = { classes: 3, inputs: 4 };

function sizeOf(size: WorksheetSize = DEFAULT_SIZE, hidden: number | undefined): WorksheetSize {
  return hidden === undefined ? size : { ...size, hidden };
}

/** Flags for many sheets at once. */
const CLASS_FLAGS = ['class', 'count', 'out'];

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
    .addOption(
      new Option('--answers', 'the key in place of the questions').conflicts([
        'form',
        ...CLASS_FLAGS,
      ]),
    )
    .option('--form', 'only the blank answers.json, which sheet it is inside')
    .addOption(
      new Option('--class <file>', 'a sheet for each name in this file, one a line')
        .argParser(read.path)
        .conflicts(['count', 'form', 'json']),
    )
    .addOption(
      new Option('--count <n>', 'a sheet for each of so many students')
        .argParser(read.wholeNumber(1, 1000))
        .conflicts(['form', 'json']),
    )
    .option('--out <folder>', "where a class's sheets go", read.path)
    .addOption(read.languageOption())
    .addOption(new Option('--json', FLAG_TEXT.json).conflicts('form'))
    .option('--no-color', FLAG_TEXT.noColor)
    .helpOption('-h, --help', FLAG_TEXT.help)
    .action(async ({ size, hidden, class: names, count, out, ...options }) => {
      if (names !== undefined || count !== undefined) {
        if (out === undefined)
          throw new UsageError('a class needs --out, the folder for its sheets');
        const { writeClass } = await import('./class.js');
        const { seed, lang } = options;
        const which = { seed, size: sizeOf(size, hidden), class: names, count };
        return writeClass({ ...which, out, lang }, context);
      }
      if (out !== undefined) throw new UsageError('--out is for a class: give --class or --count');
      const { showWorksheet } = await import('./worksheet.js');
      await showWorksheet({ ...options, size: sizeOf(size, hidden) }, context);
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
    .argument('<file...>', 'the answers, JSON; - is standard input')
    .option('--seed <n>', 'which sheet, where the file does not say', read.seed)
    .option('--size <KxD>', SIZE_TEXT, size)
    .option('--hidden <units>', 'a hidden layer of 2 or 3 units with ReLU', read.wholeNumber(2, 3))
    .option('--table <file>', "a class's marks, .csv: a row a student", read.path)
    .addOption(read.languageOption())
    .option('--json', FLAG_TEXT.json)
    .option('--no-color', FLAG_TEXT.noColor)
    .helpOption('-h, --help', FLAG_TEXT.help)
    .addHelpText('after', GRADE_EPILOGUE)
    .action(async (files, options) => {
      const [file] = files;
      if (files.length === 1 && options.table === undefined) {
        const { gradeAnswers } = await import('./grade.js');
        return gradeAnswers(file!, options, context);
      }
      const { gradeClass } = await import('./grade-class.js');
      await gradeClass(files, options, context);
    });
}

const CHECK_DESCRIPTION = `Check a program of your own, in any language, against the derivation.

It is started with one case a line as JSON on stdin: x (rows), labels (one-hot),
W and b (with --hidden W1, b1, W2, …), and batch, three pictures with labels, of
which x is the first. For each it writes a line of JSON with any of u, v, y, L,
dL_dy, dy_dv, dL_dv, dL_du, dL_db, dL_dW, dL_dx; of the batch batch_dL_db and
batch_dL_dW; with --hidden v1, h1, v2, …, dL_dh1, dL_dW1. L is the
log-likelihood. What is wrong is named, and the likely mistake.`;

const CHECK_EPILOGUE = `
Examples:
  $ backprop-explain check --starter python > network.py
  $ backprop-explain check -- python3 network.py
  $ backprop-explain check --size 10x784 --require y,dL_dW -- ./network

Right: within 1e-5 of the largest entry, so that single precision will do.
Exit codes: 0 all that was given is right; 2 usage, or it cannot be started;
7 something is wrong, not given, or the program crashed or hung.`;

/** `10x784` */
function codeSize(text: string): WorksheetSize {
  const [, K, D] = /^([1-9]\d{0,2})x([1-9]\d{0,3})$/.exec(text) ?? [];
  const size = { classes: Number(K), inputs: Number(D) };
  if (size.classes >= 2 && size.classes <= 256 && size.inputs >= 1) return size;
  throw new InvalidArgumentError('expected classes x pixels, from 2x1 to 256x9999');
}

/** `backprop-explain check` */
function checkCommand(context: Context): CommandUnknownOpts {
  return new Command('check')
    .summary('check a program of your own')
    .description(CHECK_DESCRIPTION)
    .exitOverride()
    .configureHelp(read.HELP_STYLE)
    .configureOutput({ outputError: () => {} })
    .passThroughOptions()
    .argument('[command...]', 'how the program is started, behind --')
    .option('--cases <n>', 'how many', read.wholeNumber(1, 100), 5)
    .option('--size <KxD>', 'classes x pixels, 2x1 to 256x9999 (default: 3x4)', codeSize)
    .option('--hidden <units>', 'hidden layers with ReLU, such as 16 or 64,16', read.hiddenLayers)
    .option('--seed <n>', 'which cases', read.seed, 1)
    .option('--timeout <s>', 'seconds for all of them', read.wholeNumber(1, 3600), 10)
    .option('--require <names>', 'what has to be there, such as y,dL_dW', (text) => text.split(','))
    .addOption(
      new Option('--starter <language>', 'print a program to begin with').choices(STARTER_NAMES),
    )
    .addOption(read.languageOption())
    .option('--json', FLAG_TEXT.json)
    .option('--no-color', FLAG_TEXT.noColor)
    .helpOption('-h, --help', FLAG_TEXT.help)
    .addHelpText('after', CHECK_EPILOGUE)
    .action(async (command, { starter, size = DEFAULT_SIZE, ...options }) => {
      if (starter !== undefined) return printLines(context.stdout, [STARTERS[starter].trimEnd()]);
      if (command.length === 0) {
        throw new UsageError('no program is named', {
          hint: 'write its command behind --, such as: check -- python3 network.py',
        });
      }
      const { checkProgram } = await import('./check.js');
      await checkProgram(command, { ...options, size }, context);
    });
}
