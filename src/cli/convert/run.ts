import { formatToWrite, readModel, saveModel } from '../../model/file.js';
import { fileSize } from '../../text/numbers.js';
import { withoutRecord } from '../assess.js';
import { type Context, styleFor } from '../context.js';
import type { OutputOptions } from '../options.js';
import { printable, printLines } from '../output.js';
import { assertDistinct, prepareOutputs } from '../outputs.js';
import { Terminal } from '../terminal.js';

/**
 * The whole of `backprop-convert`.
 * @throws UsageError for an ending that is no format's; ModelError, DiskError
 */
export async function convert(
  from: string,
  to: string,
  flags: OutputOptions,
  context: Context,
): Promise<void> {
  const terminal = new Terminal(context, { quiet: flags.quiet ?? false, color: flags.color });
  formatToWrite(to);
  await assertDistinct({ '<to>': to, '<from>': from });
  await prepareOutputs({ '<to>': to });
  const { model, sha256 } = await readModel(from);
  if (!model.training) terminal.warn(withoutRecord(from));
  const saved = await saveModel(to, model, context.signal);
  if (flags.json) {
    const files = { from: { path: from, sha256 }, model: saved };
    printLines(context.stdout, [JSON.stringify({ event: 'result', ...files })]);
    return;
  }
  const style = styleFor(context.stdout, context.env, flags.color);
  printLines(context.stdout, [
    `model   ${printable(to)}  ${style('dim', fileSize(saved.bytes))}`,
    `sha256  ${saved.sha256}`,
  ]);
}
