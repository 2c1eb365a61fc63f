// Whole processes: from spawn to exit, in rounds, their results verified.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkModel, checkScript } from './model-check.mjs';
import { numeric, python, temporary } from './peer-programs.mjs';
import { mnistData } from './work.mjs';

/** @typedef {{ command: string, args: string[] }} Program */
/** @typedef {{ name: string, round: number, ms: number }} CommandSample */
/** @typedef {{ name: string, round: number, bytes: number, cpuSeconds: number }} MemorySample */
/** @typedef {{ commands: number, deep: number, tryThreads: boolean, starts: number, memory: number }} Rounds */
/**
 * @typedef {object} Commands
 * @property {CommandSample[]} samples
 * @property {MemorySample[]} memory
 * @property {Record<string, string>} absent
 * @property {Record<string, string>} modelSha256 by command: the same bytes in every round
 * @property {import('./model-check.mjs').Checked} model what all of them trained, evaluated anew
 * @property {Record<string, number>} deepAccuracy by command with a hidden layer, of the model it saved
 * @property {Record<string, number>} scriptThreads by script with a hidden layer: the faster number
 * @property {string} timings what --timings printed, empty if there is no such flag
 */

/** @param {string} name */
const bin = (name) => fileURLToPath(new URL(`../../dist/bin/${name}.js`, import.meta.url));

/** Names as the report shows them. */
export const NAMES = {
  train: 'backprop-train --epochs 5',
  trainOne: 'backprop-train --epochs 5 --threads 1',
  numpy: 'NumPy script',
  pytorch: 'PyTorch script',
  deep: 'backprop-train --hidden 128 --epochs 5',
  deepOne: 'backprop-train --hidden 128 --epochs 5 --threads 1',
  numpyDeep: 'NumPy script, 784-128-10',
  pytorchDeep: 'PyTorch script, 784-128-10',
  help: 'backprop-train --help',
  nothing: 'node -e 0',
  evaluate: 'backprop-eval model.json',
};
/** Those that do the same work. */
export const TRAINING = [NAMES.train, NAMES.trainOne, NAMES.numpy, NAMES.pytorch];

/** The same with a hidden layer. */
export const DEEP_TRAINING = [NAMES.deep, NAMES.deepOne, NAMES.numpyDeep, NAMES.pytorchDeep];
/** What they have to reach on the test images. */
const DEEP_ACCURACY = 0.98;

/** The folder where the commands run: nothing is cached there, so the data come from the npm package. */
function commandFolder() {
  const folder = join(temporary(), 'commands');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** @param {Program} program @param {number} [timeout] milliseconds, after which it is ended: an error */
function run({ command, args }, timeout) {
  const cwd = commandFolder();
  const env = { ...process.env, XDG_CACHE_HOME: cwd, BACKPROP_DATA_DIR: '' };
  for (const name of ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE', 'NODE_OPTIONS', 'DEBUG']) {
    delete (/** @type {NodeJS.ProcessEnv} */ (env)[name]);
  }
  const begin = performance.now();
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env: { ...env, PYTHONDONTWRITEBYTECODE: '1' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
  });
  const ms = performance.now() - begin;
  if (error || status !== 0) {
    throw new Error(`${command} ${args.join(' ')} failed (${status}): ${error ?? stderr}`);
  }
  return { ms, stdout, stderr };
}

/** @param {string} command @param {string[]} args @returns {Program} */
const ours = (command, ...args) => ({ command: process.execPath, args: [bin(command), ...args] });

/** @param {string} file */
const inFolder = (file) => join(commandFolder(), file);

/**
 * What is run, and whether its output is right.
 * @param {Record<string, string>} absent filled
 */
function programs(absent) {
  const train = ['--epochs', '5', '--out'];
  const helpText = run(ours('backprop-train', '--help')).stdout;
  /** @type {Record<string, Program>} */
  const trainers = { [NAMES.train]: ours('backprop-train', ...train, NAMES.train) };
  if (helpText.includes('--threads')) {
    const args = [...train, NAMES.trainOne, '--threads', '1'];
    trainers[NAMES.trainOne] = ours('backprop-train', ...args);
  }
  /** @type {Record<string, Program>} */
  const scripts = {};
  for (const [name, module, script] of [
    [NAMES.numpy, 'numpy', 'numpy_script.py'],
    [NAMES.pytorch, 'torch', 'pytorch_script.py'],
  ]) {
    const found = numeric(module, script, mnistData, inFolder(name));
    if ('absent' in found) absent[name] = found.absent;
    else scripts[name] = found;
  }
  /** @type {Record<string, Program>} */
  const starts = {
    [NAMES.nothing]: { command: process.execPath, args: ['-e', '0'] },
    [NAMES.help]: ours('backprop-train', '--help'),
    [NAMES.evaluate]: ours('backprop-eval', NAMES.train),
  };
  return { trainers, scripts, starts, timings: helpText.includes('--timings') };
}

