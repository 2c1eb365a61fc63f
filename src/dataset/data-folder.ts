import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../errors.js';
import { systemCode, systemReason } from '../files/atomic.js';
import { type HashedFile, maximumBytes, readHashed, sha256Of } from '../files/regular.js';
import type { Split } from './catalogue.js';
import { checkFileBytes, type IdxKind, readIdxHeader } from './idx.js';
import { gzipSlackBytes, isGzip, unpackGzip, unpackGzipHead } from './verify.js';

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
    const found = await readIfPresent(path, kind);
    if (!found) continue;
    if (!isGzip(found.bytes)) return { ...found, path };
    const bytes = await unpack(found.bytes, found.fileBytes, path);
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

/** A file as it lies there; `fileBytes` is what the IDX header in it calls for. */
async function readIfPresent(
  path: string,
  kind: IdxKind,
): Promise<(HashedFile & { fileBytes: number }) | undefined> {
  let fileBytes = 0;
  const checkHead = async (head: Uint8Array, size: number) => {
    fileBytes = await contentBytes(head, size, kind, path);
  };
  try {
    return { ...(await readHashed(path, checkHead)), fileBytes };
  } catch (error) {
    if (error instanceof DataError) throw error;
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw new DataError(`cannot read ${path}: ${systemReason(error)}`, {
      hint: 'give a regular IDX file that you may read',
      cause: error,
    });
  }
}

/**
 * Checks a file by its first bytes, so that a large one that is not what it claims costs nothing.
 * @returns the size of the IDX file in it
 */
async function contentBytes(
  head: Uint8Array,
  size: number,
  kind: IdxKind,
  path: string,
): Promise<number> {
  if (!isGzip(head)) {
    const header = readIdxHeader(head, kind, path);
    checkFileBytes(size, header, kind, path);
    return size;
  }
  const content = await unpackGzipHead(head).catch((error) => Promise.reject(damaged(error, path)));
  const { fileBytes } = readIdxHeader(content, kind, path);
  const limit = Math.min(maximumBytes, Math.ceil(fileBytes * 1.001) + gzipSlackBytes);
  if (fileBytes <= maximumBytes && size <= limit) return fileBytes;
  const fault =
    fileBytes > maximumBytes
      ? `its header calls for ${fileBytes} bytes, more than the ${maximumBytes} accepted`
      : `${size} bytes, more than the ${limit} that ${fileBytes} bytes can take when packed`;
  throw new DataError(`${path}: ${fault}`, { hint: 'fetch the file again' });
}

async function checkFolder(folder: string): Promise<void> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory()) return;
  throw new DataError(`data folder ${folder}: ${stats ? 'it is not a folder' : 'does not exist'}`, {
    hint: 'name an existing folder with --data-dir',
  });
}

/** Unpacks no more than the header inside calls for, so that a small file cannot fill the memory. */
async function unpack(bytes: Uint8Array, fileBytes: number, path: string): Promise<Uint8Array> {
  return unpackGzip(bytes, fileBytes).catch((error) => Promise.reject(damaged(error, path)));
}

/** What the gzip reader says, as an error of this file. */
function damaged(error: Error, path: string): DataError {
  return new DataError(`${path}: ${error.message}`, { hint: 'fetch the file again', cause: error });
}
