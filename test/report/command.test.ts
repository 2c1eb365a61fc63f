import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { PageData } from '../../src/report/page-data.js';
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

test.each([[[]], [['--hidden', '16', '--momentum', '0.9']]])(
  'what is seen on the way changes no byte, whatever the threads: %j',
  async (flags) => {
    const cwd = temporaryFolder();
    const train = (...more: string[]) =>
      run('backprop-train', [...mini, ...flags, '--validation', '0.1', ...more], { cwd });
    const runs = await Promise.all([
      train('-o', 'a.json', '--threads', '1'),
      train('-o', 'b.json', '--threads', '1', '--report', 'b.html', '--watch'),
      train('-o', 'c.json', '--threads', '2', '--report', 'c.html', '--watch'),
    ]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    const read = (file: string): string => readFileSync(join(cwd, file), 'utf8');
    expect(read('b.json')).toBe(read('a.json'));
    expect(read('c.json')).toBe(read('a.json'));
    expect(read('c.html')).toBe(
      read('b.html').replace('b.json', 'c.json').replace('b.json', 'c.json'),
    );
  },
);

test('a resumed run shows what it saw, and comes to the same bytes', async () => {
  const cwd = temporaryFolder();
  const train = (...flags: string[]) => run('backprop-train', flags, { cwd });
  const read = (name: string): string => readFileSync(join(cwd, name), 'utf8');
  const data = (name: string): PageData =>
    JSON.parse(read(name).match(/id="page-data">(.*?)<\/script>/s)![1]!);
  await train(...mini, '-o', 'a.json', '--report', 'a.html', '--checkpoint', 'run.json');
  const { code } = await train('--resume', 'run.json', '-o', 'b.json', '--report', 'b.html');
  expect(code).toBe(0);
  expect(read('b.json')).toBe(read('a.json'));
  const places = data('a.html').snapshots.map(({ epoch, batch }) => [epoch, batch]);
  expect(places.slice(0, 4)).toEqual([
    [0, 0],
    [0, 1],
    [0, 2],
    [0, 3],
  ]);
  expect(places.at(-1)).toEqual([2, 0]);
  const [resumed] = data('b.html').snapshots;
  expect(resumed).toMatchObject({
    epoch: 2,
    batch: 0,
    test: data('a.html').snapshots.at(-1)!.test,
  });
  expect(read('b.html')).toContain('id="loss-words"');
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
  /** How many lines the cursor went up before all below was erased, each time. */
  const lifts = (output: string): number[] =>
    output
      .split('A\u001b[J')
      .slice(0, -1)
      .map((before) => Number(before.slice(before.lastIndexOf('[') + 1)));
  /** Of each frame its caption's first words; a frame that was drawn again below an epoch's line once. */
  const captions = (output: string): string[] =>
    [...output.matchAll(/(before training|(?:batch|epoch) \d+(?:, batch \d+)?) {2}test/g)]
      .map(([, caption]) => caption!)
      .filter((caption, at, all) => caption !== all[at - 1]);

  test('says once that it needs a terminal, and goes on', async () => {
    const cwd = temporaryFolder();
    const { code, stderr } = await run('backprop-train', [...mini, '--watch'], { cwd });
    expect(code).toBe(0);
    const note = /--watch needs a terminal of 58 columns and 15 rows with colours/g;
    expect(stderr.match(note)).toHaveLength(1);
    expect(stderr).toContain('epoch 2/2');
  });

  test.skipIf(!hasPython)(
    'draws two rows of five pictures in place, moment by moment',
    async () => {
      const cwd = temporaryFolder();
      const terminal = { columns: 80, cwd, env: { TERM: 'xterm-256color' } };
      const { code, stdout } = await runOnTerminal(
        'backprop-train',
        [...mini, '--watch'],
        terminal,
      );
      expect(code).toBe(0);
      const seen = captions(stdout);
      expect(seen.slice(0, 4)).toEqual(['before training', 'batch 1', 'batch 2', 'batch 3']);
      expect(seen).toContain('epoch 1');
      expect(seen.at(-1)).toBe('epoch 2');
      expect(stdout).toMatch(/\n0 {15}1 {15}2 {15}3 {15}4\r?\n/);
      // A frame is its caption and two rows of pictures under their titles; each but the first takes
      // the place of the one before, and the last one stays.
      expect(new Set(lifts(stdout))).toEqual(new Set([1 + 2 * (1 + 7)]));
      const drawn = stdout.split('\n').filter((line) => line.includes('▀')).length / 14;
      expect(lifts(stdout)).toHaveLength(drawn - 1);
      expect(lifts(stdout.slice(stdout.lastIndexOf('▀')))).toEqual([]);
    },
  );

  test.skipIf(!hasPython)('draws smaller pictures on 60 columns, and none on 57', async () => {
    const cwd = temporaryFolder();
    const env = { TERM: 'xterm-256color' };
    const watch = (columns: number) =>
      runOnTerminal('backprop-train', [...mini, '--watch'], { columns, cwd, env });
    const [small, none] = await Promise.all([watch(60), watch(57)]);
    expect(small.stdout).toMatch(/\n0 {11}1 {11}2 {11}3 {11}4\r?\n/);
    expect(none.stdout).not.toContain('▀');
    expect(none.stdout).toContain('--watch needs a terminal');
  });

  test.skipIf(!hasPython)(
    'draws nothing where nothing can be redrawn, in whatever colours',
    async () => {
      const env = { TERM: 'dumb', FORCE_COLOR: '3' };
      const terminal = { columns: 80, cwd: temporaryFolder(), env };
      const { code, stdout } = await runOnTerminal(
        'backprop-train',
        [...mini, '--watch'],
        terminal,
      );
      expect(code).toBe(0);
      expect(stdout).not.toContain('▀');
      expect(stdout).toContain('--watch needs a terminal');
    },
  );

  test.skipIf(!hasPython)('draws the ten hidden units that changed most', async () => {
    const cwd = temporaryFolder();
    const terminal = { columns: 80, cwd, env: { TERM: 'xterm-256color' } };
    const flags = [...mini, '--hidden', '16', '--watch'];
    const { code, stdout } = await runOnTerminal('backprop-train', flags, terminal);
    expect(code).toBe(0);
    const titles = [...stdout.matchAll(/changed most[^\r\n]*\r?\n((?: *\d+){5})\r?\n/g)];
    expect(titles.length).toBeGreaterThanOrEqual(captions(stdout).length);
    const units = titles.at(-1)![1]!.trim().split(/ +/).map(Number);
    expect(units).toEqual([...new Set(units)].sort((a, b) => a - b));
    expect(units.every((unit) => unit < 16)).toBe(true);
  });

  test.skipIf(!hasPython)(
    'gives the cursor back and leaves the frame when interrupted',
    async () => {
      const cwd = temporaryFolder();
      const terminal = {
        columns: 80,
        cwd,
        env: { TERM: 'xterm-256color' },
        interruptAt: 'batch 6 ',
      };
      const { code, stdout } = await runOnTerminal(
        'backprop-train',
        [...mini, '--watch'],
        terminal,
      );
      expect(code).toBe(130);
      expect(stdout.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001b[?25l'));
      expect(lifts(stdout.slice(stdout.lastIndexOf('▀')))).toEqual([]);
    },
  );

  test.skipIf(!hasPython)('draws nothing with --quiet', async () => {
    const cwd = temporaryFolder();
    const terminal = { columns: 80, cwd, env: { TERM: 'xterm-256color' } };
    const quiet = [...mini, '--watch', '--quiet'];
    const { code, stdout } = await runOnTerminal('backprop-train', quiet, terminal);
    expect(code).toBe(0);
    expect(stdout).not.toContain('▀');
    expect(stdout).not.toContain('\u001b[?25l');
  });
});
