import {
  type CheckedFile,
  fillCache,
  folderInCache,
  verifyCache,
} from '../../dataset/fill-cache.js';
import { dataHash } from '../../dataset/load.js';
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

/** @param sha256 of the data set as a whole; null where its files were not all read */
type Print = (sha256: string | null, event: object, lines: readonly string[]) => void;

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
  const print: Print = (sha256, event, lines) => {
    const line = { event: action, dataset: { name: dataset, sha256 }, ...event };
    printLines(context.stdout, flags.json ? [JSON.stringify(line)] : lines);
  };
  const folder = folderInCache(dataset);
  try {
    if (action === 'path') return print(null, { folder }, [folder]);
    if (action === 'verify') return await verify(dataset, terminal, print);
    const from = { dataset, offline: flags.offline };
    const surroundings = { terminal, signal: context.signal };
    const { files, sha256 } = await terminal.wait(loading(from), (say) =>
      fillCache(dataset, loadOptions(from, surroundings, say)),
    );
    const rows = files.map((file) => [file.name, fileSize(file.bytes), sourceInWords(file.source)]);
    print(sha256, { folder, files }, [
      ...table(rows),
      `${files.length} files verified in ${folder}`,
    ]);
  } finally {
    terminal.close();
  }
}

async function verify(dataset: string, terminal: Terminal, print: Print): Promise<void> {
  const folder = folderInCache(dataset);
  const files = await terminal.wait(`Hashing ${dataset}`, () => verifyCache(dataset));
  const wrong = files.filter(({ state }) => state !== 'ok');
  const lines = files.map(({ name, state, fault }) => [name, fault ? `${state}: ${fault}` : state]);
  const hashes = files.flatMap(({ name, sha256 }) =>
    sha256 === undefined ? [] : [{ name, sha256 }],
  );
  const whole = wrong.length === 0 ? dataHash(hashes) : null;
  print(whole, { folder, ok: wrong.length === 0, files: files.map(toJson) }, table(lines));
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
function toJson({ fault, bytes, sha256, ...file }: CheckedFile): object {
  return { ...file, bytes: bytes ?? null, sha256: sha256 ?? null, fault: fault ?? null };
}
