// Where each peer's program is, or why there is none.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ absent: string }} Absent */
/** @typedef {{ command: string, args: string[] }} Program */

const peersDir = fileURLToPath(new URL('peers/', import.meta.url));
const install = 'npm ci --prefix scripts/bench/peers';

/** @type {Record<string, (hidden: number) => Program | Absent>} */
const finders = {
  simd: () => ours('simd'),
  reference: () => ours('reference'),
  native: (hidden) => native(hidden > 0 ? 'native_deep' : 'native'),
  numpy: (hidden) => numeric('numpy', hidden > 0 ? 'numpy_deep_peer.py' : 'numpy_peer.py'),
  pytorch: () => numeric('torch', 'pytorch_peer.py'),
  'pytorch-closed': () => numeric('torch', 'pytorch_peer.py', '--step', 'closed'),
  'pytorch-dataloader': () => numeric('torch', 'pytorch_peer.py', '--dataloader'),
  sklearn: () => numeric('sklearn', 'sklearn_peer.py'),
  'tfjs-wasm': () => node('tfjs.mjs', '--backend', 'wasm'),
  'tfjs-cpu': () => node('tfjs.mjs', '--backend', 'cpu'),
  'jax-js': () => node('jaxjs.mjs'),
};
export const peerNames = Object.keys(finders);

/** @type {Map<string, Program | Absent>} */
const found = new Map();

/**
 * @param {string} name one of peerNames @param {number} hidden units of the hidden layer, 0 for none
 * @returns {Program | Absent}
 */
export function findPeer(name, hidden) {
  const find = finders[name];
  if (!find) throw new Error(`unknown peer ${name}: expected one of ${peerNames.join(', ')}`);
  const key = `${name}, ${hidden}`;
  const program = found.get(key) ?? find(hidden);
  found.set(key, program);
  return program;
}

/** @type {string | undefined} */
let folder;
/** A folder of this process in the system's temporary one, gone when the process ends. */
export function temporary() {
  if (folder === undefined) {
    const created = mkdtempSync(join(tmpdir(), 'backprop-bench-'));
    process.on('exit', () => rmSync(created, { recursive: true, force: true }));
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
      process.on(signal, () => process.exit(1));
    }
    folder = created;
  }
  return folder;
}

/** @param {string} source one of peers/, without .c @returns {Program | Absent} */
function native(source) {
  const compiler = process.env.CC || 'cc';
  const program = join(temporary(), source);
  /** @param {string[]} flags */
  const compile = (...flags) =>
    spawnSync(
      compiler,
      ['-O3', ...flags, '-pthread', join(peersDir, `${source}.c`), '-o', program, '-lm'],
      { encoding: 'utf8' },
    );
  const { error, status, stderr } = compile('-march=native');
  if (error) return { absent: `no C compiler (${compiler})` };
  // Some compilers know no -march=native.
  if (status !== 0 && compile().status !== 0) {
    const line = stderr.split('\n').find((text) => text.includes('error')) ?? 'no message';
    return { absent: `${compiler} failed: ${line}` };
  }
  return { command: program, args: [] };
}

/**
 * With the reference BLAS, which is what a system may bring, NumPy and PyTorch take 20 times as long:
 * threadpoolctl knows the others.
 * @param {string} module @param {string} script one of peers/ @param {string[]} args
 * @returns {Program | Absent}
 */
export function numeric(module, script, ...args) {
  const probe = `import ${module}, sys, threadpoolctl as t
sys.exit(all(pool['user_api'] != 'blas' for pool in t.threadpool_info()))`;
  const wanted = `${module}, threadpoolctl and a fast BLAS such as OpenBLAS`;
  return python(probe, wanted, script, ...args);
}

/**
 * Debian's packages belong to its own python3, which need not be the first on the path.
 * @param {string} probe what has to run without an error @param {string} wanted the same in words
 * @param {string} script one of peers/ @param {string[]} args
 * @returns {Program | Absent}
 */
export function python(probe, wanted, script, ...args) {
  for (const command of [process.env.BENCH_PYTHON, '/usr/bin/python3', 'python3']) {
    if (command && spawnSync(command, ['-c', probe]).status === 0) {
      return { command, args: [join(peersDir, script), ...args] };
    }
  }
  return { absent: `no python3 with ${wanted} (or name one in BENCH_PYTHON)` };
}

/** @param {string} script @param {string[]} args @returns {Program | Absent} */
function node(script, ...args) {
  if (!existsSync(join(peersDir, 'node_modules/@jax-js/jax'))) {
    return { absent: `not installed: ${install}` };
  }
  return { command: process.execPath, args: [join(peersDir, script), ...args] };
}

/** @param {string} kernel @returns {Program} */
function ours(kernel) {
  return { command: process.execPath, args: [join(peersDir, 'ours.mjs'), '--kernel', kernel] };
}
