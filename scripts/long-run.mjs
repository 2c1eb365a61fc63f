// Trains 2,000 epochs on a small set and shows that memory stays flat and the history is complete; then
// interrupts runs at random moments and shows how soon they end. Prints the figures; exit code 1 if one
// is beyond its bound. Linux only: memory is read from /proc.
// Run: npm run build && node scripts/long-run.mjs [--interruptions 20] [--seed 1]
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Random } from '../dist/src/random.js';

const EPOCHS = 2000;
/** A run may grow by so much from its first quarter to its end. */
const MEMORY_BOUND = 24e6;
/** From the signal to the end of the process, checkpoint included. */
const ANSWER_BOUND_MS = 200;

const { values } = parseArgs({
  options: {
    interruptions: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
});
const random = new Random(Number(values.seed), 0);
const bin = fileURLToPath(new URL('../dist/bin/backprop-train.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'backprop-long-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

let good = true;
await longRun(['--dataset', 'mnist-mini', '--limit', '100']);
await interruptions('mnist-mini', ['--dataset', 'mnist-mini'], 1000);
await interruptions('mnist', ['--offline', '--validation', '0.2'], 3000);
process.exitCode = good ? 0 : 1;

/** @param {readonly string[]} data */
async function longRun(data) {
  const history = join(folder, 'h.jsonl');
  const saving = ['--checkpoint', join(folder, 'run.json'), '--history', history];
  const child = start([...data, '--epochs', String(EPOCHS), '--json', ...saving]);
  /** @type {number[]} */
  const memory = [];
  let text = '';
  for await (const chunk of child.stdout) {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const { event, epoch } = JSON.parse(line);
      if (event === 'epoch' && epoch % (EPOCHS / 8) === 0) memory.push(residentBytes(child.pid));
    }
  }
  const megabytes = memory.map((bytes) => (bytes / 1e6).toFixed(1)).join(' ');
  const growth = Math.max(...memory.slice(2)) - /** @type {number} */ (memory[1]);
  const lines = readFileSync(history, 'utf8').trimEnd().split('\n').length;
  console.log(`memory, every ${EPOCHS / 8} epochs, MB   ${megabytes}`);
  report('growth after the first quarter, MB', growth / 1e6, MEMORY_BOUND / 1e6);
  console.log(`lines of history                    ${lines} of ${EPOCHS}`);
  good &&= lines === EPOCHS;
}

/**
 * @param {string} name
 * @param {readonly string[]} data
 * @param {number} longest milliseconds until the signal
 */
async function interruptions(name, data, longest) {
  /** @type {number[]} */
  const answers = [];
  for (let i = 0; i < Number(values.interruptions); i++) {
    const checkpoint = join(folder, `${name}-${i}.json`);
    const child = start([
      ...data,
      '--epochs',
      '100000',
      '-o',
      '/dev/null',
      '--checkpoint',
      checkpoint,
    ]);
    child.stdout.resume();
    await new Promise((resolve) => setTimeout(resolve, 300 + random.uniform() * longest));
    if (child.exitCode !== null) {
      console.log(`SIGINT to ${name}: not measured, training ended with ${child.exitCode}`);
      return;
    }
    const before = performance.now();
    child.kill('SIGINT');
    await new Promise((resolve) => child.on('close', resolve));
    answers.push(performance.now() - before);
  }
  answers.sort((a, b) => a - b);
  const median = /** @type {number} */ (answers[answers.length >> 1]);
  console.log(`SIGINT to the end, ${name}, median ms: ${median.toFixed(0)} of ${answers.length}`);
  report(`SIGINT to the end, ${name}, longest ms`, Math.max(...answers), ANSWER_BOUND_MS);
}

/** @param {readonly string[]} args */
function start(args) {
  return spawn(process.execPath, [bin, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** @param {number | undefined} pid */
function residentBytes(pid) {
  const [, kilobytes] =
    /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/**
 * @param {string} what
 * @param {number} value
 * @param {number} bound
 */
function report(what, value, bound) {
  console.log(
    `${what}: ${value.toFixed(1)}, at most ${bound}${value <= bound ? '' : '  TOO MUCH'}`,
  );
  good &&= value <= bound;
}
