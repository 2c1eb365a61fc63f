// Kills training with SIGKILL at random moments, half of them aimed at a save, and looks at every file
// each time: the model and the checkpoint must be absent, the old one or a new one, never torn, and a
// run that goes on from the checkpoint to the end must give the bytes of one that was never stopped.
// Then the killed run itself goes on, to be killed again. Prints the counts; exit code 1 if anything was
// wrong.
// Run: npm run build && node scripts/kill-test.mjs [--kills 300] [--seed 1] [--json]
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readResumable } from '../dist/src/model/checkpoint.js';
import { readModel } from '../dist/src/model/file.js';
import { Random } from '../dist/src/random.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const kills = Number(values.kills);
const random = new Random(Number(values.seed), 0);
const bin = fileURLToPath(new URL('../dist/bin/backprop-train.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'backprop-kill-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const MODEL = join(folder, 'model.json');
const CHECKPOINT = join(folder, 'run.json');
const HISTORY = join(folder, 'history.csv');
const EPOCHS = 40;
/** About how long a save takes. */
const SAVE_MS = 2;
const RUN = [
  ...[
    '--dataset',
    'mnist-mini',
    '--epochs',
    `${EPOCHS}`,
    '--validation',
    '0.2',
    '--momentum',
    '0.5',
  ],
  ...['--seed', '5', '--hidden', '6', '--lr', '0.1'],
];
const FILES = ['-q', '-o', MODEL, '--checkpoint', CHECKPOINT, '--history', HISTORY];

const counts = { kills: 0, inASave: 0, checked: 0, started: 0, resumed: 0, finished: 0 };
const faults = { torn: 0, wrong: 0 };
const temporaries = { left: 0, mostAtOnce: 0, afterAFinishedRun: 0 };
/** @type {string[]} */
const problems = [];

/** An older model and its history, which a kill may leave but not damage. */
const older = await filesOf(['--dataset', 'mnist-mini', '--epochs', '1'], 'older');
const expected = await filesOf(RUN, 'expected');
/** Milliseconds from the start of a run to its end. */
let duration = (await runKilled([...RUN, ...FILES])).milliseconds;
check(hashesNow(), expected, 'a run with --checkpoint');

while (counts.kills < kills) {
  startOver();
  for (;;) {
    const before = existsSync(CHECKPOINT) ? await progress() : 0;
    const args = before > 0 ? ['--resume', CHECKPOINT, ...FILES] : [...RUN, ...FILES];
    counts[before > 0 ? 'resumed' : 'started']++;
    // Beyond the count, this run is still gone on with until it is finished.
    const moment = counts.kills < kills ? momentAfter(before) : undefined;
    const { killed, milliseconds } = await runKilled(args, moment);
    if (!killed) {
      duration = Math.max(duration / 2, milliseconds);
      break;
    }
    counts.kills++;
    await look(before);
  }
  counts.finished++;
  check(hashesNow(), expected, `run ${counts.finished}, killed and gone on with`);
  temporaries.afterAFinishedRun += temporariesNow();
}

const result = { seed: Number(values.seed), ...counts, ...faults, temporaries, problems };
if (values.json) console.log(JSON.stringify(result));
else print();
process.exitCode = problems.length > 0 ? 1 : 0;

function print() {
  const { left, mostAtOnce, afterAFinishedRun } = temporaries;
  const lines = [
    [
      'kills',
      `${counts.kills}, ${counts.inASave} of them during a save (SIGKILL, seed ${values.seed})`,
    ],
    [
      'resumed',
      `${counts.checked} of their checkpoints to the end, and compared with a run never stopped`,
    ],
    [
      'runs',
      `${counts.started} begun, ${counts.resumed} gone on with, ${counts.finished} finished`,
    ],
    ['torn files', `${faults.torn}`],
    ['wrong results', `${faults.wrong}`],
    [
      'temporaries',
      `${left} left by kills, ${mostAtOnce} at once, ${afterAFinishedRun} in the end`,
    ],
  ];
  for (const [name, value] of lines) console.log(`${name?.padEnd(14)} ${value}`);
  for (const problem of problems) console.error(`error: ${problem}`);
}

/**
 * When to kill: after so many milliseconds, or so many after the beginning of save number `save`.
 * @typedef {{ milliseconds: number, save?: number }} Moment
 * @param {number} before the epoch of the checkpoint
 * @returns {Moment}
 */
function momentAfter(before) {
  if (random.below(2) === 0) return { milliseconds: random.uniform() * duration };
  // One for each epoch to come, then model and history.
  const saves = EPOCHS - Math.floor(before) + 3;
  return { milliseconds: random.uniform() * SAVE_MS, save: 1 + random.below(saves) };
}

/** Empties the folder; every second time there is an older model, which must stay until the end. */
function startOver() {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  if (random.below(2) === 0) return;
  writeFileSync(MODEL, older.modelBytes);
  writeFileSync(HISTORY, older.historyBytes);
}

/**
 * Runs it, and kills it at a moment unless it has ended by then.
 * @param {readonly string[]} args
 * @param {Moment} [moment]
 * @returns {Promise<{ killed: boolean, milliseconds: number }>}
 */
function runKilled(args, moment) {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    const kill = () => child.kill('SIGKILL');
    const stopAiming = aim(kill, moment);
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      stopAiming();
      if (code !== 0 && signal !== 'SIGKILL') {
        console.error(`error: training ended with ${code ?? signal}: ${stderr.trim()}`);
        process.exit(1);
      }
      resolve({ killed: signal === 'SIGKILL', milliseconds: performance.now() - begin });
    });
  });
}

