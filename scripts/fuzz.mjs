// Tries many hostile files of each kind that the program reads (IDX, gzip, model.json,
// safetensors, npz, checkpoint, PNG, JPEG, answers to a worksheet)
// and measures what a test should not assert: the slowest file, and the process's peak memory. Each kind
// runs in a process of its own with a small heap. A file counts as a hang when it needs more than a
// second, twice. Exit code 1 if an error is untyped, a file hangs, or the peak is above 300 MB.
// Run: node scripts/fuzz.mjs [--runs 10000] [--seed N] [idx gzip model.json safetensors npz checkpoint png png-chunks jpeg answers]
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';

const PEAK_LIMIT = 300e6;
const TIME_LIMIT = 1000;
/** Longer than this without a word, and the process is ended. */
const SILENCE_LIMIT = 60_000;
const KINDS = [
  'idx',
  'gzip',
  'model.json',
  'safetensors',
  'npz',
  'checkpoint',
  'png',
  'png-chunks',
  'jpeg',
  'answers',
];
const self = fileURLToPath(import.meta.url);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    bundle: { type: 'string' },
  },
});
const numRuns = Number(values.runs);
const seed = Number(values.seed);
const kinds = positionals.length > 0 ? positionals : KINDS;
if (!(numRuns > 0 && Number.isInteger(seed)) || kinds.some((kind) => !KINDS.includes(kind))) {
  console.error(`error: expected --runs N, --seed N and kinds of ${KINDS.join(' ')}.`);
  process.exit(2);
}

if (values.bundle) await child(values.bundle, /** @type {string} */ (kinds[0]));
else process.exitCode = await parent();

/** Bundles the targets, which are TypeScript, and attacks each kind in a process of its own. */
async function parent() {
  // There the bundle finds the JPEG decoder's WebAssembly.
  const folder = mkdtempSync(
    fileURLToPath(new URL('../node_modules/.backprop-fuzz-', import.meta.url)),
  );
  try {
    const input = fileURLToPath(new URL('../test/hostile/targets.ts', import.meta.url));
    const bundle = await rolldown({ input, platform: 'node', logLevel: 'silent' });
    await bundle.write({
      dir: folder,
      entryFileNames: 'targets.mjs',
      chunkFileNames: '[name].mjs',
    });
    console.log(`${numRuns} files of each kind, seed ${seed}`);
    console.log('kind        accepted  refused  slowest  peak memory  seconds');
    let good = true;
    for (const kind of kinds) good = (await attackKind(kind, join(folder, 'targets.mjs'))) && good;
    return good ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} kind
 * @param {string} bundle
 * @returns {Promise<boolean>}
 */
function attackKind(kind, bundle) {
  const start = performance.now();
  const args = ['--max-old-space-size=200', self, kind, '--bundle', bundle];
  args.push('--runs', String(numRuns), '--seed', String(seed));
  const process = spawn(globalThis.process.execPath, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const silence = setTimeout(() => process.kill('SIGKILL'), SILENCE_LIMIT);
  /** @type {Result | undefined} */
  let result;
  process.on('message', (message) => {
    silence.refresh();
    if (typeof message === 'object' && message) result = /** @type {any} */ (message);
  });
  return new Promise((resolve) => {
    process.on('close', (code, signal) => {
      clearTimeout(silence);
      if (!result) {
        console.log(`${kind.padEnd(10)}  FAILED: the process ended with ${signal ?? code}`);
        return resolve(false);
      }
      resolve(report(kind, result, (performance.now() - start) / 1000));
    });
  });
}

/**
 * @typedef {{ accepted: number, refused: number, slowest: number, hang: string, peak: number,
 *   failure: string }} Result
 * @param {string} kind
 * @param {Result} result
 * @param {number} seconds
 */
function report(kind, { accepted, refused, slowest, hang, peak, failure }, seconds) {
  const cells = [String(accepted).padStart(8), String(refused).padStart(7)];
  cells.push(`${slowest.toFixed(0)} ms`.padStart(7), `${(peak / 1e6).toFixed(0)} MB`.padStart(11));
  console.log(`${kind.padEnd(10)}  ${cells.join('  ')}  ${seconds.toFixed(1).padStart(7)}`);
  if (failure) console.log(`FAILED: ${failure}`);
  if (hang) console.log(`FAILED: more than ${TIME_LIMIT} ms, twice: ${hang}`);
  if (peak > PEAK_LIMIT) console.log(`FAILED: more than ${PEAK_LIMIT / 1e6} MB`);
  return !failure && !hang && peak <= PEAK_LIMIT;
}

/**
 * In the process of its own: attacks, and tells the parent what came of it.
 * @param {string} bundle
 * @param {string} kind
 */
async function child(bundle, kind) {
  const { attack, targets } = await import(pathToFileURL(bundle).href);
  const target = targets.find((/** @type {{ name: string }} */ { name }) => name === kind);
  const folder = mkdtempSync(join(tmpdir(), 'backprop-fuzz-'));
  const work = join(folder, 'work');
  const result = { accepted: 0, refused: 0, slowest: 0, hang: '', peak: 0, failure: '' };
  /** @type {unknown} */
  let slow;
  let spoken = performance.now();
  const onRun = (/** @type {number} */ milliseconds, /** @type {unknown} */ hostile) => {
    if (milliseconds > result.slowest) {
      result.slowest = milliseconds;
      slow = hostile;
    }
    if (performance.now() - spoken < 1000) return;
    spoken = performance.now();
    process.send?.('alive');
  };
  try {
    Object.assign(result, await attack(target, work, { seed, numRuns, onRun }));
    if (result.slowest > TIME_LIMIT) result.hang = await again(target, slow, work);
  } catch (error) {
    result.failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  result.peak = peakMemory();
  process.send?.(result, () => process.disconnect());
}

/** On Linux not maxRSS, which begins with that of the process that started this one. */
function peakMemory() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/**
 * The slowest file once more: the machine may have been busy elsewhere.
 * @param {{ attempt(hostile: unknown, folder: string): Promise<boolean> }} target
 * @param {unknown} hostile
 * @param {string} folder
 */
async function again(target, hostile, folder) {
  const start = performance.now();
  await target.attempt(hostile, folder);
  const { seed, mutation } = /** @type {{ seed: number, mutation: unknown }} */ (hostile);
  return performance.now() - start > TIME_LIMIT ? `file ${seed}, ${mutation}` : '';
}
