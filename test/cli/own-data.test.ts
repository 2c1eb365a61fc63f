import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readModel, saveModel } from '../../src/model/file.js';
import { run } from './process.js';

const bundled = fileURLToPath(new URL('../../data/mnist-mini', import.meta.url));
const cwd = mkdtempSync(join(tmpdir(), 'backprop own data '));
const measure = ['backprop-eval', 'backprop-explain'] as const;

/** mnist-mini with one training label changed: other data of the same sides and classes. */
beforeAll(async () => {
  cpSync(bundled, join(cwd, 'own'), { recursive: true });
  const labels = join(cwd, 'own', 'train-labels-idx1-ubyte');
  const bytes = readFileSync(labels);
  bytes[8] = (bytes[8]! + 1) % 10;
  writeFileSync(labels, bytes);
  for (const data of [
    ['--dataset', 'mnist-mini', '-o', 'mini.json'],
    ['--data-dir', 'own', '-o', 'own.json'],
  ]) {
    const { code } = await run('backprop-train', [...data, '-e', '1', '-q'], { cwd });
    expect(code).toBe(0);
  }
  const { model } = await readModel(join(cwd, 'mini.json'));
  const foreign = { ...model, training: undefined, metrics: undefined };
  await saveModel(join(cwd, 'foreign.npz'), foreign);
  const text = readFileSync(join(cwd, 'mini.json'), 'utf8');
  const other = text.replace(model.training!.dataset.sha256, 'ab'.repeat(32));
  writeFileSync(join(cwd, 'other.json'), other);
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const recorded = (file: string) => JSON.parse(readFileSync(join(cwd, file), 'utf8')).training;

describe.each(measure)('%s', (bin) => {
  const on = (...args: string[]) => run(bin, [...args, '--json'], { cwd });

  test("takes the model's own data set, and its hash is that of training", async () => {
    const { code, stdout, stderr } = await on('mini.json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { dataset } = JSON.parse(stdout);
    expect(dataset).toEqual({ ...recorded('mini.json').dataset, split: 'test' });
  });

  test('has to be told a folder: 2', async () => {
    const { code, stdout, stderr } = await on('own.json');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      'error: own.json was made with data from a folder. Name the same folder with --data-dir.\n',
    );
    const named = await on('own.json', '--data-dir', 'own');
    expect({ code: named.code, stderr: named.stderr }).toEqual({ code: 0, stderr: '' });
    const { name, sha256 } = JSON.parse(named.stdout).dataset;
    expect({ name, sha256 }).toEqual(recorded('own.json').dataset);
  });

  test('knows its own data in a folder', async () => {
    expect(await on('mini.json', '--data-dir', bundled)).toMatchObject({ code: 0, stderr: '' });
  });

  test.each([
    [['mini.json', '--data-dir', 'own'], 'trained on mnist-mini, not on data from a folder'],
    [['own.json', '--dataset', 'mnist-mini'], 'trained on data from a folder, not on mnist-mini'],
    [['other.json'], `trained on other mnist-mini: SHA-256 ${'ab'.repeat(32)}, found `],
  ])('%j: says that these are other data', async (args, message) => {
    const { code, stderr } = await on(...args);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: [^\n]+\n$/);
    expect(stderr).toContain(message);
    expect(await on(...args, '--quiet')).toMatchObject({ code: 0, stderr: '' });
  });

  test('of a model without a record it says what it takes', async () => {
    const { code, stdout, stderr } = await on('foreign.npz', '--offline');
    expect(code).toBe(0);
    expect(stderr).toContain('its images to be those of mnist\n');
    expect(JSON.parse(stdout).dataset.name).toBe('mnist');
    const named = await on('foreign.npz', '--dataset', 'mnist-mini');
    expect(named.stderr).toMatch(/^warning: .* its pixels are taken to be from 0 to 1\n$/);
  });
});

test("explain --break trains on the model's own data", async () => {
  const args = ['mini.json', '--break', 'sign', '--json'];
  const { stdout } = await run('backprop-explain', args, { cwd });
  const { dataset, trainingImages } = JSON.parse(stdout);
  expect({ name: dataset.name, trainingImages }).toEqual({
    name: 'mnist-mini',
    trainingImages: 400,
  });
});

describe('--resume from a model', () => {
  const train = (...args: string[]) =>
    run('backprop-train', [...args, '-e', '1', '--json'], { cwd });
  const startOf = (stdout: string) => JSON.parse(stdout.split('\n')[0]!);

  test('goes on with its data', async () => {
    const { code, stdout } = await train('--resume', 'mini.json', '-o', 'more.json');
    expect(code).toBe(0);
    expect(startOf(stdout).dataset.name).toBe('mnist-mini');
    const other = await train('--resume', 'mini.json', '--data-dir', 'own', '-o', 'more.json');
    expect(startOf(other.stdout).dataset.name).toBe('custom');
  });

  test('has to be told a folder: 2; --like says its own', async () => {
    const { code, stderr } = await train('--resume', 'own.json', '-o', 'more.json');
    expect(code).toBe(2);
    expect(stderr).toContain('with --data-dir');
    const args = ['--like', 'mini.json', '--resume', 'own.json', '-o', 'more.json'];
    expect(startOf((await train(...args)).stdout).dataset.name).toBe('mnist-mini');
  });
});

test('the page of a model that is measured on other data says what it learned from', async () => {
  const args = ['own.json', '--dataset', 'mnist-mini', '--report', 'r.html', '-q'];
  expect((await run('backprop-eval', args, { cwd })).code).toBe(0);
  expect(readFileSync(join(cwd, 'r.html'), 'utf8')).toContain('numbers learned from custom</h1>');
});
