import { createHash, randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { DiskError } from '../errors.js';

/** Which machine's process of which number wrote it, if the name says so, and a random part. */
const temporaryName = /^\.backprop-(?:([0-9a-f]{8})-(\d+)-)?[0-9a-f]{16}\.tmp$/;

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
 * Replaces `path` by `data` so that a reader, a crash or a full disk ever meets the old file whole
 * or the new one whole. Symbolic links are followed; an existing file's mode is kept. A device or
 * pipe, which has no old content to keep, is written to directly.
 * @throws {DiskError} naming the path and the system's reason; no temporary file is left.
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
  const writer = `${await machine()}-${process.pid}`;
  const temporary = join(folder, `.backprop-${writer}-${randomBytes(8).toString('hex')}.tmp`);
  const handle = await fs.open(temporary, 'wx', old ? old.mode & 0o777 : 0o666);
  try {
    // The mode given to open passes through the umask; the old file's mode is meant as it is.
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

/** Makes the rename itself survive a power cut, where the platform can. */
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
 * Finds out before a long run whether `writeFileAtomic(path)` can work at its end: the folder
 * exists and is writable, and `path` is neither a folder nor a read-only file.
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
 * Removes what killed processes left in `folder`: temporaries whose writer on this machine runs no
 * more, at once, and of others those older than `olderThanMs`.
 */
export async function removeStaleTemporaries(folder: string, olderThanMs: number): Promise<void> {
  for (const name of await fs.readdir(folder)) {
    const found = temporaryName.exec(name);
    if (!found) continue;
    const [, writtenOn, pid] = found;
    const path = join(folder, name);
    const stats = await statIfPresent(path);
    if (!stats) continue;
    const killed = writtenOn === (await machine()) && !isRunning(Number(pid));
    if (killed || Date.now() - stats.mtimeMs > olderThanMs) await fs.rm(path, { force: true });
  }
}

let knownMachine: string | undefined;

/** Where process numbers mean the same: a host, and on Linux a namespace of it, such as a container. */
async function machine(): Promise<string> {
  if (knownMachine === undefined) {
    const namespace = await fs.readlink('/proc/self/ns/pid').catch(() => '');
    const hash = createHash('sha256').update(`${hostname()} ${namespace}`);
    knownMachine = hash.digest('hex').slice(0, 8);
  }
  return knownMachine;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
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
    // Nothing there yet, or by now a file, of another process. Any other failure could hide a link,
    // which must not be replaced.
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
