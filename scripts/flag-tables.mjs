// Writes the tables of flags in src/cli/README.md, one under each command's heading, from the commands
// themselves. With --check it writes nothing; exit code 1 if a table says anything else.
// Run: npm run build && node scripts/flag-tables.mjs [--check]
import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from '@commander-js/extra-typings';
import { convertCommand } from '../dist/src/cli/convert/command.js';
import { dataCommand } from '../dist/src/cli/data/command.js';
import { evalCommand } from '../dist/src/cli/eval/command.js';
import { explainCommand } from '../dist/src/cli/explain/command.js';
import { trainCommand } from '../dist/src/cli/train/command.js';

const readme = new URL('../src/cli/README.md', import.meta.url);
const { stdin, stdout, stderr, env } = process;
const context = { stdin: () => stdin, stdout, stderr, env, signal: new AbortController().signal };

const before = readFileSync(readme, 'utf8');
let after = before;
for (const create of [trainCommand, evalCommand, explainCommand, convertCommand, dataCommand]) {
  const command = create(context);
  if (!(command instanceof Command)) throw new TypeError('expected a command of commander');
  after = withTable(after, command.name(), command);
  for (const sub of command.commands) {
    after = withTable(after, `${command.name()} ${sub.name()}`, sub);
  }
}
if (!process.argv.includes('--check')) writeFileSync(readme, after);
else if (after !== before) {
  console.error('src/cli/README.md: run node scripts/flag-tables.mjs');
  process.exitCode = 1;
}

/**
 * The text with this command's table in place of the one under its heading.
 * @param {string} text
 * @param {string} name
 * @param {import('@commander-js/extra-typings').CommandUnknownOpts} command
 */
function withTable(text, name, command) {
  const heading = text.indexOf(`\n### ${name}\n`);
  const begin = text.indexOf('\n| flag |', heading) + 1;
  const end = begin + text.slice(begin).search(/\n(\n|$)/) + 1;
  if (heading < 0 || begin === 0) throw new Error(`src/cli/README.md has no table for ${name}`);
  const rows = command.options
    .filter(({ long }) => long !== '--version')
    .map(({ flags, description, argChoices, defaultValue, defaultValueDescription, negate }) => {
      const otherwise = defaultValueDescription ?? defaultValue;
      const choices = argChoices
        ? `: ${argChoices.map((choice) => `\`${choice}\``).join(', ')}`
        : '';
      const value = negate || otherwise === undefined ? '' : ` ${otherwise}`;
      return `| \`${flags}\` | ${description}${choices} |${value} |\n`;
    });
  const table = `| flag | meaning | default |\n|---|---|---|\n${rows.join('')}`;
  return text.slice(0, begin) + table + text.slice(end);
}
