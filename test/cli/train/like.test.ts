import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeSmallData } from '../bytes.js';
import { run } from '../process.js';

const cwd = mkdtempSync(join(tmpdir(), 'backprop like '));
const mini = ['--dataset', 'mnist-mini', '-q'];

const MODELS: Record<string, string> = {
  plain: '-e 2 -b 7 --lr 0.1 --lr-schedule cosine --momentum 0.5 --weight-decay 0.01 --seed 5',
  early: '-e 9 --no-shuffle --limit 300 --validation 0.2 --early-stop 1 --init xavier --lr 2',
  hidden: '-e 2 --hidden 9,6 --lr 0.05',
  reference: '-e 1 --kernel reference --limit 50',
};

beforeAll(async () => {
  writeSmallData(join(cwd, 'folder'));
  for (const [name, flags] of Object.entries(MODELS)) {
    await train(...mini, ...flags.split(' '), '-o', name);
  }
  await train('--data-dir', 'folder', '-b', '5', '-q', '-o', 'own');
  await train(...mini, '-e', '1', '--resume', 'plain', '--checkpoint', 'run', '-o', 'resumed');
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

async function train(...args: string[]): Promise<void> {
  const { code, stderr } = await run('backprop-train', args, { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

const read = (name: string): string => readFileSync(join(cwd, name), 'utf8');
const recordOf = (name: string) => JSON.parse(read(name)).training;

test.each(Object.keys(MODELS))('gives the same bytes: %s', async (name) => {
  await train('--like', name, '-q', '-o', 'again');
  expect(read('again')).toBe(read(name));
});

describe('flags given besides override', () => {
  test.each([
    ['plain', ['--seed', '6', '-e', '3'], { seed: 6, epochs: 3, batchSize: 7, momentum: 0.5 }],
    ['plain', ['--hidden', '8'], { hidden: [8], init: 'he', learningRate: 0.1 }],
    ['early', ['--hidden', '8'], { hidden: [8], init: 'xavier', shuffle: false }],
    ['early', ['--validation', '0'], { validation: 0, earlyStop: null, limit: 300 }],
    ['reference', ['--kernel', 'simd'], { kernel: 'simd', limit: 50 }],
  ])('%s %j', async (name, args, expected) => {
    await train('--like', name, ...args, '-q', '-o', 'other');
    expect(recordOf('other')).toMatchObject(expected);
  });

  test('the data, by name or by folder', async () => {
    await train('--like', 'own', ...mini, '-o', 'other');
    expect(recordOf('other')).toMatchObject({ batchSize: 5, dataset: { name: 'mnist-mini' } });
    await train('--like', 'own', '--data-dir', 'folder', '-q', '-o', 'again');
    expect(read('again')).toBe(read('own'));
  });
});

test('data from a folder have to be named: 2', async () => {
  const { code, stderr } = await run('backprop-train', ['--like', 'own', '-o', 'never'], { cwd });
  expect(stderr).toMatch(/^error: own was made with data from a folder\. .*--data-dir\.\n$/);
  expect(code).toBe(2);
});

describe('with --resume', () => {
  test('a model that resumed gives the same bytes', async () => {
    await train('--like', 'resumed', '--resume', 'plain', '-q', '-o', 'again');
    expect(read('again')).toBe(read('resumed'));
  });

  test('without it, says that a part is missing', async () => {
    const args = ['--like', 'resumed', '-o', 'other', '--min-accuracy', '0'];
    const { code, stderr } = await run('backprop-train', args, { cwd });
    expect(stderr).toMatch(
      /^warning: resumed resumed from a file with SHA-256 [0-9a-f]{64}: .*--resume\n/,
    );
    expect(code).toBe(0);
  });

  test('a checkpoint brings flags of its own: 2', async () => {
    const { code, stderr } = await run('backprop-train', ['--like', 'plain', '--resume', 'run'], {
      cwd,
    });
    expect(stderr).toContain("--like contradicts run: a checkpoint brings its run's flags");
    expect(code).toBe(2);
  });
});

test.each([
  [4, ['--like', 'nothing']],
  [4, ['--like', 'run']],
  [2, ['--like', 'plain', '--checkpoint', './plain']],
])('%i: %j', async (expected, args) => {
  const { code, stdout, stderr } = await run('backprop-train', args, { cwd });
  expect(stderr).toMatch(/^error: .+\n$/);
  expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
});
