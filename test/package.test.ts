import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'backprop-package-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A user's environment: npm's own variables about this repository left out, its registry kept. */
const environment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(package|lifecycle|command|config_local_prefix)/.test(name),
    ),
  ),
  PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
  BACKPROP_DATA_DIR: join(folder, 'no-such-cache'),
};

function runIn(cwd: string, command: string, args: readonly string[]): SpawnSyncReturns<string> {
  const shell = process.platform === 'win32';
  return spawnSync(command, args, { cwd, shell, env: environment, encoding: 'utf8' });
}

interface Packed {
  readonly filename: string;
  readonly files: { path: string; mode: number }[];
  readonly unpackedSize: number;
}

let packed: Packed;

// `npm run build` comes before; its result must not change under the tests that run beside this one.
beforeAll(() => {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { status, stdout, stderr } = runIn(root, 'npm', args);
  if (status !== 0) throw new Error(`npm pack failed: ${stderr}`);
  const report: unknown = JSON.parse(stdout);
  // npm 12 answers with an object by name where earlier ones answer with a list.
  [packed] = Object.values(report as Record<string, Packed>) as [Packed];
}, 120_000);

describe('the tarball', () => {
  it('has what it should', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'CHANGELOG.md']));
    expect(paths).toEqual(expect.arrayContaining(Object.values(packageJson.bin)));
    expect(paths).toContain('data/model.schema.json');
    expect(paths).toContain('data/events.schema.json');
    expect(paths).toContain('dist/src/kernel/simd.wasm');
    expect(paths).toContain('dist/src/kernel/simd-worker.js');
    expect(paths).toContain('dist/src/browser.js');
    for (const split of ['train', 't10k']) {
      expect(paths).toContain(`data/mnist-mini/${split}-images-idx3-ubyte`);
      expect(paths).toContain(`data/mnist-mini/${split}-labels-idx1-ubyte`);
    }
  });

  it('has nothing else: no tests, sources, maps, models or downloads', () => {
    const expected =
      /^(README\.md|LICENSE|CHANGELOG\.md|package\.json|data\/README\.md|data\/(model|events)\.schema\.json|data\/mnist-mini\/(train|t10k)-(images-idx3|labels-idx1)-ubyte|dist\/(bin|src)\/[\w/-]+(\.js|\.d\.ts)|dist\/src\/[\w/-]+\.(wasm|json))$/;
    const unexpected = packed.files.map(({ path }) => path).filter((path) => !expected.test(path));
    expect(unexpected).toEqual([]);
    expect(packed.unpackedSize).toBeLessThan(3_000_000);
  });

  it('has the licences of the packages that are bundled with its commands', () => {
    const chunks = packed.files.map(({ path }) => path).filter((path) => /bin\/chunks/.test(path));
    const text = chunks.map((path) => readFileSync(join(root, path), 'utf8')).join('\n');
    const bundled = [...text.matchAll(/^\/\/ node_modules\/((@[^/]+\/)?[^/]+)/gm)];
    expect(bundled.length).toBeGreaterThan(0);
    for (const [, name] of bundled) expect(text).toMatch(`/*! ${name} `);
  });

  it('passes publint', async () => {
    const bytes = readFileSync(join(folder, packed.filename));
    const tarball = new Uint8Array(bytes).buffer;
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('passes are the types wrong', () => {
    const attw = join(root, 'node_modules', '.bin', 'attw');
    const args = [join(folder, packed.filename), '--profile', 'esm-only', '--no-color'];
    const { status, stdout } = runIn(root, attw, args);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('(ESM)') });
  });
});

