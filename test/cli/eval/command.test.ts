import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256, writeSmallData } from '../bytes.js';
import { run } from '../process.js';

const cwd = mkdtempSync(join(tmpdir(), 'backprop eval '));
const mini = ['--dataset', 'mnist-mini'];

beforeAll(async () => {
  writeSmallData(join(cwd, 'own data'));
  const own = ['--data-dir', 'own data', '-b', '5', '-e', '20', '-q', '--out=-own.json'];
  await Promise.all([
    run('backprop-train', [...mini, '-e', '3', '-q', '-o', 'model.json'], { cwd }),
    run('backprop-train', [...mini, '-e', '3', '--hidden', '9,6', '-q', '-o', 'deep.json'], {
      cwd,
    }),
    run('backprop-train', own, { cwd }),
  ]);
  writeFileSync(join(cwd, 'broken.json'), '{"format": "backprop-model", ');
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test('shows accuracy, loss, figures per class, confusion matrix and mistakes', async () => {
  const { code, stdout, stderr } = await run('backprop-eval', ['model.json', ...mini], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /^accuracy [\d.]+ % {2}loss \d\.\d{4}\non the 100 test images of mnist-mini/,
  );
  expect(stdout).toMatch(/^class +precision +recall +F1 +support$/m);
  expect(stdout).toMatch(/^mean( +[\d.]+ %){3} +100$/m);
  expect(stdout).toMatch(/^ +0 +1 +2 +3 +4 +5 +6 +7 +8 +9$/m);
  expect(stdout).toMatch(/^ +index +label +predicted +probability\n +\d+ +\d +\d +[\d.]+ %$/m);
  expect(stdout).not.toContain('\u001b');
});

test.each(['model.json', 'deep.json'])(
  '--json agrees with what training said of the test set: %s',
  async (path) => {
    const { code, stdout } = await run('backprop-eval', [path, ...mini, '--json'], { cwd });
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    const bytes = readFileSync(join(cwd, path));
    const { metrics, training } = JSON.parse(bytes.toString());
    const { loss, accuracy, confusion, classes, mistakes, macroAverage } = result;
    expect(accuracy).toBe(metrics.test.accuracy);
    expect(loss).toBeCloseTo(metrics.test.loss, 12);
    expect(result.model).toEqual({ path, sha256: sha256(bytes) });
    expect(result.dataset).toMatchObject({ name: training.dataset.name, split: 'test' });
    const diagonal = confusion.reduce((sum: number, row: number[], i: number) => sum + row[i]!, 0);
    expect(diagonal / result.images).toBe(accuracy);
    expect(classes).toHaveLength(10);
    expect(macroAverage.support).toBe(100);
    const probabilities = mistakes.map(({ probability }: { probability: number }) => probability);
    expect(probabilities).toEqual([...probabilities].sort((a, b) => b - a));
  },
);

test('--split train takes the training images', async () => {
  const args = ['model.json', ...mini, '--split', 'train', '--json'];
  const { stdout } = await run('backprop-eval', args, { cwd });
  expect(JSON.parse(stdout)).toMatchObject({ images: 400, dataset: { split: 'train' } });
});

test('data of other sides and classes work, and so does a path with a leading dash', async () => {
  const args = ['--data-dir', 'own data', '--json', '--', '-own.json'];
  const { code, stdout } = await run('backprop-eval', args, { cwd });
  expect(code).toBe(0);
  const { images, confusion, accuracy } = JSON.parse(stdout);
  expect({ images, accuracy }).toEqual({ images: 9, accuracy: 1 });
  expect(confusion).toEqual([
    [3, 0, 0],
    [0, 3, 0],
    [0, 0, 3],
  ]);
});

describe('exit codes, each with one line that says why', () => {
  test.each([
    [2, [], "missing required argument 'model'"],
    [2, ['model.json', '--split', 'all'], 'allowed choices are test, train'],
    [2, ['model.json', '--min-accuracy', '92'], 'expected a number from 0 to 1'],
    [3, ['model.json', '--data-dir', 'nowhere'], 'nowhere'],
    [4, ['nothing.json', ...mini], 'nothing.json: expected a model file, found nothing there'],
    [4, ['.', ...mini], 'found a folder'],
    [4, ['broken.json', ...mini], 'broken.json: '],
    [
      4,
      ['./-own.json', ...mini],
      'for images of 2×3 in 3 classes, but mnist-mini has images of 28×28',
    ],
  ])('%i: %j', async (expected, args, message) => {
    const { code, stdout, stderr } = await run('backprop-eval', args, { cwd });
    expect(stderr).toMatch(/^error: .*[.?]\n$/);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
  });

  test('7: below --min-accuracy, after the result', async () => {
    const args = ['model.json', ...mini, '--min-accuracy', '0.999'];
    const { code, stdout, stderr } = await run('backprop-eval', args, { cwd });
    expect(code).toBe(7);
    expect(stdout).toMatch(/^accuracy /);
    expect(stderr).toMatch(/^error: accuracy [\d.]+ % is below --min-accuracy 0\.999 .*\n$/);
  });
});
