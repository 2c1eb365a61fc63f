import { resolve } from 'node:path';
import { UsageError } from '../../errors.js';
import { assertWritable } from '../../files/atomic.js';
import { formatToWrite, readModel, saveModel } from '../../model/file.js';
import { fileSize } from '../../text/numbers.js';
import { withoutRecord } from '../assess.js';
import { type Context, styleFor } from '../context.js';
import type { OutputOptions } from '../options.js';
import { printLines } from '../output.js';
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
  if (resolve(from) === resolve(to)) {
    throw new UsageError(`${to} is the model's own file`, { hint: 'name another file to write' });
  }
  await assertWritable(to);
  const { model, sha256 } = await readModel(from);
  if (!model.training) terminal.warn(withoutRecord(from));
  context.signal.throwIfAborted();
  const saved = await saveModel(to, model);
  if (flags.json) {
    const files = { from: { path: from, sha256 }, model: { path: to, ...saved } };
    printLines(context.stdout, [JSON.stringify({ event: 'result', ...files })]);
    return;
  }
  const style = styleFor(context.stdout, context.env, flags.color);
  printLines(context.stdout, [
    `model   ${to}  ${style('dim', fileSize(saved.bytes))}`,
    `sha256  ${saved.sha256}`,
  ]);
}