/** Whether `a` takes less time than `b`: it is not given more than that. @param {Program} a @param {Program} b */
function isFaster(a, b) {
  const { ms } = run(b);
  try {
    return run(a, Math.ceil(ms)).ms < ms;
  } catch {
    return false;
  }
}

/**
 * Training with a hidden layer: ours, and each script with the number of threads that serves it best.
 * @param {Commands} result filled @param {Rounds} rounds @param {(text: string) => void} log
 * @returns {Record<string, Program>} what was run
 */
function measureDeep(result, { deep: rounds, tryThreads }, log) {
  const train = ['--hidden', '128', '--epochs', '5', '--out'];
  /** @type {Record<string, Program>} */
  const all = {
    [NAMES.deep]: ours('backprop-train', ...train, NAMES.deep),
    [NAMES.deepOne]: ours('backprop-train', ...train, NAMES.deepOne, '--threads', '1'),
  };
  for (const [name, module, script] of [
    [NAMES.numpyDeep, 'numpy', 'numpy_deep_script.py'],
    [NAMES.pytorchDeep, 'torch', 'pytorch_deep_script.py'],
  ]) {
    const found = numeric(module, script, mnistData, inFolder(name));
    if ('absent' in found) {
      result.absent[name] = found.absent;
      continue;
    }
    const [one, two] = ['1', '2'].map((threads) => ({ ...found, args: [...found.args, threads] }));
    if (tryThreads) log(`${name}: one thread or two`);
    const isTwoFaster = tryThreads && isFaster(two, one);
    all[name] = isTwoFaster ? two : one;
    result.scriptThreads[name] = isTwoFaster ? 2 : 1;
  }
  for (let round = 0; round < rounds; round++) {
    log(`commands with a hidden layer ${round + 1}/${rounds}`);
    for (const [name, program] of Object.entries(all)) {
      result.samples.push({ name, round, ms: run(program).ms });
      if (round > 0) continue;
      const checked = checkModel(inFolder(NAMES.deep));
      const isOurs = !name.includes('script');
      const { accuracy } = isOurs
        ? checkModel(inFolder(name)).test
        : checkScript(name, inFolder(name), checked, 0.2);
      if (!(accuracy >= DEEP_ACCURACY)) {
        throw new Error(`${name}: accuracy ${accuracy}, expected ${DEEP_ACCURACY} or more`);
      }
      result.deepAccuracy[name] = accuracy;
    }
  }
  return all;
}

/** @param {Rounds} rounds @param {(text: string) => void} log @returns {Commands} */
export function measureCommands(rounds, log) {
  /** @type {Record<string, string>} */
  const absent = {};
  const { trainers, scripts, starts, timings } = programs(absent);
  run(trainers[NAMES.train]);
  /** @type {Commands} */
  const result = {
    samples: [],
    memory: [],
    absent,
    modelSha256: {},
    model: checkModel(inFolder(NAMES.train)),
    deepAccuracy: {},
    scriptThreads: {},
    timings: '',
  };
  for (let round = 0; round < rounds.commands; round++) {
    log(`commands ${round + 1}/${rounds.commands}`);
    for (const [name, program] of Object.entries({ ...trainers, ...scripts })) {
      result.samples.push({ name, round, ms: run(program).ms });
      if (name in scripts) {
        checkScript(name, inFolder(name), result.model);
        continue;
      }
      const sha256 = createHash('sha256')
        .update(readFileSync(inFolder(name)))
        .digest('hex');
      result.modelSha256[name] ??= sha256;
      if (result.modelSha256[name] !== sha256) {
        throw new Error(`${name}: the same flags gave another model.json`);
      }
      if (round === 0) checkModel(inFolder(name));
    }
  }
  for (let round = 0; round < rounds.starts; round++) {
    log(`starts ${round + 1}/${rounds.starts}`);
    for (const [name, program] of Object.entries(starts)) {
      result.samples.push({ name, round, ms: run(program).ms });
    }
  }
  const deep = measureDeep(result, rounds, log);
  measureMemory(result, rounds.memory, { ...trainers, ...scripts, ...starts, ...deep });
  if (timings) {
    const { command, args } = trainers[NAMES.train];
    const { stderr } = run({ command, args: [...args, '--timings', '--quiet'] });
    result.timings = stderr.trimEnd();
  }
  return result;
}

/** @param {Commands} result @param {number} rounds @param {Record<string, Program>} programs */
function measureMemory(result, rounds, programs) {
  const launcher = python('import os; os.wait4', 'os.wait4', 'max_rss.py');
  if ('absent' in launcher) {
    result.absent['peak memory'] = launcher.absent;
    return;
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, { command, args }] of Object.entries(programs)) {
      const { stdout } = run({ ...launcher, args: [...launcher.args, command, ...args] });
      result.memory.push({ name, round, ...JSON.parse(stdout) });
    }
  }
}
