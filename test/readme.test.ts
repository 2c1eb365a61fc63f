import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from '@commander-js/extra-typings';
import { encode } from 'fast-png';
import { describe, expect, it, onTestFinished } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import type { Context, Runnable } from '../src/cli/context.js';
import { convertCommand } from '../src/cli/convert/command.js';
import { dataCommand } from '../src/cli/data/command.js';
import { evalCommand } from '../src/cli/eval/command.js';
import { explainCommand } from '../src/cli/explain/command.js';
import { trainCommand } from '../src/cli/train/command.js';
import { loadSplit } from '../src/dataset/load.js';
import { ExitCode } from '../src/errors.js';
import { pixelsAt } from '../src/images.js';
import { FORMULAS } from '../src/layers/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Every text of the repository, by its path. */
const texts = [
  ...readdirSync(root),
  ...['.github', 'data', 'scripts', 'src', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => !path.includes('node_modules'))
      .map((path) => join(folder, path)),
  ),
].filter((path) => path.endsWith('.md'));

/** The text of a section, up to the next heading of its level or above. */
function section(path: string, heading: string): string {
  const level = /^#+/.exec(heading)![0].length;
  const after = read(path).split(`${heading}\n`)[1];
  if (after === undefined) throw new Error(`${path} has no section "${heading}"`);
  return after.split(new RegExp(`^#{1,${level}} `, 'm'))[0]!;
}

/** The cells of all table rows, without headings and rules. */
function rows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line, at, lines) => /^\| (?!---)/.test(line) && !lines[at + 1]?.startsWith('|---'))
    .map((line) => line.replace(/^\| | *\|$/g, '').split(' | '))
    .map((cells) => cells.map((cell) => cell.trim()));
}

/** A folder in which programs find the package as built, and a picture. */
function programFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backprop-readme-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'backprop-train'), 'junction');
  return folder;
}

/** Runs a program. Returns the last line that it prints. */
function lastLineOf(code: string, folder: string): string | undefined {
  writeFileSync(join(folder, 'program.mjs'), code);
  const result = spawnSync(process.execPath, ['program.mjs'], { cwd: folder, encoding: 'utf8' });
  expect({ status: result.status, stderr: result.stderr }).toEqual({ status: 0, stderr: '' });
  return result.stdout.trim().split('\n').at(-1);
}

describe('the library example', () => {
  it('runs as it stands and ends with what the README says', () => {
    const text = section('README.md', '## As a library');
    const [, code] = /```js\n([\s\S]*?)```/.exec(text)!;
    const [, expected] = /ends with `([^`]+)`/.exec(text)!;
    expect(lastLineOf(code!, programFolder())).toBe(expected);
  });
});

describe('the programs of src/README.md', () => {
  it('run one after the other and end with what they say', async () => {
    const folder = programFolder();
    const { images } = await loadSplit('test', { name: 'mnist-mini' });
    const seven = pixelsAt(images, images.labels.indexOf(7));
    const { rows: height, columns: width } = images;
    writeFileSync(join(folder, 'seven.png'), encode({ width, height, data: seven, channels: 1 }));
    const programs = [...read('src/README.md').matchAll(/```js\n([\s\S]*?)```/g)];
    expect(programs.length).toBe(5);
    for (const [, code] of programs) {
      const expected = code!.trim().split('\n').at(-1)!.replace('// ', '');
      expect(lastLineOf(code!, folder)).toBe(expected);
    }
  });
});

describe('the tables of formulas', () => {
  const formulas = rows(section('README.md', '## The formulas as functions'));

  it('name functions that their files export', () => {
    expect(formulas.length).toBe(16);
    for (const [, name, file] of formulas) {
      const source = read(/\]\(([^)]+)\)/.exec(file!)![1]!);
      expect(source).toContain(`export function ${name!.replaceAll('`', '')}`);
    }
  });

  it('leave out no formula', () => {
    const named = formulas.map(([, name]) => name!.replaceAll('`', ''));
    const all = ['reshapeForward', 'reshapeBackward', ...Object.keys(FORMULAS), 'sgdStep'];
    expect(named.toSorted()).toEqual(all.toSorted());
  });
});

