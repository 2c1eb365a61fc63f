import { expect, test } from 'vitest';
import { cacheFolder } from '../../src/dataset/cache.js';

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
