import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { BackpropError, DiskError, ModelError } from '../../src/errors.js';
import { MAX_BYTES, readModel, saveModel } from '../../src/model/file.js';
import { formatModel, MAX_CLASSES, MAX_PARAMETERS } from '../../src/model/model.js';
import { parseModel } from '../../src/model/read.js';
import { parameterCount } from '../../src/network.js';
import { MOST_HIDDEN } from '../../src/sgd.js';
import { deepModel, goodText, smallModel } from './small-model.js';

const folder = mkdtempSync(join(tmpdir(), 'backprop-model-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function failure(attempt: Promise<unknown>): Promise<BackpropError> {
  const error = await attempt.then(
    () => expect.fail('expected a refusal'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BackpropError);
  expect((error as BackpropError).message).not.toMatch(/[\n\r]/);
  expect((error as BackpropError).message.length).toBeLessThan(300);
  return error as BackpropError;
}

describe('a round trip', () => {
  test.each([
    ['a plain model', smallModel()],
    ['a deep model', deepModel()],
  ])('through a file gives back %s and the hash of its bytes', async (_, model) => {
    const path = join(folder, 'modèle one.json');
    const saved = await saveModel(path, model);
    const bytes = readFileSync(path);
    expect(saved).toEqual({
      path,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bytes: bytes.length,
    });
    expect(await readModel(path)).toEqual({ model, sha256: saved.sha256 });
  });

  test('keeps every bit of every finite parameter, and the text does not change', () => {
    const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
    const side = fc.integer({ min: 1, max: 4 });
    const models = fc
      .tuple(side, side, side, fc.array(side, { maxLength: MOST_HIDDEN }))
      .chain(([rows, columns, classes, hidden]) => {
        const length = parameterCount({ rows, columns, classes, hidden });
        const training = { ...smallModel().training, hidden };
        return fc.array(finite, { minLength: length, maxLength: length }).map((values) =>
          smallModel({
            rows,
            columns,
            classes,
            hidden,
            training,
            parameters: Float32Array.from(values),
          }),
        );
      });
    fc.assert(
      fc.property(models, (model) => {
        const text = formatModel(model);
        const read = parseModel(text, 'm.json');
        expect(new Uint32Array(read.parameters.buffer)).toEqual(
          new Uint32Array(model.parameters.buffer),
        );
        expect(formatModel(read)).toBe(text);
      }),
      { seed: 20240611, numRuns: 200 },
    );
  });

  test.each([
    ['a byte-order mark', `\uFEFF${goodText}`],
    ['CRLF', goodText.replaceAll('\n', '\r\n')],
    ['no spaces at all', JSON.stringify(JSON.parse(goodText)).replace('[0,0,', '[0,-0,')],
    ['escaped keys', goodText.replace('"format"', '"\\u0066ormat"')],
  ])('survives %s', async (_name, text) => {
    const path = join(folder, 'odd.json');
    writeFileSync(path, text);
    expect((await readModel(path)).model).toEqual(smallModel());
  });

  test('a failed save leaves the old model as it was', async () => {
    const path = join(folder, 'kept.json');
    await saveModel(path, smallModel());
    const bad = smallModel();
    bad.parameters[0] = Number.NaN;
    await expect(saveModel(path, bad)).rejects.toBeInstanceOf(ModelError);
    expect(readFileSync(path, 'utf8')).toBe(goodText);
    expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  test('saving into a folder that is missing is a disk error', async () => {
    const error = await failure(saveModel(join(folder, 'none', 'm.json'), smallModel()));
    expect(error).toBeInstanceOf(DiskError);
  });
});

describe('reading a path refuses', () => {
  test('a missing file, and a folder', async () => {
    const missing = await failure(readModel(join(folder, 'missing.json')));
    expect(missing.message).toMatch(/missing\.json: expected a model file, found nothing there$/);
    expect(missing.exitCode).toBe(4);
    expect((await failure(readModel(folder))).message).toMatch(/found a folder$/);
  });

  test.skipIf(process.platform === 'win32')('a FIFO and an endless device, at once', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    expect((await failure(readModel(fifo))).message).toMatch(/found a pipe or device$/);
    expect((await failure(readModel('/dev/zero'))).message).toMatch(/found a pipe or device$/);
  });

  test('a file of 2 GB, by its size', async () => {
    const path = join(folder, 'huge.json');
    writeFileSync(path, '');
    truncateSync(path, 2 ** 31);
    expect((await failure(readModel(path))).message).toContain(
      'expected a model file of at most 46065536 bytes, found 2147483648',
    );
  });

  test('invalid UTF-8', async () => {
    const path = join(folder, 'latin1.json');
    writeFileSync(path, Buffer.from(goodText.replace('"mnist"', '"mnïst"'), 'latin1'));
    expect((await failure(readModel(path))).message).toContain('expected UTF-8 text');
  });

  test('an empty file', async () => {
    const path = join(folder, 'empty.json');
    writeFileSync(path, '');
    expect((await failure(readModel(path))).message).toContain('the file is empty');
  });
});

test.each([
  ['one linear layer', []],
  ['four hidden layers', [256, 256, 1024, 256]],
])(
  'the largest model of %s that is written can be read',
  async (_, hidden) => {
    // The number of the longest text everywhere, and names as long as they may be, all escaped.
    const classes = MAX_CLASSES;
    const [first, rest] = [
      hidden[0] ?? classes,
      parameterCount({ rows: 1, columns: 0, classes, hidden }),
    ];
    const columns = Math.floor((MAX_PARAMETERS - rest) / first);
    const name = '\u0001'.repeat(200);
    const small = smallModel();
    const training = {
      ...small.training,
      hidden,
      kernel: name,
      dataset: { ...small.training.dataset, name },
    };
    const parameters = new Float32Array(parameterCount({ rows: 1, columns, classes, hidden })).fill(
      -1.2345679e20,
    );
    const path = join(folder, 'largest.json');
    const model = { ...small, rows: 1, columns, classes, hidden, training, parameters };
    const { bytes } = await saveModel(path, model);
    expect(bytes).toBeGreaterThan(0.99 * MAX_BYTES);
    const read = await readModel(path);
    expect(
      Buffer.compare(Buffer.from(read.model.parameters.buffer), Buffer.from(parameters.buffer)),
    ).toBe(0);
  },
  60_000,
);
