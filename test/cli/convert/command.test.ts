/** Every command takes a model in every format that is read, and train writes all. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Of } from '../../../src/files/regular.js';
import { readModel, saveModel } from '../../../src/model/file.js';
import { run } from '../process.js';

const data = ['--dataset', 'mnist-mini', '--offline'];
const READABLE = ['json', 'safetensors', 'npz'];
const FORMATS = [...READABLE, 'onnx', 'h', 'mjs'];

let cwd: string;
const read = (name: string): Buffer => readFileSync(join(cwd, name));
/** Runs a command that must do well. */
async function done(bin: Parameters<typeof run>[0], ...args: string[]) {
  const result = await run(bin, args, { cwd });
  expect({ code: result.code, stderr: result.stderr }).toMatchObject({ code: 0 });
  return result;
}

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'backprop convert ✓ '));
  const args = [...data, '-e', '1', '--hidden', '8', '-q', '-o', 'model.json'];
  await run('backprop-train', args, { cwd });
  const { model } = await readModel(join(cwd, 'model.json'));
  const { training: _t, metrics: _m, ...foreign } = model;
  await saveModel(join(cwd, 'foreign.npz'), foreign);
}, 60_000);
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test.each(FORMATS)('train writes .%s, the same bytes as convert does', async (format) => {
  const args = [...data, '-e', '1', '--hidden', '8', '--json', '-q', '-o', `trained.${format}`];
  const { stdout } = await done('backprop-train', ...args);
  await done('backprop-convert', 'model.json', `converted.${format}`);
  const bytes = read(`converted.${format}`);
  expect(read(`trained.${format}`)).toEqual(bytes);
  expect(JSON.parse(stdout).model).toEqual({
    path: `trained.${format}`,
    bytes: bytes.length,
    sha256: sha256Of(bytes),
  });
});

test.each(READABLE)('convert makes of .%s the same model.json again', async (format) => {
  await done('backprop-convert', 'model.json', `there.${format}`);
  const { stdout, stderr } = await done('backprop-convert', `there.${format}`, 'back.json');
  expect(read('back.json')).toEqual(read('model.json'));
  const hash = sha256Of(read('model.json'));
  expect(stdout).toMatch(new RegExp(`^model   back\\.json  .* kB\nsha256  ${hash}\n$`));
  expect(stderr).toBe('');
});

test('convert --json is one line: both files with their hashes', async () => {
  const { stdout } = await done('backprop-convert', 'model.json', 'model.onnx', '--json');
  const bytes = read('model.onnx');
  expect(stdout.split('\n')).toHaveLength(2);
  expect(JSON.parse(stdout)).toEqual({
    event: 'result',
    from: { path: 'model.json', sha256: sha256Of(read('model.json')) },
    model: { path: 'model.onnx', bytes: bytes.length, sha256: sha256Of(bytes) },
  });
});

describe.each(['safetensors', 'npz'])('a model in .%s', (format) => {
  beforeAll(() => done('backprop-convert', 'model.json', `model.${format}`));

  test('is evaluated as its model.json is', async () => {
    const results = await Promise.all(
      ['json', format].map(async (ending) => {
        const { stdout } = await done('backprop-eval', `model.${ending}`, ...data, '--json');
        const { model, ...result } = JSON.parse(stdout);
        return result;
      }),
    );
    expect(results[1]).toEqual(results[0]);
  });

  test('is explained as its model.json is', async () => {
    const results = await Promise.all(
      ['json', format].map(async (ending) => {
        const { stdout } = await done('backprop-explain', `model.${ending}`, ...data, '--json');
        const { model, ...result } = JSON.parse(stdout);
        return result;
      }),
    );
    expect(results[1]).toEqual(results[0]);
  });

  test('is what --resume resumes from', async () => {
    const weights = await Promise.all(
      ['json', format].map(async (ending) => {
        const out = `resumed-from-${ending}.json`;
        const resume = ['--resume', `model.${ending}`];
        await done('backprop-train', ...data, '-e', '1', ...resume, '-o', out);
        return JSON.parse(String(read(out)));
      }),
    );
    expect(weights[1].layers).toEqual(weights[0].layers);
    expect(weights[1].training.resumedFrom).toBe(sha256Of(read(`model.${format}`)));
  });
});