describe('the figures of speed', () => {
  it('are those of the last benchmark', () => {
    const results = read('scripts/bench/results/README.md').split('\n');
    const figures = rows(section('README.md', '## Speed'));
    expect(figures.length).toBeGreaterThan(8);
    for (const cells of figures) {
      const [name, ms, other] = cells.map((cell) => cell.replaceAll('**', ''));
      const measured = results.find((line) => line.startsWith(`| ${name} | ${ms} |`));
      expect(measured, `${name}, ${ms} ms`).toContain(` ${other} |`);
    }
  });
});

describe('src/cli/README.md', () => {
  it('has the flags of each command', () => {
    const script = join(root, 'scripts', 'flag-tables.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('lists every exit code', () => {
    const table = rows(section('src/cli/README.md', '## Exit codes'));
    const listed = table.flatMap(([codes]) => codes!.split(', '));
    for (const code of Object.values(ExitCode)) expect(listed).toContain(String(code));
  });
});

it('data/README.md has the hashes of mnist-mini', () => {
  const files = rows(section('data/README.md', '## mnist-mini'));
  expect(files.length).toBe(4);
  for (const [name, size, sha256] of files) {
    const bytes = readFileSync(join(root, 'data', 'mnist-mini', name!));
    expect(String(bytes.length)).toBe(size);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  }
});

describe.each(texts)('%s', (path) => {
  const text = read(path);
  const folder = join(root, dirname(path));

  it('has no dead links within the repository', () => {
    const links = [
      ...text.matchAll(/\]\((?![a-z]+:)([^)#]*)(?:#([^)]+))?\)/g),
      ...text.matchAll(/(?:src|srcset)="([^"]+)"/g),
    ];
    const dead = links.filter(([, target, anchor]) => {
      const file = target ? join(folder, target) : join(root, path);
      if (!existsSync(file)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
    });
    expect(dead.map(([link]) => link)).toEqual([]);
  });

  it('names only files that exist', () => {
    const spans = [...text.matchAll(/`([\w./-]+(?:\.(?:ts|mjs|py|md)|\/))`/g)].map(String);
    // In the tables of faults `download`: stands for download.test.ts.
    const tests = path.startsWith('test')
      ? [...text.matchAll(/`([\w./-]+)(?<!\.ts)`: /g)].map(([, name]) => `${name}.test.ts`)
      : [];
    const places = [folder, root, join(root, 'test')];
    const named = [...spans.map((span) => span.split('`')[1]!), ...tests];
    const missing = named.filter((name) => !places.some((place) => existsSync(join(place, name))));
    expect(missing).toEqual([]);
  });

  it('shows only commands that are understood', () => {
    for (const command of commandsIn(text)) understand(command);
  });
});

/** GitHub's names of the headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** The lines of shell blocks, and what stands in the text as `npx …`, `npm …`, `node …`. */
function commandsIn(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block!);
  const inline = [...markdown.matchAll(/`((?:npx|npm|node) [^`]+)`/g)].map(([, line]) => line!);
  return [...blocks.flatMap((block) => block.split('\n')), ...inline]
    .flatMap((line) => line.replace(/(^|\s)#.*/, '').split(' && '))
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

const context: Context = {
  stdin: () => process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: {},
  signal: new AbortController().signal,
};
const BINS: Record<string, (context: Context) => Runnable> = {
  'backprop-train': trainCommand,
  'backprop-eval': evalCommand,
  'backprop-explain': explainCommand,
  'backprop-convert': convertCommand,
  'backprop-data': dataCommand,
};

/** @throws if there is no such command, script, file or flag, or a flag does not take this value */
function understand(line: string): void {
  const [program, ...args] = line.replace(/^npx /, '').split(/\s+/);
  const create = BINS[program!];
  if (create) {
    const command = create(context);
    if (!(command instanceof Command)) throw new TypeError('expected a command of commander');
    for (const one of [command, ...command.commands]) one.action(() => {});
    command.parse(args, { from: 'user' });
  } else if (program === 'npm') {
    if (args[0] === 'run') expect(Object.keys(packageJson.scripts), line).toContain(args[1]);
  } else if (program === 'vitest') {
    expect(existsSync(join(root, args[1]!)), line).toBe(true);
  } else if (program === 'node') {
    if (args[0] !== '-e') expect(existsSync(join(root, args[0]!)), line).toBe(true);
  } else {
    throw new Error(`not a command that is known here: ${line}`);
  }
}
