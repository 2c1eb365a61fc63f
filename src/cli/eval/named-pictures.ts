import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FileError } from '../../errors.js';
import { PICTURE_NAME } from '../../picture-file.js';

/** A picture that was named, or lies in a folder that was. */
export interface NamedPicture {
  readonly file: string;
  /** The class that its folder's or its own name says. */
  readonly label: number | undefined;
}

interface Listed {
  readonly pictures: NamedPicture[];
  /** A folder without pictures counts as one picture that cannot be used. */
  readonly failures: FileError[];
}

/**
 * The pictures that the paths stand for: a file for itself, a folder for the .png and .jpg files in it and in its
 * folders that are named by a class, by name.
 * @param classes K; the label is one of 0 … K−1
 */
export async function listPictures(paths: readonly string[], classes: number): Promise<Listed> {
  const listed: Listed = { pictures: [], failures: [] };
  for (const path of paths) {
    const files = (await filesIn(path, classes)) ?? [path];
    for (const file of files) listed.pictures.push({ file, label: labelOf(file, classes) });
    if (files.length > 0) continue;
    listed.failures.push(
      new FileError(`${path}: no .png or .jpg files in this folder`, {
        hint: 'give PNG or JPEG files, or a folder of them',
      }),
    );
  }
  return listed;
}

/** The folder's pictures; undefined if it is none, or none that can be read: opening it says why. */
async function filesIn(path: string, classes: number): Promise<string[] | undefined> {
  let entries: Dirent[];
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch {
    return undefined;
  }
  const files: string[] = [];
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const inside = join(path, entry.name);
    if (!entry.isDirectory()) {
      if (PICTURE_NAME.test(entry.name)) files.push(inside);
    } else if (classOf(entry.name, classes) !== undefined) {
      const more = await readdir(inside).catch(() => []);
      for (const name of more.sort()) if (PICTURE_NAME.test(name)) files.push(join(inside, name));
    }
  }
  return files;
}

/** 7 of `7/a.png` and of `7_a.png`; a folder comes first. */
function labelOf(file: string, classes: number): number | undefined {
  const [, start = ''] = /^(\d+)_/.exec(basename(file)) ?? [];
  return classOf(basename(dirname(file)), classes) ?? classOf(start, classes);
}

function classOf(name: string, classes: number): number | undefined {
  return /^\d+$/.test(name) && Number(name) < classes ? Number(name) : undefined;
}
