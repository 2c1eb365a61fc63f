import { link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { clash, destinationOf, isReplaced } from '../../src/files/destination.js';
import { temporaryFolder } from '../dataset/idx-bytes.js';

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder, 'real'));
  await symlink('real', join(folder, 'alias'));
  await writeFile(join(folder, 'real', 'old'), '');
  await link(join(folder, 'real', 'old'), join(folder, 'hard'));
  await symlink(join('alias', 'old'), join(folder, 'soft'));
  await symlink('soft', join(folder, 'softer'));
  await symlink(join('alias', 'new'), join(folder, 'dangling'));
});

async function areOne(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((name) => destinationOf(join(folder, name))));
  return clash(a!, b!);
}

describe('two paths are one file', () => {
  test.each([
    ['real/old', 'real/../real/old'],
    ['real/old', 'alias/old'],
    ['real/old', 'soft'],
    ['alias/old', 'softer'],
    ['real/old', 'hard'],
    ['hard', 'softer'],
    ['real/new', 'alias/new'],
    ['real/new', 'dangling'],
  ])('%s and %s', async (one, other) => {
    expect(await areOne(one, other)).toBe(true);
  });
});

describe('two paths are two files', () => {
  test.each([
    ['real/new', 'new'],
    ['real/new', 'real/newer'],
    ['real/old', 'old'],
    ['dangling', 'soft'],
  ])('%s and %s', async (one, other) => {
    expect(await areOne(one, other)).toBe(false);
  });

  const foldsCase = ['darwin', 'win32'].includes(process.platform);
  test('by the case of a letter, where the system says so', async () => {
    expect(await areOne('real/new', 'real/NEW')).toBe(foldsCase);
  });
});

test.skipIf(process.platform === 'win32')('a device takes two outputs', async () => {
  const device = await destinationOf('/dev/null');
  expect(isReplaced(device)).toBe(false);
  expect(clash(device, device)).toBe(false);
});

test('links in a circle end', async () => {
  await symlink('b', join(folder, 'a'));
  await symlink('a', join(folder, 'b'));
  await expect(destinationOf(join(folder, 'a'))).rejects.toThrow('ELOOP');
});
