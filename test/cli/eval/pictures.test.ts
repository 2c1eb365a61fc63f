import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validJpegs } from '../../image/jpeg-bytes.js';
import { run } from '../process.js';

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
  await run('backprop-train', ['--dataset', 'mnist-mini', '-q', '-o', 'model.json'], { cwd });
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const show = (...args: string[]) =>
  run('backprop-eval', ['model.json', '--image', ...args], { cwd });

describe('backprop-eval --image', () => {
  it('reads a folder of pictures, dark on light and light on dark, as one and the same', async () => {
    const { code, stdout, stderr } = await show('my digits', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [a, b, ...more] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(more).toEqual([]);
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
    expect(JSON.parse(json).warnings).toContain('pieces');
  });

  it('reads a JPEG', async () => {
    const { code, stdout } = await show('seven.jpg', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ predicted: 7, warnings: [] });
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
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stderr).toContain('blank.png');
    expect(stderr).toContain('1 of 3 pictures could not be used');
  });
});
