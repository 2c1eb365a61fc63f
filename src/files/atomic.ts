import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DiskError } from '../errors.js';
import { type Destination, destinationOf, isReplaced, statIfPresent } from './destination.js';
import { assertTakesBytes, writeThrough } from './stream.js';
import { fromSystem, systemCode, systemReason } from './system-error.js';

export { systemCode, systemReason } from './system-error.js';

/** The name of a temporary file: a random part, so that no two writers share one. */
const temporaryName = /^\.backprop-[0-9a-f]{16}\.tmp$/;

/** A write takes seconds: an older temporary file is what a killed process left. One hour. */
const staleAfterMs = 3_600_000;

/** Errors by which a platform or file system says that it cannot sync a file, or a folder. */
const SYNC_UNSUPPORTED = ['EINVAL', 'ENOTSUP', 'ENOSYS'];
const FOLDER_SYNC_UNSUPPORTED = [...SYNC_UNSUPPORTED, 'EACCES', 'EBADF', 'EISDIR', 'EPERM'];

/** The mode bits that chmod sets, and the one by which a folder keeps files for their owners. */
const MODE = 0o777n;
const STICKY = 0o1000n;

/**
 * Replaces the content of `path` by `data`, by way of a temporary file and a rename: whoever reads
 * the file, and whatever happens in between (a crash, a full disk), finds the old content or the new
 * one, never a mixture. Symbolic links are followed; an existing file's mode is kept. A device, a
 * pipe or standard output, which has no old content to keep, is written to directly.
 * @param signal ends the wait for a reader of a pipe; a file is written all the same
 * @throws {DiskError} naming the path and the system's reason; the temporary file is removed
 * @throws the signal's reason
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  try {
    const destination = await destinationOf(path);
    if (isReplaced(destination)) await replace(destination, data);
    else await writeThrough(destination, data, signal);
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw error;
    throw cannotWrite(path, error);
  }
}

/**
 * Checks before a long run that `writeFileAtomic(path)` can work at its end, by all that it does but
 * for the rename.
 * @throws {DiskError}
 */
export async function assertWritable(path: string): Promise<void> {
  try {
    const destination = await destinationOf(path);
    if (!isReplaced(destination)) return await assertTakesBytes(destination);
    if (destination.old) {
      await fs.access(destination.path, fs.constants.W_OK);
      assertMayReplace(destination);
    }
    await fs.unlink(await writeBeside(destination, ''));
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

async function replace(destination: Destination, data: string | Uint8Array): Promise<void> {
  const temporary = await writeBeside(destination, data);
  try {
    await fs.rename(temporary, destination.path);
  } catch (error) {
    await fs.unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(destination.path));
}

/** @returns the path of a temporary file in the destination's folder, written and synced */
async function writeBeside({ path, old }: Destination, data: string | Uint8Array): Promise<string> {
  const temporary = join(dirname(path), `.backprop-${randomBytes(8).toString('hex')}.tmp`);
  const mode = old ? Number(old.mode & MODE) : 0o666;
  const handle = await fs.open(temporary, 'wx', mode);
  try {
    if (old) await keepMode(handle, temporary, mode);
    await handle.writeFile(data);
    await sync(handle);
    await handle.close();
    return temporary;
  } catch (error) {
    await handle.close().catch(() => {});
    await fs.unlink(temporary).catch(() => {});
    throw error;
  }
}

async function sync(handle: fs.FileHandle): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    throwUnlessUnsupported(error, SYNC_UNSUPPORTED);
  }
}

/** The umask is applied to the mode given to open, but must not change the old file's mode. */
async function keepMode(handle: fs.FileHandle, path: string, mode: number): Promise<void> {
  if (((await handle.stat()).mode & Number(MODE)) === mode) return;
  try {
    await handle.chmod(mode);
  } catch (error) {
    // `node --permission` has no fchmod.
    if (fromSystem(error)) throw error;
    await fs.chmod(path, mode);
  }
}

/** Makes the rename survive a power cut, where the platform can sync a folder. */
async function syncFolder(folder: string) {
  let handle: fs.FileHandle | undefined;
  try {
    handle = await fs.open(folder, 'r');
    await handle.sync();
  } catch (error) {
    throwUnlessUnsupported(error, FOLDER_SYNC_UNSUPPORTED);
  } finally {
    await handle?.close();
  }
}

/**
 * Lets pass that something cannot be synced. An error that is not the system's says so too: Yarn's
 * file handles have no fsync, and `node --permission` forbids it.
 */
function throwUnlessUnsupported(error: unknown, codes: readonly string[]): void {
  if (fromSystem(error) && !codes.includes(systemCode(error) ?? '')) throw error;
}

/** In a sticky folder such as /tmp only its owner, the file's and root may replace a file. */
function assertMayReplace({ old, folder }: Destination): void {
  const user = process.geteuid?.();
  if (!old || user === undefined || user === 0 || !(folder.mode & STICKY)) return;
  if (old.uid === BigInt(user) || folder.uid === BigInt(user)) return;
  throw new Error(
    "EPERM: another user's file in a folder whose files only their owners may replace",
  );
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
    const stale = stats !== undefined && Date.now() - Number(stats.mtimeMs) > staleAfterMs;
    if (stale) await fs.rm(path, { force: true });
  }
}

/** The error that says so, and what to do. */
export function cannotWrite(path: string, cause: unknown): DiskError {
  const reason = `cannot write ${path}: ${systemReason(cause)}`;
  return new DiskError(reason, { hint: hintFor(cause), cause });
}

function hintFor(error: unknown): string {
  const code = systemCode(error) ?? systemReason(error).split(':', 1)[0];
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'free some space, or choose another disk';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'create the folder, or choose another path';
  if (code === 'EISDIR') return 'name a file inside it';
  if (code === 'ERR_ACCESS_DENIED') return 'let Node read and write its folder: --allow-fs-write';
  return 'choose a path that you may write to';
}
