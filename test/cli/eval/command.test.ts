import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mcnemarExact, wilsonInterval } from '../../../src/metrics.js';
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
    /^accuracy [\d.]+ % {2}loss \d\.\d{4}\non the 100 test images of mnist-mini\n95 % interval of the accuracy: [\d.]+ to [\d.]+ %\n\n/,
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
    expect(result.accuracyInterval).toEqual(wilsonInterval(100 * accuracy, 100));
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

describe('a loss above log K', () => {
  const cliff = (...flags: string[]) => [
    ...mini,
    '--lr',
    '1e9',
    '-e',
    '1',
    '-o',
    'cliff.json',
    ...flags,
  ];

  test('gets a warning after training and in evaluation, and is no failure', async () => {
    const trained = await run('backprop-train', cliff(), { cwd });
    expect(trained.code).toBe(0);
    expect(trained.stderr).toMatch(
      /\nwarning: the loss \d\.\d{3}e\+\d+ is worse than blind guessing's 2\.3026 \(log 10\): try a smaller --lr\n$/,
    );
    const { code, stderr } = await run('backprop-eval', ['cliff.json'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^warning: cliff\.json: the loss \d\.\d{3}e\+\d+ is worse than blind guessing's 2\.3026 \(log 10\)\n$/,
    );
    expect((await run('backprop-train', cliff('-q'), { cwd })).stderr).toBe('');
    expect((await run('backprop-eval', ['cliff.json', '-q'], { cwd })).stderr).toBe('');
  });

  test('of a network that has learned nothing is the loss of guessing', async () => {
    const flags = [
      ...mini,
      '-e',
      '1',
      '--limit',
      '1',
      '-b',
      '1',
      '--lr',
      '1e-30',
      '-o',
      'none.json',
    ];
    const { code, stderr } = await run('backprop-train', flags, { cwd });
    expect({ code, warned: stderr.includes('warning') }).toEqual({ code: 0, warned: false });
    expect((await run('backprop-eval', ['none.json'], { cwd })).stderr).toBe('');
  });
});

describe('two models on the same images', () => {
  const both = (...args: string[]) => run('backprop-eval', ['model.json', ...args], { cwd });

  beforeAll(async () => {
    const flags = ['--hidden', '32', '-e', '20', '-q', '-o', 'better.json'];
    await run('backprop-train', [...mini, ...flags], { cwd });
    await run('backprop-convert', ['deep.json', 'deep.npz', '-q'], { cwd });
  });

  test('--json agrees with what each answers alone', async () => {
    const { code, stdout, stderr } = await both('deep.npz', '--json', '--split', 'train');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { event, dataset, images, models, p, better, ...counts } = JSON.parse(stdout);
    expect({ event, dataset, images }).toMatchObject({
      event: 'comparison',
      dataset: { name: 'mnist-mini', split: 'train' },
      images: 400,
    });
    for (const [k, path] of ['model.json', 'deep.npz'].entries()) {
      const alone = await run('backprop-eval', [path, '--json', '--split', 'train'], { cwd });
      const { model, accuracy, accuracyInterval, loss } = JSON.parse(alone.stdout);
      expect(models[k]).toEqual({ ...model, accuracy, accuracyInterval, loss });
    }
    const { bothRight, onlyFirst, onlySecond, bothWrong } = counts;
    expect(bothRight + onlyFirst + onlySecond + bothWrong).toBe(400);
    expect((bothRight + onlyFirst) / 400).toBe(models[0].accuracy);
    expect((bothRight + onlySecond) / 400).toBe(models[1].accuracy);
    expect(p).toBe(mcnemarExact(onlyFirst, onlySecond));
    expect(better).toBe(p >= 0.05 ? null : onlyFirst > onlySecond ? 0 : 1);
  });

  test('in words, with what the difference means', async () => {
    const { stdout } = await both('better.json', '--split', 'train');
    expect(stdout).toMatch(/^ +accuracy +95 % interval +loss\nmodel\.json +[\d.]+ % +[\d.]+ to/);
    expect(stdout).toContain('\non the 400 train images of mnist-mini\n');
    expect(stdout).toMatch(/\nonly better\.json right +\d+\nboth right +\d+\nboth wrong +\d+\n/);
    expect(stdout).toMatch(
      /\nbetter\.json is better: equally good models come out so far apart on/,
    );
    const same = await both('model.json');
    expect(same.stdout).toMatch(/\nNo difference: each is right on the very images/);
    const test = await both('better.json');
    expect(test.stdout).toMatch(/\nThe difference may be chance: equally good/);
    for (const { stdout } of [test, same]) {
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  test('--min-accuracy is for each of them: 7, with its name, after the result', async () => {
    const { code, stdout, stderr } = await both('better.json', '--min-accuracy', '0.999');
    expect(code).toBe(7);
    expect(stdout).toContain("McNemar's exact test");
    expect(stderr).toMatch(/^error: model\.json: accuracy [\d.]+ % is below --min-accuracy/);
  });

  test.each([
    [
      4,
      ['./-own.json', '--data-dir', 'own data'],
      'model.json is for images of 28×28 in 10 classes, but ./-own.json for images of 2×3 in 3 classes',
    ],
    [4, ['nothing.json'], 'nothing.json'],
    [2, ['deep.json', 'better.json'], 'expected one model, or two to compare, found 3'],
    [2, ['deep.json', '--report', 'r.html'], '--report is about one model, found two'],
    [2, ['deep.json', '--reproduce'], '--reproduce is about one model, found two'],
    [2, ['deep.json', '--image', 'a.png'], '--image is about one model, found two'],
  ])('%i: %j', async (expected, args, message) => {
    const { code, stdout, stderr } = await both(...args);
    expect(stderr).toMatch(/^error: .*[.?]\n$/);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
  });

  test('that were trained on different data: 2, until the data are named', async () => {
    const text = readFileSync(join(cwd, 'model.json'), 'utf8');
    writeFileSync(join(cwd, 'mnist.json'), text.replace('"name": "mnist-mini"', '"name": "mnist"'));
    const { code, stderr } = await both('mnist.json');
    expect(code).toBe(2);
    expect(stderr).toContain('model.json was trained on mnist-mini, mnist.json on mnist. Name the');
    const named = await both('mnist.json', ...mini);
    expect(named.code).toBe(0);
    expect(named.stderr).toBe('warning: mnist.json was trained on mnist, not on mnist-mini\n');
  });
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
