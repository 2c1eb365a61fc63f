// The benchmark: compares, measures, and writes scripts/bench/results.
//   npm run bench                        everything, about nine minutes
//   npm run bench -- --quick             about a minute; prints and writes nothing
//   npm run bench -- --only epoch        one part: epoch, batch, count, deep or commands; writes nothing
//   node scripts/bench/bench.mjs --render   the tables again from results.json

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measureCommands } from './commands.mjs';
import { machine, versionsOf } from './machine.mjs';
import { Measurements, measureThreads } from './measure.mjs';
import { plan } from './plan.mjs';
import { report } from './report.mjs';
import { ratio } from './statistics.mjs';
import { epochs } from './views.mjs';

/** @typedef {import('./commands.mjs').Commands} Commands */
/** @typedef {import('./measure.mjs').ThreadRound} ThreadRound */
/**
 * @typedef {object} Results
 * @property {string} command
 * @property {number} seconds
 * @property {import('./machine.mjs').Machine} machine
 * @property {Record<string, string>} versions by peer
 * @property {Record<string, string>} absent by peer: why
 * @property {string[]} skipped
 * @property {import('./measure.mjs').Agreement[]} agreements
 * @property {import('./measure.mjs').Sample[]} samples
 * @property {ThreadRound[]} threads
 * @property {Commands | null} commands
 */

const PARTS = /** @type {const} */ (['epoch', 'batch', 'count', 'deep', 'commands']);
const resultsDir = new URL('results/', import.meta.url);

/** @param {{ quick: boolean, only: string | undefined }} options @returns {Promise<Results>} */
async function measure({ quick, only }) {
  const began = performance.now();
  const about = machine();
  const thePlan = plan(quick);
  const measurements = new Measurements();
  /** @param {string} text */
  const log = (text) => {
    const seconds = ((performance.now() - began) / 1000).toFixed(0).padStart(4);
    process.stderr.write(`${seconds} s  ${text}\n`);
  };
  await measurements.run(thePlan.agreement, log);
  for (const part of /** @type {const} */ (['epoch', 'batch', 'count', 'deep'])) {
    if (!only || only === part) await measurements.run(thePlan[part], log);
  }
  const threads = !only || only === 'epoch' ? measureThreads(thePlan.threadRounds, log) : [];
  const commands =
    !only || only === 'commands' ? measureCommands(thePlan.commandRounds, log) : null;
  const flags = `${quick ? ' --quick' : ''}${only ? ` --only ${only}` : ''}`;
  return {
    command: `npm run bench${flags && ` --${flags}`}`,
    seconds: Math.round((performance.now() - began) / 1000),
    machine: about,
    versions: versionsOf(measurements.samples),
    absent: { ...Object.fromEntries(measurements.absent), ...commands?.absent },
    skipped: only ? [...thePlan.skipped, `every part but ${only}`] : thePlan.skipped,
    agreements: [...measurements.agreements.values()],
    samples: measurements.samples,
    threads,
    commands,
  };
}

/** How many times as fast as the reference kernel the fast one has to be, plain, batch 64, one thread. */
const LEAST = 20;

/** The only ratio that a run is judged by. @param {Results} results @throws Error if it is too small */
function assertFast(results) {
  const found = ratio(epochs(results, 'reference', 1), epochs(results, 'simd', 1));
  if (found && !(found.median >= LEAST)) {
    const times = found.median.toFixed(1);
    throw new Error(`simd is ${times} times as fast as reference, expected at least ${LEAST}`);
  }
}

/** One sample a line, in as few digits as mean anything. @param {Results} results */
function formatResults({ samples, threads, commands, ...rest }) {
  /** @param {string} key @param {unknown} value */
  const rounded = (key, value) =>
    typeof value === 'number' && !/loss/i.test(key) && !Number.isInteger(value)
      ? Number(value.toPrecision(5))
      : value;
  /** @param {object[]} list */
  const lines = (list) =>
    `[\n    ${list.map((one) => JSON.stringify(one, rounded)).join(',\n    ')}\n  ]`;
  const parts = Object.entries(rest).map(([key, value]) => [key, JSON.stringify(value, rounded)]);
  parts.push(['samples', lines(samples)], ['threads', lines(threads)]);
  parts.push(['commands', JSON.stringify(commands, rounded)]);
  return `{\n${parts.map(([key, text]) => `  "${key}": ${text}`).join(',\n')}\n}\n`;
}

async function main() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      render: { type: 'boolean', default: false },
    },
  });
  const { quick, only, render } = values;
  if (only !== undefined && !PARTS.some((part) => part === only)) {
    throw new Error(`--only ${only}: expected one of ${PARTS.join(', ')}`);
  }
  const json = new URL('results.json', resultsDir);
  const readme = new URL('README.md', resultsDir);
  if (render) {
    writeFileSync(readme, report(JSON.parse(readFileSync(json, 'utf8'))));
    return;
  }
  const results = await measure({ quick, only });
  if (quick || only) {
    console.log(report(results));
    if (quick) assertFast(results);
    return;
  }
  mkdirSync(resultsDir, { recursive: true });
  writeFileSync(json, formatResults(results));
  writeFileSync(readme, report(results));
  console.log(`${results.seconds} s; see scripts/bench/results/README.md`);
}

await main().catch((error) => {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});
