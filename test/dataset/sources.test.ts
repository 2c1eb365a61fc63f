import { mkdir, readdir, readFile, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CatalogueEntry } from '../../src/dataset/catalogue.js';
import { findFiles } from '../../src/dataset/sources.js';
import { DiskError } from '../../src/errors.js';
import { sha256Of } from '../../src/files/regular.js';
import { imagesFile, labelsFile, temporaryFolder } from './idx-bytes.js';
import { mirror, sends } from './mirror-server.js';

const idx = imagesFile(50, 8, 8);
const images = { name: 'images', bytes: idx.length, sha256: sha256Of(idx) };
const labels = { name: 'labels', bytes: 10, sha256: sha256Of(labelsFile([1, 2])) };
const files = { train: { images, labels }, test: { images, labels } };
const entry: CatalogueEntry = { name: 'made-up', classes: 10, files, mirrors: [] };
const fast = { retryDelayMs: 1 };

let cache: string;
beforeEach(async () => {
  cache = await temporaryFolder();
  vi.stubEnv('BACKPROP_DATA_DIR', cache);
});
afterEach(() => vi.unstubAllEnvs());

async function goodMirror() {
  const good = await mirror(sends(gzipSync(idx)));
  vi.stubEnv('BACKPROP_MIRRORS', good.base);
  return good;
}

test('fetches once, then reads the cache', async () => {
  const good = await goodMirror();
  const [first] = await findFiles(entry, [images], fast);
  const [second] = await findFiles(entry, [images], { offline: true });
  expect([first!.source, second!.source]).toEqual(['mirror', 'cache']);
  expect(Buffer.compare(second!.bytes, idx)).toBe(0);
  expect(good.paths).toHaveLength(1);
  expect(await readdir(join(cache, 'made-up'))).toEqual(['images']);
});

test('keeps the .gz where only its hash is known', async () => {
  await goodMirror();
  const compressed = { name: 'images', bytes: idx.length, gzipSha256: sha256Of(gzipSync(idx)) };
  await findFiles(entry, [compressed], fast);
  expect(await readdir(join(cache, 'made-up'))).toEqual(['images.gz']);
  const [again] = await findFiles(entry, [compressed], { offline: true });
  expect(again!.sha256).toBe(sha256Of(idx));
});

test.each([
  ['a changed byte', Buffer.from(idx).fill(1, 20, 21)],
  ['a file cut off in mid-write', idx.subarray(0, 100)],
  ['an empty file', Buffer.alloc(0)],
])('heals a cache with %s, with one warning', async (_, damaged) => {
  const good = await goodMirror();
  await mkdir(join(cache, 'made-up'));
  await writeFile(join(cache, 'made-up', 'images'), damaged);
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const [found] = await findFiles(entry, [images], { ...fast, onWarning });
  expect(found!.source).toBe('mirror');
  expect(good.paths).toHaveLength(1);
  expect(warnings).toEqual([expect.stringContaining('is damaged (wrong SHA-256')]);
  expect(Buffer.compare(await readFile(join(cache, 'made-up', 'images')), idx)).toBe(0);
});

test('refuses a cached file that is far too large before reading it, and fetches again', async () => {
  await goodMirror();
  await mkdir(join(cache, 'made-up'));
  await writeFile(join(cache, 'made-up', 'images'), '');
  await truncate(join(cache, 'made-up', 'images'), 2 ** 31);
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const [found] = await findFiles(entry, [images], { ...fast, onWarning });
  expect(found!.source).toBe('mirror');
  expect(warnings).toEqual([expect.stringContaining('2147483648 bytes, expected at most 68752')]);
  expect(Buffer.compare(await readFile(join(cache, 'made-up', 'images')), idx)).toBe(0);
});

test('caches nothing of a wrong hash, and no temporary file', async () => {
  const bad = await mirror(sends(gzipSync(imagesFile(50, 8, 8, 1))));
  vi.stubEnv('BACKPROP_MIRRORS', bad.base);
  await expect(findFiles(entry, [images], fast)).rejects.toThrow('wrong SHA-256');
  expect(await readdir(cache)).toEqual([]);
});

test('offline names the ways out and asks no mirror', async () => {
  const good = await goodMirror();
  const error = await findFiles(entry, [images], { offline: true }).catch((e) => e);
  expect(error.message).toContain("no copy of made-up's images on this machine");
  expect(error.hint).toContain('--offline');
  expect(error.hint).toContain('--data-dir');
  expect(good.paths).toEqual([]);
});

test('goes on in memory, with one warning, when the cache cannot be written', async () => {
  await goodMirror();
  await writeFile(join(cache, 'made-up'), 'a file where the folder should be');
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const found = await findFiles(entry, [images, images], { ...fast, onWarning });
  expect(found.map((file) => file.source)).toEqual(['mirror', 'mirror']);
  expect(warnings.filter((warning) => warning.includes('cannot be written'))).toHaveLength(1);
});

test('stops with a DiskError when the disk of the cache is full', async () => {
  await goodMirror();
  await mkdir(join(cache, 'made-up'));
  await symlink('/dev/full', join(cache, 'made-up', 'images'));
  const error = await findFiles(entry, [images], fast).catch((e) => e);
  expect(error).toBeInstanceOf(DiskError);
  expect(error.message).toContain('ENOSPC: no space left on device');
  expect(error.hint).toContain('BACKPROP_DATA_DIR');
  expect(await readdir(join(cache, 'made-up'))).toEqual(['images']);
});

test('removes what a process killed in mid-write left, once it is old', async () => {
  await goodMirror();
  const [old, recent] = ['.backprop-0123456789abcdef.tmp', '.backprop-fedcba9876543210.tmp'];
  await mkdir(join(cache, 'made-up'));
  for (const name of [old, recent]) await writeFile(join(cache, 'made-up', name), 'x');
  await utimes(join(cache, 'made-up', old), 0, 0);
  await findFiles(entry, [images], fast);
  expect((await readdir(join(cache, 'made-up'))).sort()).toEqual([recent, 'images']);
});

test('serves many callers at once and leaves one valid file', async () => {
  await goodMirror();
  const all = await Promise.all(Array.from({ length: 8 }, () => findFiles(entry, [images], fast)));
  for (const [found] of all) expect(found!.sha256).toBe(images.sha256);
  expect(await readdir(join(cache, 'made-up'))).toEqual(['images']);
  const [cached] = await findFiles(entry, [images], { offline: true });
  expect(cached!.source).toBe('cache');
});