/**
 * Calls `kill` at a moment.
 * @param {() => void} kill
 * @param {Moment | undefined} moment
 * @returns {() => void} forgets it again
 */
function aim(kill, moment) {
  if (!moment) return () => {};
  if (moment.save === undefined) {
    const timer = setTimeout(kill, moment.milliseconds);
    return () => clearTimeout(timer);
  }
  /** @type {Set<string>} */
  const seen = new Set(readdirSync(folder));
  let saves = 0;
  const watcher = watch(folder, (_, name) => {
    if (!name?.endsWith('.tmp') || seen.has(name)) return;
    seen.add(name);
    if (++saves === moment.save) setTimeout(kill, moment.milliseconds);
  });
  return () => watcher.close();
}

/**
 * Trains without checkpoints.
 * @param {readonly string[]} args
 * @param {string} name
 */
async function filesOf(args, name) {
  const [model, history] = [join(folder, `${name}.json`), join(folder, `${name}.csv`)];
  await runKilled([...args, '-q', '-o', model, '--history', history]);
  const [modelBytes, historyBytes] = [readFileSync(model), readFileSync(history)];
  return { modelBytes, historyBytes, model: hash(modelBytes), history: hash(historyBytes) };
}

/**
 * Looks at every file after a kill.
 * @param {number} before how far the checkpoint was
 */
async function look(before) {
  for (const [path, name] of /** @type {const} */ ([
    [MODEL, 'model'],
    [HISTORY, 'history'],
  ])) {
    const found = existsSync(path) ? readFileSync(path) : null;
    const known = found === null || [older[name], expected[name]].includes(hash(found));
    if (known || (name === 'history' && hasWholeLines(found))) continue;
    torn(`${name} is neither the old nor the new one after kill ${counts.kills}`);
  }
  if (existsSync(MODEL)) await readModel(MODEL).catch((error) => torn(error.message));
  if (existsSync(CHECKPOINT)) {
    const now = await progress();
    if (now < before) wrong(`the checkpoint went back from epoch ${before} to ${now}`);
    await goOn();
  } else if (before > 0) {
    wrong('the checkpoint has gone');
  }
  const left = temporariesNow();
  ageTemporaries();
  counts.inASave += left > 0 ? 1 : 0;
  temporaries.left += left;
  temporaries.mostAtOnce = Math.max(temporaries.mostAtOnce, left);
}

/**
 * Whether these are the history's first lines, each whole: it grows during the run.
 * @param {Buffer} found
 */
function hasWholeLines(found) {
  const { length } = found;
  return found.at(-1) === 10 && expected.historyBytes.subarray(0, length).equals(found);
}

/** Goes on from a copy of the checkpoint to the end, in another folder. */
async function goOn() {
  const aside = mkdtempSync(join(tmpdir(), 'backprop-kill-'));
  const copy = join(aside, 'run.json');
  const [model, history] = [join(aside, 'model.json'), join(aside, 'history.csv')];
  copyFileSync(CHECKPOINT, copy);
  await runKilled(['--resume', copy, '-q', '-o', model, '--history', history]);
  check(hashesNow(model, history), expected, `gone on with after kill ${counts.kills}`);
  counts.checked++;
  rmSync(aside, { recursive: true });
}

/** How far the checkpoint is, in epochs; every field of it is checked. */
async function progress() {
  try {
    const { checkpoint } = await readResumable(CHECKPOINT);
    return checkpoint ? checkpoint.state.epoch + checkpoint.state.step / 1e6 : 0;
  } catch (error) {
    torn(error instanceof Error ? error.message : String(error));
    return 0;
  }
}

/** Makes what the kill left as old as the next run must find it to remove it. */
function ageTemporaries() {
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.tmp')) utimesSync(join(folder, name), 0, 0);
  }
}

function temporariesNow() {
  return readdirSync(folder).filter((name) => name.endsWith('.tmp')).length;
}

function hashesNow(model = MODEL, history = HISTORY) {
  return { model: hash(readFileSync(model)), history: hash(readFileSync(history)) };
}

/**
 * @param {{ model: string, history: string }} found
 * @param {{ model: string, history: string }} wanted
 * @param {string} what
 */
function check(found, wanted, what) {
  if (found.model !== wanted.model) wrong(`${what}: another model`);
  if (found.history !== wanted.history) wrong(`${what}: another history`);
}

/** @param {string} problem */
function torn(problem) {
  faults.torn++;
  problems.push(problem);
}

/** @param {string} problem */
function wrong(problem) {
  faults.wrong++;
  problems.push(problem);
}

/** @param {Uint8Array} bytes */
function hash(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
