import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
} from '@commander-js/extra-typings';
import type { Context } from '../context.js';
import * as read from '../options.js';
import { FLAG_TEXT } from '../options.js';

const WORKSHEET_DESCRIPTION = `A small network for pen and paper, and the questions in the seminar's order.
Weights are multiples of ln 2: exp(v) is then a power of 2, and the answers are
fractions, some of them times ln 2. The same seed and size give the same sheet.
It ends with the form in which grade takes the answers.`;

const GRADE_DESCRIPTION = `Check the answers to a worksheet: right, or wrong and the likely mistake.

FILE is JSON: one object, a field for each quantity, a matrix as a list of rows.
A number may be a decimal, rounded to 3 places or more, or a text: "-3/7",
"5/14 ln 2". null or no field: not answered. The worksheet ends with the form.`;

const GRADE_EPILOGUE = `
Exit codes: 0 all right, 2 usage, 4 the file cannot be read as answers,
7 something is wrong or not answered.`;

/** `3x4` */
function size(text: string): { readonly classes: number; readonly inputs: number } {
  const [, K, D] = /^([2-5])x([2-9])$/.exec(text) ?? [];
  if (K === undefined) {
    throw new InvalidArgumentError('expected classes x pixels, from 2x2 to 5x9');
  }
  return { classes: Number(K), inputs: Number(D) };
}

const DEFAULT_SIZE = { classes: 3, inputs: 4 };
const SIZE_TEXT = 'classes x pixels, 2x2 to 5x9 (default: 3x4)';

/** `backprop-explain worksheet` */
export function worksheetCommand(context: Context): CommandUnknownOpts {
  return new Command('worksheet')
    .summary('exercises for pen and paper, and their key')
    .description(WORKSHEET_DESCRIPTION)
    .exitOverride()
    .configureHelp(read.HELP_STYLE)
    .configureOutput({ outputError: () => {} })
    .option('--seed <n>', 'which sheet', read.seed, 1)
    .option('--size <KxD>', SIZE_TEXT, size)
    .option('--answers', 'the key in place of the questions')
    .option('--json', FLAG_TEXT.json)
    .option('--no-color', FLAG_TEXT.noColor)
    .helpOption('-h, --help', FLAG_TEXT.help)
    .action(async ({ size = DEFAULT_SIZE, ...options }) => {
      const { showWorksheet } = await import('./worksheet.js');
      showWorksheet({ ...options, size }, context);
    });
}

/** `backprop-explain grade` */
export function gradeCommand(context: Context): CommandUnknownOpts {
  return new Command('grade')
    .summary('check the answers to a worksheet')
    .description(GRADE_DESCRIPTION)
    .exitOverride()
    .configureHelp(read.HELP_STYLE)
    .configureOutput({ outputError: () => {} })
    .argument('<file>', 'the answers, JSON', read.path)
    .option('--seed <n>', 'which sheet', read.seed, 1)
    .option('--size <KxD>', SIZE_TEXT, size)
    .option('--json', FLAG_TEXT.json)
    .option('--no-color', FLAG_TEXT.noColor)
    .helpOption('-h, --help', FLAG_TEXT.help)
    .addHelpText('after', GRADE_EPILOGUE)
    .action(async (file, { size = DEFAULT_SIZE, ...options }) => {
      const { gradeAnswers } = await import('./grade.js');
      await gradeAnswers(file, { ...options, size }, context);
    });
}
