import { mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { DiskError } from '../errors.js';
import {
  removeStaleTemporaries,
  systemCode,
  systemReason,
  writeFileAtomic,
} from '../files/atomic.js';
import type { CatalogueFile } from './catalogue.js';
import { VerificationError, type VerifiedFile, verifyAt } from './verify.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The per-user folder of downloaded data: `BACKPROP_DATA_DIR`, or the system's place for caches
 * (on Linux the XDG Base Directory Specification's, which ignores relative paths).
 */
export function cacheFolder(
  env: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  if (env.BACKPROP_DATA_DIR) return env.BACKPROP_DATA_DIR;
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'backprop-train');
  if (platform === 'win32') {
    const local = env.LOCALAPPDATA || join(home, 'AppData', 'Local');
    return join(local, 'backprop-train', 'Cache');
  }
  const xdg = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : join(home, '.cache');
  return join(xdg, 'backprop-train');
}

/** Files are kept in the form whose hash is known: decompressed if possible. */
export function pathInCache(folder: string, file: CatalogueFile): string {
  return join(folder, file.sha256 === undefined ? `${file.name}.gz` : file.name);
}

/**
 * A file from the cache, verified. A damaged one is deleted, so that it is fetched again.
 * @param folder the data set's folder in the cache
 */
export async function readCached(
  folder: string,
  file: CatalogueFile,
  warn: (message: string) => void,
): Promise<VerifiedFile | undefined> {
  const path = pathInCache(folder, file);
  try {
    return await verifyAt(path, file);
  } catch (error) {
    if (error instanceof VerificationError) {
      warn(`cached file ${path} is damaged (${error.message}): deleted`);
      await rm(path, { force: true }).catch(() => {});
    } else if (systemCode(error) !== 'ENOENT') {
      warn(`cached file ${path} cannot be read (${systemReason(error)})`);
    }
    return undefined;
  }
}

/**
 * Keeps a verified file. A cache that may not be written costs a warning only, because the data
 * are in memory.
 * @throws {DiskError} if the disk is full
 */
export async function storeInCache(
  folder: string,
  file: CatalogueFile,
  verified: VerifiedFile,
  warn: (message: string) => void,
): Promise<void> {
  try {
    await writeToCache(folder, file, verified);
  } catch (error) {
    const cause = error instanceof DiskError ? error.cause : error;
    if (['ENOSPC', 'EDQUOT'].includes(systemCode(cause) ?? '')) throw error;
    const reason = systemReason(cause);
    warn(`the cache ${folder} cannot be written (${reason}): the data will be fetched again`);
  }
}

/**
 * Writes a verified file into the cache, and removes what killed processes left there.
 * @throws {DiskError}
 */
export async function writeToCache(
  folder: string,
  file: CatalogueFile,
  verified: VerifiedFile,
): Promise<void> {
  try {
    await makeFolder(folder);
    await removeStaleTemporaries(folder);
    await writeFileAtomic(pathInCache(folder, file), verified.stored);
  } catch (error) {
    const cause = error instanceof DiskError ? error.cause : error;
    const full = ['ENOSPC', 'EDQUOT'].includes(systemCode(cause) ?? '');
    throw new DiskError(`cannot write ${pathInCache(folder, file)}: ${systemReason(cause)}`, {
      hint: `${full ? 'free some space, or ' : ''}set BACKPROP_DATA_DIR to another folder`,
      cause,
    });
  }
}

/** Node's own recursive mkdir says ENOENT on a disk that may only be read, where the system says EROFS. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await makeOne(folder);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await makeOne(folder);
  }
}

async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}
