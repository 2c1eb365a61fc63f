import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../cli/bytes.js';
import { hasPython, run, runOnTerminal, temporaryFolder } from '../cli/process.js';

const mini = ['--dataset', 'mnist-mini', '-e', '2'];

test('--report writes a page, names it, and leaves the model’s bytes alone', async () => {
  const cwd = temporaryFolder();
  const name = '<b> & "q".html';
  const [plain, reported] = await Promise.all([
    run('backprop-train', [...mini, '-o', 'a.json'], { cwd }),
    run('backprop-train', [...mini, '-o', 'b.json', '--watch', '--report', name, '--json'], {
      cwd,
    }),
  ]);
  expect([plain.code, reported.code]).toEqual([0, 0]);
  const hash = (file: string): string => sha256(readFileSync(join(cwd, file)));
  expect(hash('b.json')).toBe(hash('a.json'));
  expect(JSON.parse(reported.stdout.trimEnd().split('\n').at(-1)!).report).toBe(name);
  const page = readFileSync(join(cwd, name), 'utf8');
  expect(page).toMatch(/^<!doctype html>\n/);
  expect(page).toContain(hash('b.json'));
  const again = await run(
    'backprop-eval',
    ['b.json', '--dataset', 'mnist-mini', '--report', 'e.htm'],
    {
      cwd,
    },
  );
  expect(again.stdout).toMatch(/\nreport {2}e\.htm\n$/);
  expect(readFileSync(join(cwd, 'e.htm'), 'utf8')).toContain('backprop-eval');
});

test('--report takes a model with hidden layers, and refuses one too large before training', async () => {
  const cwd = temporaryFolder();
  const train = (...flags: string[]) => run('backprop-train', [...mini, ...flags], { cwd });
  const [small, large] = await Promise.all([
    train('--hidden', '12,8', '-o', 'a.json', '--report', 'a.html'),
    train('--hidden', '400', '-o', 'b.json', '--report', 'b.html'),
  ]);
  expect(small.code).toBe(0);
  expect(large).toMatchObject({ code: 2, stdout: '' });
  expect(large.stderr).toContain('at most 300000 parameters, found 318010');
  const again = await run('backprop-eval', ['a.json', '--report', 'e.html'], { cwd });
  expect(again.code).toBe(0);
  expect(readdirSync(cwd).sort()).toEqual(['a.html', 'a.json', 'e.html']);
});

test('a page that cannot be written is an error before training', async () => {
  const cwd = temporaryFolder();
  const train = (...flags: string[]) => run('backprop-train', [...mini, ...flags], { cwd });
  const [missing, ending, same, model] = await Promise.all([
    train('--report', 'no/such/folder.html'),
    train('--report', 'model.json'),
    train('--report', 'x.html', '--out', './x.html'),
    run('backprop-eval', ['m.html', '--report', './m.html'], { cwd }),
  ]);
  expect(missing).toMatchObject({ code: 5, stdout: '' });
  expect(missing.stderr).toContain('cannot write no/such/folder.html');
  expect(missing.stderr).not.toContain('epoch');
  expect(ending).toMatchObject({ code: 2, stderr: expect.stringContaining('ends in .html') });
  expect(same).toMatchObject({ code: 2, stderr: expect.stringContaining('the same file') });
  expect(model).toMatchObject({ code: 2, stderr: expect.stringContaining('the same file') });
  expect(readdirSync(cwd)).toEqual([]);
});

describe('--watch', () => {
  test('says once that it needs a terminal, and goes on', async () => {
    const cwd = temporaryFolder();
    const { code, stderr } = await run('backprop-train', [...mini, '--watch'], { cwd });
    expect(code).toBe(0);
    expect(stderr.match(/--watch needs a terminal of 78 columns with colours/g)).toHaveLength(1);
    expect(stderr).toContain('epoch 2/2');
  });

  test.skipIf(!hasPython)('draws two rows of five pictures an epoch on a terminal', async () => {
    const cwd = temporaryFolder();
    const env = { TERM: 'xterm-256color' };
    const terminal = { columns: 80, cwd, env };
    const { code, stdout } = await runOnTerminal('backprop-train', [...mini, '--watch'], terminal);
    expect(code).toBe(0);
    const rows = stdout.split('\n').filter((line) => line.includes('▀'));
    // Two epochs, two rows of pictures, seven lines each.
    expect(rows).toHaveLength(28);
    expect(stdout).toMatch(/\n0 {15}1 {15}2 {15}3 {15}4\r?\n/);
    const narrow = await runOnTerminal('backprop-train', [...mini, '--watch'], {
      ...terminal,
      columns: 77,
    });
    expect(narrow.stdout).not.toContain('▀');
    expect(narrow.stdout).toContain('--watch needs a terminal');
  });

  test.skipIf(!hasPython)('draws the ten hidden units that changed most', async () => {
    const cwd = temporaryFolder();
    const terminal = { columns: 80, cwd, env: { TERM: 'xterm-256color' } };
    const flags = [...mini, '--hidden', '16', '--watch'];
    const { code, stdout } = await runOnTerminal('backprop-train', flags, terminal);
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line.includes('▀'))).toHaveLength(28);
    const titles = [...stdout.matchAll(/changed most\r?\n((?: *\d+){5})\r?\n/g)];
    expect(titles).toHaveLength(2);
    const units = titles[0]![1]!.trim().split(/ +/).map(Number);
    expect(new Set(units.filter((unit) => unit < 16)).size).toBe(5);
  });
});
