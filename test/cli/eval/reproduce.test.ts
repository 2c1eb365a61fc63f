import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readModel, saveModel } from '../../../src/model/file.js';
import { sha256, writeSmallData } from '../bytes.js';
import { run } from '../process.js';

const bundled = fileURLToPath(new URL('../../../data/mnist-mini', import.meta.url));
const cwd = mkdtempSync(join(tmpdir(), 'backprop reproduce '));
const mini = ['--dataset', 'mnist-mini', '-b', '7', '-q'];
const early = ['--validation', '0.2', '--early-stop', '1', '--lr', '2', '-e', '30', '--seed', '3'];
const rates = ['--momentum', '0.5', '--weight-decay', '0.01', '--lr-schedule', 'cosine'];

const MODELS: Record<string, readonly string[]> = {
  'plain.json': ['-e', '2'],
  'tensors.safetensors': ['-e', '1', '--hidden', '5'],
  'arrays.npz': ['-e', '1'],
  'hidden.json': ['-e', '3', '--hidden', '9,6', '--lr', '0.05', ...rates],
  'early.json': [...early, '--limit', '300', '--init', 'xavier'],
  'order.json': ['-e', '2', '--no-shuffle', '--lr-schedule', 'constant', '--threads', '2'],
  'reference.json': ['-e', '1', '--kernel', 'reference', '--limit', '50'],
};

