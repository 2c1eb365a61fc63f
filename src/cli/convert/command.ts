import { Command } from '@commander-js/extra-typings';
import type { Context, Runnable } from '../context.js';
import * as read from '../options.js';
import { FLAG_TEXT } from '../options.js';

const DESCRIPTION = `Write a model in another format, which the ending of its file's name says:

  .json         backprop-train's own
  .safetensors  PyTorch, Hugging Face: weight and bias, or fc1.weight …
  .npz          NumPy, Keras: W1, b1, W2 …
  .onnx         ONNX Runtime and others; cannot be read back
  .h            C99 with math.h alone; cannot be read back
  .mjs          JavaScript that imports nothing; cannot be read back

The first three keep all that a model.json says. They are also read where
another program wrote them; such a model has no record of its training, and
cannot become a model.json.`;

const EPILOGUE = `
Examples:
  $ backprop-convert model.json model.onnx
  $ backprop-convert model.safetensors model.h
  $ backprop-convert from-pytorch.safetensors model.npz --json

Exit codes: 0 ok, 1 unexpected, 2 usage, 4 model file, 5 disk, 130 SIGINT,
143 SIGTERM.`;

/** The command line of `backprop-convert`. */
export function convertCommand(context: Context): Runnable {
  return new Command('backprop-convert')
    .description(DESCRIPTION)
    .exitOverride()
    .configureHelp(read.HELP_STYLE)
    .configureOutput({ outputError: () => {} })
    .argument('<from>', 'a model: .json, .safetensors or .npz', read.path)
    .argument('<to>', 'the file to write', read.path)
    .optionsGroup('Output:')
    .option('--json', FLAG_TEXT.json)
    .option('-q, --quiet', FLAG_TEXT.quiet)
    .option('--no-color', FLAG_TEXT.noColor)
    .optionsGroup('Other:')
    .version(read.packageVersion(), '-V, --version', FLAG_TEXT.version)
    .helpOption('-h, --help', FLAG_TEXT.help)
    .addHelpText('after', EPILOGUE)
    .action(async (from, to, options) => {
      const { convert } = await import('./run.js');
      await convert(from, to, options, context);
    });
}