describe('the tarball, installed elsewhere', () => {
  const consumer = join(folder, 'elsewhere');
  let offline = '';
  let warnings = '';

  beforeAll(() => {
    mkdirSync(consumer);
    writeFileSync(join(consumer, 'package.json'), '{ "type": "module", "private": true }');
    const flags = ['--omit=optional', '--prefer-offline', '--no-audit', '--no-fund'];
    const fetching = ['--fetch-retries=2', '--fetch-timeout=30000'];
    const args = ['install', ...flags, ...fetching, join(folder, packed.filename)];
    const { status, stderr } = runIn(consumer, 'npm', args);
    warnings = stderr;
    if (status === 0) return;
    const unreachable = /E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|NETUNREACH|TIMEDOUT|NOTCACHED)/;
    const [code] = unreachable.exec(stderr) ?? [];
    if (code === undefined || process.env.CI) throw new Error(`npm install failed: ${stderr}`);
    offline = `npm cannot reach its registry (${code}), so the package was not installed`;
  }, 240_000);

  /** Without a registry these tests say so and skip; in CI the installation above has failed. */
  function needsInstallation(context: TestContext): void {
    if (offline) context.skip(offline);
  }

  function bin(name: string, ...args: string[]) {
    return runIn(consumer, join(consumer, 'node_modules', '.bin', name), args);
  }

  it('has commands that run', (context) => {
    needsInstallation(context);
    for (const name of Object.keys(packageJson.bin)) {
      const { status, stdout, stderr } = bin(name, '--version');
      expect({ name, status, stdout, stderr }).toEqual({
        ...{ name, status: 0, stderr: '' },
        stdout: `${packageJson.version}\n`,
      });
    }
  });

  it('was installed without a warning', (context) => {
    needsInstallation(context);
    expect(warnings).toBe('');
  });

  it('trains and evaluates', (context) => {
    needsInstallation(context);
    const data = ['--dataset', 'mnist-mini', '--offline', '--json'];
    const trained = bin('backprop-train', ...data, '-o', 'model.json');
    expect({ status: trained.status, stderr: trained.stderr }).toMatchObject({ status: 0 });
    const evaluated = bin('backprop-eval', 'model.json', ...data, '--min-accuracy', '0.7');
    expect(evaluated).toMatchObject({ status: 0 });
  });

  it('names what is missing where its optional data are not installed', (context) => {
    needsInstallation(context);
    const { status, stderr } = bin('backprop-train', '--offline');
    expect(status).toBe(3);
    expect(stderr).toMatch(/^error: [^\n]+\n$/m);
  });

  it('is a library with types', (context) => {
    needsInstallation(context);
    writeFileSync(join(consumer, 'consumer.ts'), CONSUMER);
    const compilerOptions = {
      ...{ strict: true, module: 'nodenext', target: 'es2022', lib: ['es2022', 'dom'] },
      ...{ types: [], outDir: 'out', rootDir: '.' },
    };
    const config = { compilerOptions, files: ['consumer.ts'] };
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const checked = runIn(consumer, process.execPath, [tsc, '-p', '.']);
    expect({ status: checked.status, stdout: checked.stdout }).toEqual({ status: 0, stdout: '' });
    const { stdout, stderr } = runIn(consumer, process.execPath, [join('out', 'consumer.js')]);
    expect({ stdout, stderr }).toEqual({ stdout: '400 7850 simd\n', stderr: '' });
  });
});

const CONSUMER = `
import { inputsOf, loadDataset, type LabelledImages, parameterCount } from 'backprop-train';
import { createSimdKernel } from 'backprop-train/browser';
import schema from 'backprop-train/model.schema.json' with { type: 'json' };

const { train } = await loadDataset({ name: 'mnist-mini' });
const images: LabelledImages = train;
// @ts-expect-error a number: the types are there, and are not any
const wrong: string = inputsOf(images);
schema.$schema satisfies string;
declare const console: { log(text: string): void };
// Nor does it ask for the types of Node.
const { name } = await createSimdKernel(images);
console.log(images.count + ' ' + parameterCount(images) + ' ' + name);
`;

describe('package-lock.json', () => {
  /** npm writes only this machine's packages into a lock where others are installed already. */
  it('lists the packages of every platform, so that npm ci works on each', () => {
    const lock: { packages: Record<string, { optionalDependencies?: Record<string, string> }> } =
      JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {})
        .filter((name) => {
          const nested = `${path === '' ? '' : `${path}/`}node_modules/${name}`;
          return !(nested in lock.packages) && !(`node_modules/${name}` in lock.packages);
        })
        .map((name) => `${path}: ${name}`),
    );
    expect(missing).toEqual([]);
  });
});
