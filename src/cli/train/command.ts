import { Command, Option } from '@commander-js/extra-typings';
import { DEFAULTS, INITIALISATIONS, RANGES, SCHEDULES } from '../../sgd.js';
import type { Context, Runnable } from '../context.js';
import { kernelOption, threadsOption } from '../kernel.js';
import {
  dataDirOption,
  datasetOption,
  FLAG_TEXT,
  HELP_STYLE,
  hiddenLayers,
  historyPath,
  LOSS_MEANING,
  languageOption,
  numberIn,
  packageVersion,
  path,
  reportOption,
  share,
  wholeNumber,
} from '../options.js';

const DESCRIPTION = `Train softmax regression (Reshape, Linear, Softmax, log-likelihood) on MNIST and
save it as model.json. --hidden puts layers of Linear and ReLU before Linear.

${LOSS_MEANING} The
derivation's L is the log-likelihood itself: training raises L and lowers the loss.`;

const EPILOGUE = `
Examples:
  $ backprop-train                          5 epochs, writes model.json
  $ backprop-train --hidden 128             with a hidden layer: 98 %
  $ backprop-train -e 20 --lr 0.8 --lr-schedule cosine -o best.json
  $ backprop-train --validation 0.1 --early-stop 3 -e 100 --history loss.csv
  $ backprop-train --like best.json --seed 2 -o second.json
  $ backprop-train -e 500 --checkpoint run.json    then: --resume run.json
  $ backprop-train --dataset mnist-mini --check-gradients -e 1
  $ backprop-train --validation 0.1 --watch --report how-it-learned.html
  $ backprop-train --json --min-accuracy 0.92 > run.jsonl

Results go to stdout, progress to stderr. The same flags give the same bytes of
model.json; its SHA-256 is shown. Training figures are means over an epoch; each
image counts as it was classified before its own step.
Exit codes: 0 ok, 1 unexpected or wrong gradient, 2 usage, 3 data, 4 model file,
5 disk, 6 diverged, 7 below --min-accuracy, 130 SIGINT, 143 SIGTERM.`;

/** The command line of `backprop-train`. */
export function trainCommand(context: Context): Runnable {
  return new Command('backprop-train')
    .description(DESCRIPTION)
    .exitOverride()
    .configureHelp(HELP_STYLE)
    .configureOutput({ outputError: () => {} })
    .optionsGroup('Training:')
    .option(
      '-e, --epochs <n>',
      'passes over the training images',
      numberIn(RANGES.epochs),
      DEFAULTS.epochs,
    )
    .option(
      '-b, --batch-size <n>',
      'images in a step',
      numberIn(RANGES.batchSize),
      DEFAULTS.batchSize,
    )
    .option(
      '--lr <rate>',
      'learning rate of the first step',
      numberIn(RANGES.learningRate),
      DEFAULTS.learningRate,
    )
    .addOption(
      new Option('--lr-schedule <name>', 'how the learning rate falls')
        .choices(SCHEDULES)
        .default(DEFAULTS.learningRateSchedule),
    )
    .option(
      '--momentum <m>',
      "PyTorch's meaning, 0 to below 1",
      numberIn(RANGES.momentum),
      DEFAULTS.momentum,
    )
    .option(
      '--weight-decay <l>',
      "PyTorch's meaning, from 0",
      numberIn(RANGES.weightDecay),
      DEFAULTS.weightDecay,
    )
    .option(
      '--seed <n>',
      'decides order, held-out images and initial weights',
      numberIn(RANGES.seed),
      DEFAULTS.seed,
    )
    .option('--no-shuffle', 'take the images in file order')
    .option('--hidden <units>', 'hidden layers with ReLU: 128, or 256,64', hiddenLayers)
    .addOption(
      new Option('--init <name>', 'initial weights; unless given zeros, with --hidden he').choices(
        INITIALISATIONS,
      ),
    )
    .option('--limit <n>', 'the first n training images only', numberIn(RANGES.limit))
    .option(
      '--validation <fraction>',
      'share of the training images held out',
      numberIn(RANGES.validation),
      DEFAULTS.validation,
    )
    .option(
      '--early-stop <patience>',
      'stop after so many epochs without a better validation loss; keep the best',
      numberIn(RANGES.earlyStop),
    )
    .option('--like <file>', 'the flags of a saved model; those given override', path)
    .addOption(
      new Option('--resume <file>', 'resume from a model or a checkpoint')
        .argParser(path)
        .conflicts('init'),
    )
    .option('--check-gradients', 'first compare every gradient with central differences')
    .addOption(kernelOption())
    .addOption(threadsOption())
    .optionsGroup('Data:')
    .addOption(datasetOption())
    .addOption(dataDirOption())
    .option('--offline', FLAG_TEXT.offline)
    .optionsGroup('Output:')
    .option(
      '-o, --out <file>',
      'the trained model: .json, .safetensors, .npz, .onnx, .h or .mjs',
      path,
      'model.json',
    )
    .option('--history <file>', 'a line an epoch, .csv or .jsonl', historyPath)
    .option('--checkpoint <file>', 'the run so far, for --resume; also when stopped', path)
    .option('--checkpoint-every <k>', 'epochs from one to the next', wholeNumber(1, 100_000), 1)
    .addOption(reportOption())
    .addOption(languageOption())
    .option('--watch', 'draw the weights as they grow, on a terminal')
    .option('--min-accuracy <share>', FLAG_TEXT.minAccuracy, share)
    .option('--timings', 'where the time went, on stderr')
    .option('--json', FLAG_TEXT.json)
    .option('-q, --quiet', FLAG_TEXT.quiet)
    .option('--no-color', FLAG_TEXT.noColor)
    .optionsGroup('Other:')
    .version(packageVersion(), '-V, --version', FLAG_TEXT.version)
    .helpOption('-h, --help', FLAG_TEXT.help)
    .addHelpText('after', EPILOGUE)
    .action(async (options, command) => {
      const { trainAndSave } = await import('./run.js');
      const given = (flag: keyof typeof options) => command.getOptionValueSource(flag) === 'cli';
      await trainAndSave(options, context, given);
    });
}
