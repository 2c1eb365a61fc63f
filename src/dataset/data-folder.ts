import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode, systemReason } from '../atomic-file.js';
import { DataError } from '../errors.js';
import type { Split } from './catalogue.js';
import { type HashedFile, maximumBytes, readHashed, sha256Of } from './hashed-file.js';
import { type IdxKind, readIdxHeader } from './idx.js';
import { isGzip } from './verify.js';

/**
 * Reads one file of the user's own data, whatever its sides and classes: named with a dot or a
 * hyphen, with or without `.gz`, compressed or not. Its hash is that of the decompressed bytes.
 * @param folder as given with `--data-dir`
 * @throws {DataError} missing (with the names tried), unreadable, or damaged
 */
export async function readFromFolder(
  folder: string,
  split: Split,
  kind: IdxKind,
): Promise<HashedFile & { path: string }> {
  const names = namesOf(split, kind);
  for (const name of names) {
    const path = join(folder, name);
    const found = await readIfPresent(path);
    if (!found) continue;
    if (!isGzip(found.bytes)) return { ...found, path };
    const bytes = await unpack(found.bytes, kind, path);
    return { bytes, sha256: sha256Of(bytes), path };
  }
  await checkFolder(folder);
  throw new DataError(`no ${split} ${kind} in ${folder}: looked for ${names.join(', ')}`, {
    hint: 'name the folder that holds the IDX files themselves',
  });
}

/** The names under which MNIST and its like are handed out. */
function namesOf(split: Split, kind: IdxKind): string[] {
  const stem = `${split === 'train' ? 'train' : 't10k'}-${kind}`;
  const suffix = kind === 'images' ? 'idx3-ubyte' : 'idx1-ubyte';
  const names = [`${stem}-${suffix}`, `${stem}.${suffix}`];
  return [...names, ...names.map((name) => `${name}.gz`)];
}

async function readIfPresent(path: string): Promise<HashedFile | undefined> {
  try {
    return await readHashed(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw new DataError(`cannot read ${path}: ${systemReason(error)}`, {
      hint: 'give a regular IDX file that you may read',
      cause: error,
    });
  }
}

async function checkFolder(folder: string): Promise<void> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory()) return;
  throw new DataError(`data folder ${folder}: ${stats ? 'it is not a folder' : 'does not exist'}`, {
    hint: 'name an existing folder with --data-dir',
  });
}

/** Unpacks no more than the header inside calls for, so that a small file cannot fill the memory. */
async function unpack(bytes: Uint8Array, kind: IdxKind, path: string): Promise<Uint8Array> {
  const { GzipError, unpackGzip, unpackGzipHead } = await import('./gzip.js');
  try {
    const { fileBytes } = readIdxHeader(await unpackGzipHead(bytes), kind, path);
    if (fileBytes > maximumBytes) {
      throw new DataError(
        `${path}: its header calls for ${fileBytes} bytes, more than the ${maximumBytes} accepted`,
        { hint: 'fetch the file again' },
      );
    }
    return await unpackGzip(bytes, fileBytes);
  } catch (error) {
    if (!(error instanceof GzipError)) throw error;
    throw new DataError(`${path}: ${error.message}`, {
      hint: 'fetch the file again',
      cause: error,
    });
  }
}
