import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wilsonInterval } from '../../../src/metrics.js';
import { validJpegs } from '../../image/jpeg-bytes.js';
import { hasPython, run, runOnTerminal } from '../process.js';

const cwd = mkdtempSync(join(tmpdir(), 'backprop image ✓ '));
const [width, height] = [60, 80];

/** A thick, upright stroke: a one. */
function one(ink: number, paper: number): Uint8Array {
  const data = new Uint8Array(width * height).fill(paper);
  for (let y = 10; y < 70; y++) data.fill(ink, y * width + 26, y * width + 34);
  return encode({ width, height, data, channels: 1, depth: 8 });
}

/** Two thick, upright strokes: an eleven. */
function two(): Uint8Array {
  const data = new Uint8Array(width * height).fill(255);
  for (let y = 10; y < 70; y++) {
    for (const x of [18, 38]) data.fill(0, y * width + x, y * width + x + 6);
  }
  return encode({ width, height, data, channels: 1, depth: 8 });
}

beforeAll(async () => {
  mkdirSync(join(cwd, 'my digits'));
  mkdirSync(join(cwd, 'empty'));
  writeFileSync(join(cwd, 'my digits', 'a.png'), one(0, 255));
  writeFileSync(join(cwd, 'my digits', 'b.PNG'), one(240, 30));
  writeFileSync(join(cwd, 'my digits', 'notes.txt'), 'not a picture');
  writeFileSync(join(cwd, 'seven.jpg'), validJpegs.get('baseline')!);
  writeFileSync(join(cwd, 'two.png'), two());
  writeFileSync(join(cwd, 'blank.png'), one(255, 255));
  writeFileSync(join(cwd, 'cut.png'), one(0, 255).subarray(0, 60));
  writeFileSync(join(cwd, 'text.png'), 'not a picture');
  // Classes in the names of folders, and of files; all of them are ones.
  for (const folder of ['1', '7', '12', 'more']) {
    mkdirSync(join(cwd, 'classes', folder), { recursive: true });
    writeFileSync(join(cwd, 'classes', folder, 'a.png'), one(0, 255));
  }
  writeFileSync(join(cwd, 'classes', '1', '7_b.png'), one(0, 255));
  mkdirSync(join(cwd, 'named'));
  for (const name of ['1_a.png', '1_b.png', '4_a.png', '10_a.png', '1.png']) {
    writeFileSync(join(cwd, 'named', name), one(0, 255));
  }
  await run('backprop-train', ['--dataset', 'mnist-mini', '-q', '-o', 'model.json'], { cwd });
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const linesOf = (text: string): string[] => text.trimEnd().split('\n');

const show = (...args: string[]) =>
  run('backprop-eval', ['model.json', '--image', ...args], { cwd });

describe('backprop-eval --image', () => {
  it('reads a folder of pictures, dark on light and light on dark, as one and the same', async () => {
    const { code, stdout, stderr } = await show('my digits', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [a, b, all, ...more] = linesOf(stdout).map((line) => JSON.parse(line));
    expect(more).toEqual([]);
    expect(all).toMatchObject({ event: 'images', pictures: 2, labelled: 0, accuracy: null });
    expect([a.label, a.correct]).toEqual([null, null]);
    expect([a.predicted, b.predicted]).toEqual([1, 1]);
    expect([a.inverted, b.inverted]).toEqual([true, false]);
    expect(a.pixels).toHaveLength(784);
    expect(b.pixels).toEqual(a.pixels);
    const sum = a.probabilities.reduce((total: number, y: number) => total + y, 0);
    expect(sum).toBeCloseTo(1, 12);
  });

  it('shows what the model sees, in lines that fit, without escape codes in a pipe', async () => {
    const { code, stdout } = await show(join('my digits', 'a.png'));
    expect(code).toBe(0);
    expect(stdout).toContain('a.png');
    expect(stdout).not.toContain('\u001b');
    expect(Math.max(...stdout.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(80);
  });

  it('says of what is not one digit that it is not, and answers all the same', async () => {
    const { code, stdout, stderr } = await show('two.png');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/class \d/);
    expect(stdout).toContain('this does not look like one digit: several separate pieces of ink');
    const { stdout: json } = await show('two.png', '--json');
    expect(JSON.parse(linesOf(json)[0]!).warnings).toContain('pieces');
    const { stdout: listed } = await show('seven.jpg', 'two.png');
    expect(listed).toMatch(
      /^two\.png .*\n {2}warning: this does not look like one digit: several separate/m,
    );
  });

  it('reads a JPEG', async () => {
    const { code, stdout } = await show('seven.jpg', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(linesOf(stdout)[0]!)).toMatchObject({ predicted: 7, warnings: [] });
  });

  it.each([
    ['blank.png', 'blank'],
    ['cut.png', 'cut.png'],
    ['text.png', 'PNG'],
    ['nothing.png', 'nothing there'],
    ['empty', 'no .png or .jpg files'],
  ])('refuses %s with one line and exit code 4', async (file, message) => {
    const { code, stdout, stderr } = await show(file);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('refuses a pipe that nobody writes to, at once', async () => {
    const { status } = spawnSync('mkfifo', [join(cwd, 'pipe.png')]);
    if (status !== 0) return;
    const { code, stderr } = await show('pipe.png');
    expect(code).toBe(4);
    expect(stderr).toContain('pipe');
  });

  it('answers for the others when one picture cannot be used, and says which at the end', async () => {
    const { code, stdout, stderr } = await show('blank.png', 'my digits', '--json');
    expect(code).toBe(4);
    const lines = linesOf(stdout).map((line) => JSON.parse(line));
    expect(lines.map(({ event }) => event)).toEqual(['image', 'image', 'images']);
    expect(lines[2]).toMatchObject({ pictures: 2, unusable: 1 });
    expect(stderr).toContain('blank.png');
    expect(stderr).toContain('1 of 3 pictures could not be used');
  });
});

describe('several pictures', () => {
  it('get a line each and a summary, and drawings with --show only', async () => {
    const { code, stdout, stderr } = await show('my digits');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(linesOf(stdout)).toEqual([
      'picture          class  answer      sure',
      expect.stringMatching(/^my digits\/a\.png {6}- {7}1 {3}\d\d\.\d\d %$/),
      expect.stringMatching(/^my digits\/b\.PNG {6}- {7}1 {3}\d\d\.\d\d %$/),
      '',
      '2 pictures, none with a class in the name',
    ]);
    const drawn = await show('my digits', '--show');
    expect(drawn.stdout.match(/the model sees 28×28:/g)).toHaveLength(2);
    expect(linesOf(drawn.stdout).at(-1)).toBe('2 pictures, none with a class in the name');
  });

  it('have their class from a folder named by it, or else from their own name', async () => {
    const { stdout } = await show('classes');
    const rows = linesOf(stdout).slice(1, -4);
    expect(rows.map((line) => line.replace(/ +[\d.]+ %/, ''))).toEqual([
      'classes/1/7_b.png      1       1  right',
      'classes/1/a.png        1       1  right',
      'classes/7/a.png        7       1  WRONG',
    ]);
    expect(linesOf(stdout).slice(-3)).toEqual([
      '3 pictures',
      'accuracy 66.67 %  2 of 3 right',
      '95 % interval: 20.77 to 93.85 %',
    ]);
    const { stdout: named } = await show('named', '--json');
    const lines = linesOf(named).map((line) => JSON.parse(line));
    expect(lines.slice(0, -1).map(({ file, label, correct }) => [file, label, correct])).toEqual([
      [join('named', '1.png'), null, null],
      [join('named', '10_a.png'), null, null],
      [join('named', '1_a.png'), 1, true],
      [join('named', '1_b.png'), 1, true],
      [join('named', '4_a.png'), 4, false],
    ]);
    const { model, accuracyInterval, ...summary } = lines.at(-1);
    expect(model.path).toBe('model.json');
    expect(accuracyInterval).toEqual(wilsonInterval(2, 3));
    expect(summary).toEqual({
      ...{ event: 'images', pictures: 5, unusable: 0, labelled: 3, correct: 2 },
      ...{ accuracy: 2 / 3, report: null },
    });
  });

  it('--min-accuracy counts those whose class is known: 7', async () => {
    expect(await show('named', '--min-accuracy', '0.6')).toMatchObject({ code: 0, stderr: '' });
    const { code, stdout, stderr } = await show('named', '--min-accuracy', '0.7');
    expect(code).toBe(7);
    expect(stdout).toContain('accuracy 66.67 %');
    expect(stderr).toMatch(/^error: accuracy 66\.67 % is below --min-accuracy 0\.7 /);
  });

  it.each([
    ['--min-accuracy', '0.5'],
    ['--report', 'r.html'],
  ])('%s needs a class in a name: 2, before any answer', async (...flag) => {
    const { code, stdout, stderr } = await show('my digits', ...flag);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`${flag[0]} needs pictures whose names say their class, found none`);
    expect(stderr).toContain('7_a.png');
  });

  it('--report writes the page about those whose class is known', async () => {
    const { code, stdout } = await show('named', '--report', 'r.html');
    expect(code).toBe(0);
    expect(linesOf(stdout).at(-1)).toBe('report  r.html');
    const page = readFileSync(join(cwd, 'r.html'), 'utf8');
    expect(page).toContain('on 3 own images');
    expect(page).toMatch(/<strong>66\.67\u00a0%<\/strong>/);
    const russian = await show('named', '--report', 'r.html', '--lang', 'ru', '--json');
    expect(JSON.parse(linesOf(russian.stdout).at(-1)!).report).toBe('r.html');
    expect(readFileSync(join(cwd, 'r.html'), 'utf8')).toContain('собственной выборки');
  });

  it.skipIf(!hasPython)('fit a terminal, long names without their beginnings', async () => {
    const args = ['model.json', '--image', 'named', 'named/../named/1_a.png'];
    const { stdout } = await runOnTerminal('backprop-eval', args, { columns: 46, cwd });
    const rows = stdout.split('\r\n').filter((line) => line.includes('.png'));
    expect(rows).toHaveLength(6);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what it looks for
    for (const row of rows) expect(row.replace(/\u001b\[\d+m/g, '').length).toBeLessThanOrEqual(46);
    expect(rows[5]).toContain('…');
    expect(rows[4]).toContain('\u001b[31mWRONG');
  });
});

describe('a model behind --image', () => {
  const behind = (...args: string[]) => run('backprop-eval', args, { cwd });

  it('is taken, since its ending says what it is', async () => {
    const before = await show(join('my digits', 'a.png'));
    expect(await behind('--image', join('my digits', 'a.png'), 'model.json')).toEqual(before);
  });

  it.each([
    [['--image', 'a.png', 'model'], "missing required argument 'model'. --image takes all names"],
    [['--image', 'model.json'], '--image: expected a picture, found only model.json'],
    [['model.json', '--show'], '--show needs --image'],
  ])('%j: 2', async (args, message) => {
    const { code, stdout, stderr } = await behind(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
