import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, isOutOfMemory } from '../errors.js';
import { systemCode, systemReason } from '../files/atomic.js';
import { type HashedFile, maximumBytes, readHashed, sha256Of } from '../files/regular.js';
import type { Split } from './catalogue.js';
import { checkFileBytes, type IdxKind, readIdxHeader } from './idx.js';
import { isGzip, unpackGzip, unpackGzipHead } from './verify.js';

/** Of an IDX file of images. */
const MOST_HEADER_BYTES = 16;
/** What a gzip file may take besides its data: long names, comments, extra fields (RFC 1952). */
const MOST_GZIP_HEADER_BYTES = 2 ** 20;

/**
 * Reads one file of the user's own data, whatever its sides and classes: named with a dot or a
 * hyphen, with or without `.gz`, compressed or not. Its hash is that of the decompressed bytes.
 * @param folder as given with `--data-dir`
 * @param warn is told of a file that could have been read as well, and holds something else
 * @throws {DataError} missing (with the names tried), unreadable, or damaged
 */
export async function readFromFolder(
  folder: string,
  split: Split,
  kind: IdxKind,
  warn: (message: string) => void = () => {},
): Promise<HashedFile & { path: string }> {
  const names = namesOf(split, kind);
  const paths = names.map((name) => join(folder, name));
  for (const [index, path] of paths.entries()) {
    const found = await readIfPresent(path, kind);
    if (!found) continue;
    for (const other of paths.slice(index + 1))
      await compare({ ...found, path }, other, kind, warn);
    return { ...found, path };
  }
  await checkFolder(folder);
  throw new DataError(`no ${split} ${kind} in ${folder}: looked for ${names.join(', ')}`, {
    hint: 'name the folder that holds the IDX files themselves',
  });
}

async function compare(
  { path, sha256 }: HashedFile & { path: string },
  other: string,
  kind: IdxKind,
  warn: (message: string) => void,
): Promise<void> {
  try {
    const found = await readIfPresent(other, kind);
    if (!found || found.sha256 === sha256) return;
    warn(`${path} is read; ${other} beside it holds other data`);
  } catch (error) {
    warn(`${path} is read; the one beside it is not: ${(error as Error).message}`);
  }
}

/** The names under which MNIST and its like are handed out. */
function namesOf(split: Split, kind: IdxKind): string[] {
  const stem = `${split === 'train' ? 'train' : 't10k'}-${kind}`;
  const suffix = kind === 'images' ? 'idx3-ubyte' : 'idx1-ubyte';
  const names = [`${stem}-${suffix}`, `${stem}.${suffix}`];
  return [...names, ...names.map((name) => `${name}.gz`)];
}

/** The IDX bytes of the file at `path`, unpacked, and their hash. */
async function readIfPresent(path: string, kind: IdxKind): Promise<HashedFile | undefined> {
  let fileBytes = 0;
  const checkHead = async (head: Uint8Array, size: number) => {
    fileBytes = await contentBytes(head, size, kind, path);
  };
  try {
    const found = await readHashed(path, checkHead);
    if (!isGzip(found.bytes)) return found;
    const bytes = await unpack(found.bytes, fileBytes, path);
    return { bytes, sha256: sha256Of(bytes) };
  } catch (error) {
    if (error instanceof DataError) throw error;
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    if (isOutOfMemory(error)) {
      throw new DataError(`${path}: does not fit into memory`, {
        hint: 'give the process more memory, or the folder a smaller file',
        cause: error,
      });
    }
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
  const content = await gzipContent(head, size, path);
  const { fileBytes } = readIdxHeader(content, kind, path);
  const limit = Math.min(maximumBytes, Math.ceil(fileBytes * 1.001) + MOST_GZIP_HEADER_BYTES);
  if (fileBytes <= maximumBytes && size <= limit) return fileBytes;
  const fault =
    fileBytes > maximumBytes
      ? `its header calls for ${fileBytes} bytes, more than the ${maximumBytes} accepted`
      : `${size} bytes, more than the ${limit} that ${fileBytes} bytes can take when packed`;
  throw new DataError(`${path}: ${fault}`, { hint: 'fetch the file again' });
}

/** Enough of what is inside a gzip file to hold an IDX header, if it is as long as that. */
async function gzipContent(head: Uint8Array, size: number, path: string): Promise<Uint8Array> {
  try {
    const content = await unpackGzipHead(head);
    if (content.length >= MOST_HEADER_BYTES || size <= head.length) return content;
    const most = MOST_GZIP_HEADER_BYTES + head.length;
    const more = await unpackGzipHead(await readStart(path, most));
    if (more.length > 0 || size <= most) return more;
  } catch (error) {
    throw damaged(error as Error, path);
  }
  throw new DataError(
    `${path}: its gzip header (name, comment, extra field) takes more than ${MOST_GZIP_HEADER_BYTES} bytes`,
    { hint: 'pack the file again with gzip -n' },
  );
}

async function readStart(path: string, bytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = await createReadStream(path, { end: bytes - 1 }).toArray();
  return Buffer.concat(chunks);
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
