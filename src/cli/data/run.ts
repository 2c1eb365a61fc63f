import {
  type CheckedFile,
  fillCache,
  folderInCache,
  verifyCache,
} from '../../dataset/fill-cache.js';
import { DataError } from '../../errors.js';
import { fileSize } from '../../text/numbers.js';
import { table } from '../../text/page.js';
import type { Context } from '../context.js';
import { loading, loadOptions, sourceInWords } from '../data.js';
import type { OutputOptions } from '../options.js';
import { printLines } from '../output.js';
import { Terminal } from '../terminal.js';

/** The flags of `backprop-data`. */
export interface DataFlags extends OutputOptions {
  readonly offline?: true | undefined;
}

type Action = 'fetch' | 'verify' | 'path';

/**
 * The whole of `backprop-data`.
 * @throws DataError, DiskError; DataError after the result of `verify` if a file is not as it should
 */
export async function runData(
  action: Action,
  dataset: string,
  flags: DataFlags,
  context: Context,
): Promise<void> {
  const terminal = new Terminal(context, { quiet: flags.quiet ?? false, color: flags.color });
  const print = (event: object, lines: readonly string[]): void => {
    const text = flags.json ? [JSON.stringify({ event: action, dataset, ...event })] : lines;
    printLines(context.stdout, text);
  };
  const folder = folderInCache(dataset);
  try {
    if (action === 'path') return print({ folder }, [folder]);
    if (action === 'verify') return await verify(dataset, terminal, print);
    const from = { dataset, offline: flags.offline };
    const surroundings = { terminal, signal: context.signal };
    const { files, sha256 } = await terminal.wait(loading(from), (say) =>
      fillCache(dataset, loadOptions(from, surroundings, say)),
    );
    const rows = files.map((file) => [file.name, fileSize(file.bytes), sourceInWords(file.source)]);
    print({ folder, sha256, files }, [
      ...table(rows),
      `${files.length} files verified in ${folder}`,
    ]);
  } finally {
    terminal.close();
  }
}

async function verify(
  dataset: string,
  terminal: Terminal,
  print: (event: object, lines: readonly string[]) => void,
): Promise<void> {
  const folder = folderInCache(dataset);
  const files = await terminal.wait(`Hashing ${dataset}`, () => verifyCache(dataset));
  const wrong = files.filter(({ state }) => state !== 'ok');
  const lines = files.map(({ name, state, fault }) => [name, fault ? `${state}: ${fault}` : state]);
  print({ folder, ok: wrong.length === 0, files: files.map(toJson) }, table(lines));
  if (wrong.length === 0) return;
  const names = wrong.map(({ name, state }) => `${name} (${state})`).join(', ');
  throw new DataError(
    `${folder}: ${wrong.length} of ${files.length} files are not right: ${names}`,
    {
      hint: `run backprop-data fetch ${dataset}`,
    },
  );
}

/** JSON has no undefined: a field that is always there is easier to read. */
function toJson({
  fault = null,
  bytes = null,
  ...file
}: Omit<CheckedFile, 'fault' | 'bytes'> & {
  fault?: string | null | undefined;
  bytes?: number | null | undefined;
}): object {
  return { ...file, bytes, fault };
}
