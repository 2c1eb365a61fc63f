import type { BigIntStats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { systemCode } from './system-error.js';

/** Where a path to be written leads. */
export interface Destination {
  /** The file's own path: no part of it is a link. */
  readonly path: string;
  /** What is there now, if anything is. */
  readonly old: BigIntStats | undefined;
  /** The folder that it is in. */
  readonly folder: BigIntStats;
  /** The program's own open file that the path stands for: 1 for /dev/stdout. */
  readonly descriptor: number | undefined;
}

/** As many links as Linux follows. */
const MOST_LINKS = 40;

/** On macOS and Windows `Model.json` is `model.json`, unless a disk was made otherwise. */
const foldsCase = process.platform === 'darwin' || process.platform === 'win32';

/**
 * Follows all links of `path`, to a file that is there or not yet.
 * @throws the system's error; an Error if the path names a folder
 */
export async function destinationOf(path: string): Promise<Destination> {
  if (path === '') throw new Error('ENOENT: the path is empty');
  const { end, descriptor } = await follow(path);
  const old = await statIfPresent(end);
  if (old?.isDirectory()) throw new Error('EISDIR: the path is a folder');
  if (path.endsWith('/') || path.endsWith(sep)) throw new Error('EISDIR: the path names a folder');
  return { path: end, old, folder: await fs.stat(dirname(end), { bigint: true }), descriptor };
}

/** Whether writing puts a new file in the place of the old one, as it cannot with a device. */
export function isReplaced({ old, descriptor }: Destination): boolean {
  return descriptor === undefined && (old === undefined || old.isFile());
}

/** Whether writing to one would undo what was written to the other. */
export function clash(one: Destination, other: Destination): boolean {
  return (isReplaced(one) || isReplaced(other)) && identity(one) === identity(other);
}

/** Device and inode; for a file that is not there yet its folder's, and its name. */
function identity({ path, old, folder }: Destination): string {
  if (old) return `${old.dev}:${old.ino}`;
  const name = basename(path);
  return `${folder.dev}:${folder.ino}/${foldsCase ? name.normalize().toLowerCase() : name}`;
}

async function follow(path: string): Promise<Pick<Destination, 'descriptor'> & { end: string }> {
  let at = path;
  for (let links = 0; links <= MOST_LINKS; links++) {
    const folder = await fs.realpath(dirname(at));
    const end = join(folder, basename(at));
    const descriptor = descriptorAt(folder, basename(at));
    // What such a link seems to lead to may be gone, or have no path.
    if (descriptor !== undefined) return { end, descriptor };
    const target = await linkAt(end);
    if (target === undefined) return { end, descriptor };
    at = resolve(folder, target);
  }
  throw new Error('ELOOP: too many links');
}

/** Linux: /dev/stdout → /proc/self/fd/1 → /proc/<pid>/fd/1; macOS: /dev/stdout → /dev/fd/1. */
function descriptorAt(folder: string, name: string): number | undefined {
  const own = new RegExp(`^(/proc/${process.pid}(/task/\\d+)?|/dev)/fd$`);
  return own.test(folder) && /^\d+$/.test(name) ? Number(name) : undefined;
}

async function linkAt(path: string): Promise<string | undefined> {
  try {
    return await fs.readlink(path);
  } catch (error) {
    // Nothing is there, or no link. Any other failure could hide a link, which must not be replaced.
    if (['ENOENT', 'EINVAL'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** What is at `path`, links followed, if anything is. */
export async function statIfPresent(path: string): Promise<BigIntStats | undefined> {
  try {
    return await fs.stat(path, { bigint: true });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