describe('a model without a record', () => {
  const warning = 'warning: foreign.npz has no record of its training; its pixels are taken to be';

  test('is evaluated and explained, and says so', async () => {
    for (const bin of ['backprop-eval', 'backprop-explain'] as const) {
      const { stderr, stdout } = await done(bin, 'foreign.npz', ...data);
      expect(stderr).toContain(warning);
      const known = await done(bin, 'model.json', ...data);
      expect(stdout.replace('foreign.npz', 'model.json')).toBe(known.stdout);
      expect((await done(bin, 'foreign.npz', ...data, '-q')).stderr).toBe('');
    }
  });

  test('has a report that says what it does not know', async () => {
    await done('backprop-eval', 'foreign.npz', ...data, '--report', 'page.html');
    const page = String(read('page.html'));
    expect(page).toContain('by another program');
    expect(page).toContain('foreign.npz has no record of its training');
  });

  test('is resumed from, and its model has a record', async () => {
    await done('backprop-train', ...data, '-e', '1', '--resume', 'foreign.npz', '-o', 'more.json');
    const { model } = await readModel(join(cwd, 'more.json'));
    expect(model.training).toMatchObject({
      hidden: [8],
      resumedFrom: sha256Of(read('foreign.npz')),
    });
  });

  test('becomes any format but model.json', async () => {
    const { stderr } = await done('backprop-convert', 'foreign.npz', 'foreign.onnx');
    expect(stderr).toContain(warning);
    const refused = await run('backprop-convert', ['foreign.npz', 'foreign.json'], { cwd });
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toContain('model: expected a record of its training, found none');
    expect(readdirSync(cwd)).not.toContain('foreign.json');
  });
});

describe('refused, with nothing written:', () => {
  test.each<[string, string[], number, string]>([
    [
      'another ending',
      ['model.json', 'x.pt'],
      2,
      'x.pt: expected a file name that ends in .json, .safetensors, .npz, .onnx, .h or .mjs, found .pt',
    ],
    [
      'the same file',
      ['model.json', './model.json'],
      2,
      '<from> and <to> are the same file, model.json',
    ],
    ['no second file', ['model.json'], 2, "missing required argument 'to'"],
    [
      'a format that is not read',
      ['x.onnx', 'x.json'],
      4,
      'x.onnx: expected a model in .json, .safetensors or .npz, found .onnx',
    ],
    ['nothing there', ['x.npz', 'x.json'], 4, 'x.npz: expected a model file, found nothing there'],
    [
      'JSON that calls itself otherwise',
      ['wrong.npz', 'x.json'],
      4,
      'wrong.npz: expected a zip file of arrays',
    ],
    ['a folder that is not there', ['model.json', 'none/x.json'], 5, 'cannot write none/x.json'],
  ])('%s', async (_, args, code, message) => {
    writeFileSync(join(cwd, 'wrong.npz'), read('model.json'));
    const before = readdirSync(cwd);
    const result = await run('backprop-convert', args, { cwd });
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(`error: ${message}`);
    expect(readdirSync(cwd)).toEqual(before);
  });

  test('train names the endings before it trains', async () => {
    const result = await run('backprop-train', [...data, '-o', 'x.pt'], { cwd });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(/^error: x\.pt: expected a file name that ends in [^\n]+\n$/);
  });

  test('a name without an ending is a model.json', async () => {
    await done('backprop-convert', 'foreign.npz', 'as-mjs.mjs');
    await done('backprop-convert', 'model.json', 'no-ending');
    expect(read('no-ending')).toEqual(read('model.json'));
  });
});
