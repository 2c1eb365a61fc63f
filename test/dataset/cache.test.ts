import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { cacheFolder, writeToCache } from '../../src/dataset/cache.js';
import { sha256Of } from '../../src/files/regular.js';
import { temporaryFolder } from './idx-bytes.js';

test.each([
  [{ BACKPROP_DATA_DIR: '/d', XDG_CACHE_HOME: '/x' }, 'linux', '/d'],
  [{ XDG_CACHE_HOME: '/x' }, 'linux', '/x/backprop-train'],
  [{ XDG_CACHE_HOME: 'relative' }, 'linux', '/home/.cache/backprop-train'],
  [{}, 'linux', '/home/.cache/backprop-train'],
  [{}, 'darwin', '/home/Library/Caches/backprop-train'],
  [{ LOCALAPPDATA: '/local' }, 'win32', '/local/backprop-train/Cache'],
] as const)('the cache of %o on %s is %s', (env, platform, folder) => {
  expect(cacheFolder(env, platform, '/home')).toBe(folder);
});

// One in nine such rounds failed (EINVAL) when one writer's file appeared between two looks of another.
test('writers that start a little apart all succeed', async () => {
  const folder = await temporaryFolder();
  const bytes = Uint8Array.of(1, 2, 3);
  const sha256 = sha256Of(bytes);
  const file = { name: 'file', bytes: 3, sha256 };
  for (let round = 0; round < 100; round++) {
    const place = join(folder, String(round));
    await mkdir(place);
    const starts = [0, 0.5, 1, 1.5, 2, 2.5];
    await Promise.all(
      starts.map(async (start) => {
        await setTimeout(start * (1 + (round % 3)));
        await writeToCache(place, file, { bytes, sha256, stored: bytes });
      }),
    );
    expect(await readdir(place)).toEqual(['file']);
  }
});
