import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ExitCode } from '../src/errors.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

const BINS = ['backprop-train', 'backprop-eval', 'backprop-explain', 'backprop-data'];

/** The text of a section, up to the next heading of its level or above. */
function section(heading: string): string {
  const level = /^#+/.exec(heading)![0].length;
  const after = readme.split(`${heading}\n`)[1];
  if (after === undefined) throw new Error(`README.md has no section "${heading}"`);
  return after.split(new RegExp(`^#{1,${level}} `, 'm'))[0]!;
}

/** The cells of all table rows, without headings and rules. */
function rows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line, at, lines) => line.startsWith('| ') && !lines[at + 1]?.startsWith('|---'))
    .map((line) => line.slice(2, -1).split(' | '))
    .map((cells) => cells.map((cell) => cell.replace(/\s*\|$/, '').trim()));
}

describe('the library example', () => {
  it('runs as it stands and ends with what the README says', () => {
    const text = section('## As a library');
    const [, code] = /```js\n([\s\S]*?)```/.exec(text)!;
    const [, expected] = /ends with `([^`]+)`/.exec(text)!;
    const folder = mkdtempSync(join(tmpdir(), 'backprop-readme-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules', 'backprop-train'), 'junction');
    writeFileSync(join(folder, 'example.mjs'), code!);
    const result = spawnSync(process.execPath, ['example.mjs'], { cwd: folder, encoding: 'utf8' });
    expect({ status: result.status, stderr: result.stderr }).toEqual({ status: 0, stderr: '' });
    expect(result.stdout.trim().split('\n').at(-1)).toBe(expected);
  });
});

describe('the tables of flags', () => {
  const flags = rows(section('## Flags')).filter(([flag]) => flag!.startsWith('`-'));
  const listed = flags.flatMap(([flag]) => [...flag!.matchAll(/--[\w-]+/g)].map(String));

  it.each(BINS)('have every flag of %s', (bin) => {
    expect(flagsOf(bin).filter((flag) => !listed.includes(flag))).toEqual([]);
  });

  it('have no flag that does not exist', () => {
    const known = BINS.flatMap(flagsOf);
    expect(listed.filter((flag) => !known.includes(flag))).toEqual([]);
  });

  it('give the defaults of the help', () => {
    const help = helpOf('backprop-train').replace(/\s+/g, ' ');
    const defaults = [
      ...help.matchAll(/(--[\w-]+) <(?:(?! --)[^(])*\((?:[^()]*; )?default: ([^)]+)\)/g),
    ];
    expect(defaults.length).toBeGreaterThan(10);
    for (const [, flag, value] of defaults) {
      const row = flags.find(([cell]) => cell!.includes(`${flag} <`));
      expect({ flag, value: row?.[2] }).toEqual({ flag, value });
    }
  });

  /** The help as its own test holds it. */
  function helpOf(bin: string): string {
    return readFileSync(join(root, 'test', 'cli', 'help', `${bin}.txt`), 'utf8');
  }

  function flagsOf(bin: string): string[] {
    return [...helpOf(bin).matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag]) => flag!);
  }
});

describe('the tables of formulas', () => {
  const formulas = rows(section('## The formulas as functions'));

  it('name functions that their files export', () => {
    expect(formulas.length).toBe(14);
    for (const [, name, file] of formulas) {
      const path = /\]\(([^)]+)\)/.exec(file!)![1]!;
      const source = readFileSync(join(root, path), 'utf8');
      expect(source).toContain(`export function ${name!.replaceAll('`', '')}(`);
    }
  });

  it('leave out no function of the layers', () => {
    const named = formulas.map(([, name]) => name!.replaceAll('`', ''));
    const layers = ['reshape', 'linear', 'softmax', 'log-likelihood'].flatMap((file) => {
      const source = readFileSync(join(root, 'src', 'layers', `${file}.ts`), 'utf8');
      return [...source.matchAll(/^export function (\w+)/gm)].map(([, name]) => name!);
    });
    expect(layers.filter((name) => !named.includes(name))).toEqual(['logSumExp']);
  });
});

describe('the rest', () => {
  it('lists every exit code', () => {
    const listed = rows(section('### Exit codes')).flatMap(([codes]) => codes!.split(', '));
    for (const code of Object.values(ExitCode)) expect(listed).toContain(String(code));
  });

  it('has no dead links within the repository', () => {
    const targets = [...readme.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!);
    expect(targets.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    const headings = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, text]) =>
      text!
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replace(/ /g, '-'),
    );
    const anchors = [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor!);
    expect(anchors.filter((anchor) => !headings.includes(anchor))).toEqual([]);
  });
});
