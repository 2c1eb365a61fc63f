/** What only processes of their own can show: several at once, killed ones, full and foreign disks. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, type TestContext, test } from 'vitest';
import { sha256Of } from '../../src/files/regular.js';
import { finish } from '../cli/process.js';
import { built, find, startFinding, startModule } from './child.js';
import { temporaryFolder } from './idx-bytes.js';
import { madeUp } from './made-up.js';
import { mirror } from './mirror-server.js';

const small = madeUp(500);
const temporary = /^\.backprop-.*\.tmp$/;

async function setUp({ entry, answer } = small) {
  const cache = await temporaryFolder();
  const { base, paths } = await mirror(answer);
  const env = { BACKPROP_DATA_DIR: cache, BACKPROP_MIRRORS: base };
  return { entry, cache, folder: join(cache, 'made-up'), env, paths };
}

const sourcesOf = (stdout: string) =>
  (JSON.parse(stdout) as { source: string }[]).map(({ source }) => source);

test('several processes at once all succeed and leave one valid file each', async () => {
  const { entry, folder, env } = await setUp();
  const all = await Promise.all(Array.from({ length: 6 }, () => find(entry, { env })));
  for (const { code, stdout, stderr } of all) {
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(entry.files.train.images.sha256);
  }
  expect((await readdir(folder)).sort()).toEqual(['images', 'labels']);
  const { stdout } = await find(entry, { env: { ...env, BACKPROP_MIRRORS: 'http://127.0.0.1:1' } });
  expect(sourcesOf(stdout)).toEqual(['cache', 'cache']);
});

test('killed in the middle of a body: nothing is cached, and the next run fetches', async () => {
  let stalled = true;
  const { entry, cache, folder, env } = await setUp({
    ...small,
    answer: (request, response) => {
      if (!stalled) return small.answer(request, response);
      response.writeHead(200, { 'content-length': '100000' }).write(Buffer.alloc(5000));
      setTimeout(() => child.kill('SIGKILL'), 100);
    },
  });
  const child = startFinding(entry, { env });
  expect((await finish(child)).signal).toBe('SIGKILL');
  expect(await readdir(cache)).toEqual([]);
  stalled = false;
  const { code, stdout } = await find(entry, { env });
  expect({ code, sources: sourcesOf(stdout) }).toEqual({ code: 0, sources: ['mirror', 'mirror'] });
  expect((await readdir(folder)).sort()).toEqual(['images', 'labels']);
});

test('killed in the middle of a write: no torn file has the name, and the next run heals', async () => {
  // Large enough that writing and syncing it takes a while.
  const large = madeUp(50_000);
  const { entry, folder, env } = await setUp(large);
  await mkdir(folder);
  const child = startFinding(entry, { env });
  const finished = finish(child);
  while (child.exitCode === null) {
    if (readdirSync(folder).some((name) => temporary.test(name))) break;
    await setImmediate();
  }
  child.kill('SIGKILL');
  const ended = await finished;
  expect(ended).toMatchObject({ signal: 'SIGKILL' });
  const left = await readdir(folder);
  const named = left.filter((name) => !temporary.test(name));
  // As if more than an hour had gone by.
  for (const name of left) if (temporary.test(name)) await utimes(join(folder, name), 0, 0);
  const { images } = entry.files.train;
  // The kill may come just after the rename.
  expect(['', 'images']).toContain(named.join());
  if (named.length > 0) {
    expect(sha256Of(await readFile(join(folder, 'images')))).toBe(images.sha256);
  }
  const { code, stdout } = await find(entry, { env });
  expect(code).toBe(0);
  expect(sourcesOf(stdout)).toEqual([named.length > 0 ? 'cache' : 'mirror', 'mirror']);
  expect(sha256Of(await readFile(join(folder, 'images')))).toBe(images.sha256);
  expect((await readdir(folder)).sort()).toEqual(['images', 'labels']);
});

test('killed at many moments: the cache holds whole files or none', async () => {
  const { entry, folder, env } = await setUp();
  for (let kill = 0; kill < 12; kill++) {
    const child = startFinding(entry, { env });
    const finished = finish(child);
    setTimeout(() => child.kill('SIGKILL'), 60 + 25 * kill);
    await finished;
    const names: string[] = await readdir(folder).catch(() => []);
    for (const file of [entry.files.train.images, entry.files.train.labels]) {
      if (!names.includes(file.name)) continue;
      expect(sha256Of(await readFile(join(folder, file.name)))).toBe(file.sha256);
    }
  }
  expect((await find(entry, { env })).code).toBe(0);
});

test('a full disk ends with 5 and leaves no partial file', async (context) => {
  const { entry, folder, env } = await setUp();
  await mkdir(folder);
  mountSmallDisk(folder, '128k', context);
  const { code, stderr } = await find(entry, { env });
  expect(code).toBe(5);
  expect(stderr).toContain(`cannot write ${join(folder, 'images')}: ENOSPC`);
  expect(await readdir(folder)).toEqual([]);
});

test('a cache that may not be written costs one warning, and the data come anyway', async (context) => {
  const { entry, cache, env } = await setUp();
  await chmod(cache, 0o555);
  onTestFinished(() => chmod(cache, 0o755));
  const prefix = asSomebody(context);
  const { code, stdout, stderr } = await find(entry, { env, prefix, cwd: '/' });
  expect({ code, sources: sourcesOf(stdout) }).toEqual({ code: 0, sources: ['mirror', 'mirror'] });
  expect(stderr).toMatch(
    /^warning: the cache .* cannot be written \(EACCES: permission denied\).*\n$/,
  );
  expect(await readdir(cache)).toEqual([]);
});

const LOADED = `
  import { createRequire } from 'node:module';
  const [load, entry] = JSON.parse(process.argv[1]);
  const loaded = () =>
    Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('undici'));
  const { loadDataset } = await import(load);
  await loadDataset({ name: 'mnist-mini' });
  const before = loaded();
  const { findFiles } = await import(load.replace('load.js', 'sources.js'));
  await findFiles(entry, [entry.files.train.images]);
  console.log(before, loaded());`;

test('undici is loaded only when something is fetched', async () => {
  const { entry, env } = await setUp();
  const child = startModule(LOADED, [built('dataset/load.js'), entry], { env });
  expect(await finish(child)).toMatchObject({ code: 0, stdout: 'false true\n' });
});

/** Mounts a file system of a few kilobytes, or skips the test where that is not allowed. */
function mountSmallDisk(folder: string, size: string, context: TestContext): void {
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  if (status !== 0) context.skip('needs the right to mount a small disk (root)');
  onTestFinished(() => {
    spawnSync('umount', [folder]);
  });
}

/** What makes the command after it run without root's right to write everywhere. */
function asSomebody(context: TestContext): string[] {
  if (process.platform === 'win32') context.skip('needs POSIX permissions');
  if (process.getuid?.() !== 0) return [];
  const prefix = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const { status } = spawnSync(prefix[0]!, [...prefix.slice(1), process.execPath, '--version']);
  if (status !== 0) context.skip('runs as root, and setpriv is missing');
  return prefix;
}
