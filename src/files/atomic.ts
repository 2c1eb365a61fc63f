import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { DiskError } from '../errors.js';

/** The name of a temporary file: a random part, so that no two writers share one. */
const temporaryName = /^\.backprop-[0-9a-f]{16}\.tmp$/;

/** A write takes seconds: an older temporary file is what a killed process left. One hour. */
const staleAfterMs = 3_600_000;

/** Errors by which a platform or file system says that it cannot sync a folder. */
const folderSyncUnsupported = ['EACCES', 'EBADF', 'EINVAL', 'EISDIR', 'ENOTSUP', 'EPERM'];

/** The system's own words for a failed call, e.g. `ENOSPC: no space left on device`. */
export function systemReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // Node appends the call and its paths after a comma: `…, open 'model.json'`.
  return (error as NodeJS.ErrnoException | undefined)?.syscall
    ? message.split(',', 1)[0]!
    : message;
}

export function systemCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/**
 * Replaces the content of `path` by `data`, by way of a temporary file and a rename: whoever reads
 * the file, and whatever happens in between (a crash, a full disk), finds the old content or the new
 * one, never a mixture. Symbolic links are followed; an existing file's mode is kept. A device or
 * pipe, which has no old content to keep, is written to directly.
 * @throws {DiskError} naming the path and the system's reason; the temporary file is removed
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  try {
    const old = await statIfPresent(path);
    if (old && !old.isFile() && !old.isDirectory()) return await fs.writeFile(path, data);
    if (old?.isDirectory()) throw new Error('EISDIR: the path is a folder');
    await replace(await linkTarget(path, old), data, old);
  } catch (error) {
    throw new DiskError(`cannot write ${path}: ${systemReason(error)}`, {
      hint: hintFor(error),
      cause: error,
    });
  }
}

async function replace(target: string, data: string | Uint8Array, old: Stats | undefined) {
  const folder = dirname(target);
  const temporary = join(folder, `.backprop-${randomBytes(8).toString('hex')}.tmp`);
  const handle = await fs.open(temporary, 'wx', old ? old.mode & 0o777 : 0o666);
  try {
    // The umask is applied to the mode given to open, but must not change the old file's mode.
    if (old) await handle.chmod(old.mode & 0o777);
    await handle.writeFile(data);
    await handle.sync();
    await handle.close();
    await fs.rename(temporary, target);
  } catch (error) {
    await handle.close().catch(() => {});
    await fs.unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(folder);
}

/** Makes the rename survive a power cut, where the platform can sync a folder. */
async function syncFolder(folder: string) {
  let handle: fs.FileHandle | undefined;
  try {
    handle = await fs.open(folder, 'r');
    await handle.sync();
  } catch (error) {
    if (!folderSyncUnsupported.includes(systemCode(error) ?? '')) throw error;
  } finally {
    await handle?.close();
  }
}

/**
 * Checks before a long run that `writeFileAtomic(path)` can work at its end: the folder exists and
 * is writable, and `path` is neither a folder nor a read-only file.
 * @throws {DiskError}
 */
export async function assertWritable(path: string): Promise<void> {
  try {
    const old = await statIfPresent(path);
    if (old?.isDirectory()) throw new Error('EISDIR: the path is a folder');
    if (old) await fs.access(path, constants.W_OK);
    if (old && !old.isFile()) return;
    const folder = dirname(await linkTarget(path, old));
    if (!(await fs.stat(folder)).isDirectory()) throw new Error(`ENOTDIR: ${folder} is no folder`);
    await fs.access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new DiskError(`cannot write ${path}: ${systemReason(error)}`, {
      hint: hintFor(error),
      cause: error,
    });
  }
}

/**
 * Removes the temporary files that killed processes left in `folder`, known by their name and age.
 * @throws the system's error
 */
export async function removeStaleTemporaries(folder: string): Promise<void> {
  for (const name of await fs.readdir(folder)) {
    if (!temporaryName.test(name)) continue;
    const path = join(folder, name);
    const stats = await statIfPresent(path);
    const stale = stats !== undefined && Date.now() - stats.mtimeMs > staleAfterMs;
    if (stale) await fs.rm(path, { force: true });
  }
}

async function statIfPresent(path: string): Promise<Stats | undefined> {
  try {
    return await fs.stat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The path to rename onto: the file behind a link, even one whose target is not there yet. */
async function linkTarget(path: string, old: Stats | undefined): Promise<string> {
  if (old) return fs.realpath(path);
  if (path === '') throw new Error('ENOENT: the path is empty');
  if (path.endsWith('/') || path.endsWith(sep)) throw new Error('EISDIR: the path names a folder');
  const target = await fs.readlink(path).catch((error: unknown) => {
    // Nothing is there yet, or another process has just put a file there. Any other failure could
    // hide a link, which must not be replaced.
    if (['ENOENT', 'EINVAL'].includes(systemCode(error) ?? '')) return '';
    throw error;
  });
  return resolve(dirname(path), target === '' ? basename(path) : target);
}

function hintFor(error: unknown): string {
  const code = systemCode(error) ?? systemReason(error).split(':', 1)[0];
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'free some space, or choose another disk';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'create the folder, or choose another path';
  if (code === 'EISDIR') return 'name a file inside it';
  return 'choose a path that you may write to';
}