beforeAll(async () => {
  writeSmallData(join(cwd, 'own'));
  for (const [name, flags] of Object.entries(MODELS)) await train(...mini, ...flags, '-o', name);
  await train('--data-dir', 'own', '-b', '5', '-q', '-o', 'own.json');
  await train(...mini, '-e', '1', '--resume', 'hidden.json', '--seed', '4', '-o', 'resumed.json');
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

async function train(...args: string[]): Promise<void> {
  const { code, stderr } = await run('backprop-train', args, { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

function reproduce(...args: string[]) {
  return run('backprop-eval', [...args, '--reproduce'], { cwd });
}

/** A copy of a model's text with one change. */
function changed(name: string, from: string | RegExp, to: string): string {
  const text = readFileSync(join(cwd, name), 'utf8');
  const other = text.replace(from, to);
  expect(other).not.toBe(text);
  writeFileSync(join(cwd, 'changed.json'), other);
  return 'changed.json';
}

test('says that the bytes are the same, and how long it took, with progress like that of training', async () => {
  const { code, stdout, stderr } = await reproduce('plain.json');
  expect(stderr.split('\n')).toEqual([
    'mnist-mini: 400 training and 100 test images  28×28  10 classes  bundled',
    expect.stringMatching(/^epoch 1\/2 {2}loss /),
    expect.stringMatching(/^epoch 2\/2 {2}loss /),
    '',
  ]);
  expect(code).toBe(0);
  const hash = sha256(readFileSync(join(cwd, 'plain.json')));
  expect(stdout).toMatch(
    new RegExp(
      `^model   plain\\.json\nsha256  ${hash}\nagain   the same bytes\ntime    [\\d.]+ s  2 epochs\n$`,
    ),
  );
});

test.each(Object.keys(MODELS))('--json, %s', async (path) => {
  const { code, stdout, stderr } = await reproduce(path, '--json', '-q');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const bytes = readFileSync(join(cwd, path));
  const hash = sha256(bytes);
  expect(JSON.parse(stdout)).toEqual({
    event: 'reproduce',
    model: { path, sha256: hash },
    reproduced: true,
    difference: null,
    again: { sha256: hash, bytes: bytes.length },
    epochsRun: expect.any(Number),
    seconds: expect.any(Number),
  });
  expect(readFileSync(join(cwd, path))).toEqual(bytes);
});

test('the run that stopped early did stop early, so that this was tried', () => {
  const { training, metrics } = JSON.parse(readFileSync(join(cwd, 'early.json'), 'utf8'));
  expect(metrics.epoch).toBeLessThan(training.epochs);
});

describe('other bytes: 8, after the result, with the first difference', () => {
  test.each([
    [
      'a weight',
      'hidden.json',
      /("weight": \[\n[^,]*),[^,]*,/,
      '$1,0.125,',
      'layers[1].weight[1] is 0.125, trained again ',
    ],
    [
      'a metric',
      'plain.json',
      /"loss": [\d.]+/,
      '"loss": 0.5',
      'metrics.train.loss is 0.5, trained again ',
    ],
    ['a hyperparameter', 'plain.json', '"seed": 1', '"seed": 2', 'layers[1].weight['],
    ['how it began', 'plain.json', '"init": "zeros"', '"init": "xavier"', 'layers[1].weight[0]'],
    [
      'a space',
      'plain.json',
      '"classes": 10',
      '"classes":  10',
      'the same model, but the file writes it in other bytes',
    ],
  ])('%s', async (_, name, from, to, message) => {
    const path = changed(name, from, to);
    const { code, stdout, stderr } = await reproduce(path, '-q', '--json');
    expect(stderr).toMatch(/^error: changed\.json: .+ The file was changed, or another .+\n$/);
    expect(stderr).toContain(message);
    expect(code).toBe(8);
    const { reproduced, difference, again } = JSON.parse(stdout);
    expect(reproduced).toBe(false);
    expect(again.sha256).not.toBe(sha256(readFileSync(join(cwd, path))));
    if (difference) expect(message).toContain(difference.field.slice(0, 9));
  });

  test('a record by which nothing can be trained', async () => {
    const path = changed('plain.json', '"batchSize": 7', '"batchSize": 500');
    const { code, stdout, stderr } = await reproduce(path, '-q');
    expect(stderr).toContain(
      'by its record, batch size 500 is larger than the 400 training images',
    );
    expect({ code, stdout }).toEqual({ code: 8, stdout: '' });
  });

  test('a record by which training diverges', async () => {
    const path = changed('plain.json', '"learningRate": 0.4', '"learningRate": 1e38');
    const { code, stderr } = await reproduce(path, '-q');
    expect(stderr).toContain('by its record, training diverged');
    expect(code).toBe(8);
  });
});

describe('a model that resumed from another file', () => {
  test('is reproduced from that file', async () => {
    const { code, stdout } = await reproduce('resumed.json', '--from', 'hidden.json', '-q');
    expect(code).toBe(0);
    expect(stdout).toContain('again   the same bytes');
  });

  test('says which file it needs: 2', async () => {
    const { code, stdout, stderr } = await reproduce('resumed.json');
    const hash = sha256(readFileSync(join(cwd, 'hidden.json')));
    expect(stderr).toBe(
      `error: resumed.json resumed from a file with SHA-256 ${hash}. Name that file with --from.\n`,
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('takes no other file: 4', async () => {
    const { code, stdout, stderr } = await reproduce('resumed.json', '--from', 'plain.json');
    expect(stderr).toContain(
      `but that of plain.json is ${sha256(readFileSync(join(cwd, 'plain.json')))}`,
    );
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
  });

  test('a record that names a file with other layers: 4', async () => {
    const hash = sha256(readFileSync(join(cwd, 'hidden.json')));
    const path = changed('plain.json', '"resumedFrom": null', `"resumedFrom": "${hash}"`);
    const { code, stderr } = await reproduce(path, '--from', 'hidden.json');
    expect(stderr).toContain('training.hidden: expected [9,6] as in hidden.json, found []');
    expect(code).toBe(4);
  });
});

describe('data from a folder', () => {
  test('have to be named, and are then the same', async () => {
    const missing = await reproduce('own.json');
    expect(missing.stderr).toMatch(
      /made with data from a folder\. Name the same .*--data-dir\.\n$/,
    );
    expect(missing.code).toBe(2);
    expect(await reproduce('own.json', '--data-dir', 'own', '-q')).toMatchObject({ code: 0 });
  });

  test('are not trained on if they are others: 3', async () => {
    const { code, stdout, stderr } = await reproduce('own.json', '--data-dir', bundled);
    expect(stderr).toMatch(/^error: own\.json: the run's data are custom with SHA-256 [^\n]+\n$/);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  });
});

test.each([
  [['plain.json', '--from', 'hidden.json'], '--from needs --reproduce'],
  [['plain.json', '--reproduce', '--from', 'hidden.json'], 'plain.json did not resume from a file'],
  [['plain.json', '--reproduce', '--split', 'train'], "'--reproduce' cannot be used with"],
  [['plain.json', '--reproduce', '--min-accuracy', '0.5'], "'--reproduce' cannot be used with"],
])('%j: 2', async (args, message) => {
  const { code, stdout, stderr } = await run('backprop-eval', args, { cwd });
  expect(stderr).toContain(message);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

test('a model without a record: 4', async () => {
  const foreign = await readModel(join(cwd, 'arrays.npz'));
  await saveModel(join(cwd, 'foreign.npz'), {
    ...foreign.model,
    training: undefined,
    metrics: undefined,
  });
  const { code, stderr } = await reproduce('foreign.npz');
  expect(stderr).toMatch(/^error: foreign\.npz: expected a record of its training, found none\./);
  expect(code).toBe(4);
});

test('a kernel that there is not: 4', async () => {
  const path = changed('plain.json', '"kernel": "simd"', '"kernel": "gpu"');
  const { code, stderr } = await reproduce(path);
  expect(stderr).toContain('training.kernel: expected "simd" or "reference", found "gpu"');
  expect(code).toBe(4);
});
