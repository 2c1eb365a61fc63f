import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { savedFlagsOf, type TrainFlags } from '../../src/cli/train/flags.js';
import { trainAndSave } from '../../src/cli/train/run.js';
import { DiskError } from '../../src/errors.js';
import { assertWritable, removeStaleTemporaries, writeFileAtomic } from '../../src/files/atomic.js';
import { readResumable } from '../../src/model/checkpoint.js';
import { DEFAULTS } from '../../src/sgd.js';
import { temporaryFolder } from '../cli/process.js';
import { provoked, withFaults } from './failing-calls.js';

vi.mock('node:fs/promises', async () => (await import('./failing-calls.js')).failingFileSystem());

afterAll(() => console.info(`${provoked()} runs with failing file-system calls`));

/** Once; for good, as a full disk; for good and even for removals, as a disk that is gone. */
const MODES = [
  ['once', { forGood: false, canRemove: true }],
  ['for good', { forGood: true, canRemove: true }],
  ['for good, and nothing can be removed', { forGood: true, canRemove: false }],
] as const;

const temporaries = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.endsWith('.tmp'));

/** What only the disk may say: the exit code 5 and the path. */
function expectDiskError(error: unknown, within: string): void {
  expect(error).toBeInstanceOf(DiskError);
  expect((error as DiskError).message).toContain(`cannot write ${within}`);
  expect((error as DiskError).exitCode).toBe(5);
}

describe.each(MODES)('file-system call number N fails %s', (_, mode) => {
  test.each(['a new file', 'an old file', 'a link to a file', 'a link to nothing yet'])(
    'while writing %s: it is old or new, whole, and there is no temporary',
    async (kind) => {
      let through = false;
      for (let failAt = 1; !through; failAt++) {
        const folder = temporaryFolder();
        mkdirSync(join(folder, 'real'));
        const link = kind.startsWith('a link');
        const target = join(folder, 'real', 'file');
        const path = link ? join(folder, 'link') : target;
        if (link) symlinkSync(join('real', 'file'), path);
        const old =
          kind === 'an old file' || kind === 'a link to a file' ? 'old'.repeat(999) : null;
        if (old !== null) writeFileSync(target, old);

        const { calls, error } = await withFaults({ within: folder, failAt, ...mode }, () =>
          writeFileAtomic(path, 'new'.repeat(1000)),
        );
        through = calls.length < failAt;
        if (error) expectDiskError(error, path);
        else expect(through).toBe(true);
        const found = existsSync(target) ? readFileSync(target, 'utf8') : null;
        if (found !== 'new'.repeat(1000)) expect(found).toBe(old);
        if (through) expect(found).toBe('new'.repeat(1000));
        // Only where removing it failed as well, and by a name that the next run knows.
        const left = temporaries(join(folder, 'real'));
        if (mode.canRemove) expect(left).toEqual([]);
        else expect(left.length).toBeLessThanOrEqual(1);
        if (link) expect(readdirSync(folder)).toEqual(['link', 'real']);
        if (through) expect(calls).toEqual(expect.arrayContaining(['stat', 'open', 'rename']));
        if (through) expect(calls.filter((name) => name === 'sync')).toHaveLength(2);
      }
    },
  );

  test('while a run saves: model and checkpoint are old or new, whole; the history has whole lines', async () => {
    const reference = temporaryFolder();
    await trainAndSave(flagsIn(reference), context());
    let through = false;
    for (let failAt = 1; !through; failAt++) {
      const folder = temporaryFolder();
      // Read by other means than what is to fail.
      for (const name of ['model.json', 'history.csv']) writeFileSync(join(folder, name), 'old');
      writeFileSync(join(folder, 'run.json'), readFileSync(join(reference, 'run.json')));

      const { calls, error } = await withFaults({ within: folder, failAt, ...mode }, () =>
        trainAndSave(flagsIn(folder), context()),
      );
      through = calls.length < failAt;
      if (error) expectDiskError(error, folder);
      const model = readFileSync(join(folder, 'model.json'), 'utf8');
      const whole = readFileSync(join(reference, 'history.csv'), 'utf8');
      if (model !== 'old' || !error) {
        expect(model).toBe(readFileSync(join(reference, 'model.json'), 'utf8'));
      }
      const history = readFileSync(join(folder, 'history.csv'), 'utf8');
      if (!error) expect(history).toBe(whole);
      if (history !== 'old') {
        expect(whole.startsWith(history)).toBe(true);
        if (mode.canRemove) expect(history).toMatch(/\n$/);
      }
      const removed = mode.canRemove && calls[failAt - 1] !== 'unlink';
      expect(temporaries(folder).length).toBeLessThanOrEqual(removed ? 0 : 1);
      expect(await resumed(folder)).toBe(readFileSync(join(reference, 'model.json'), 'utf8'));
    }
  }, 180_000);
});

describe.each([[['sync']], [['sync', 'chmod']]])(
  'open files without %j, as Yarn has them',
  (lacking) => {
    test.each(['a new file', 'an old file'])('%s is written', async (which) => {
      const folder = temporaryFolder();
      const path = join(folder, 'file');
      if (which === 'an old file') {
        writeFileSync(path, 'old');
        chmodSync(path, 0o666);
      }
      const { error } = await withFaults({ within: folder, lacking }, async () => {
        await assertWritable(path);
        await writeFileAtomic(path, 'new');
      });
      expect(error).toBeUndefined();
      expect(readFileSync(path, 'utf8')).toBe('new');
      expect(readdirSync(folder)).toEqual(['file']);
      if (which === 'an old file') expect(statSync(path).mode & 0o777).toBe(0o666);
    });
  },
);

test('a disk that fails to sync is found out before training', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'file');
  const plain = await withFaults({ within: folder }, () => assertWritable(path));
  const failAt = plain.calls.indexOf('sync') + 1;
  const { error } = await withFaults({ within: folder, failAt }, () => assertWritable(path));
  expect(error).toMatchObject({ exitCode: 5, message: `cannot write ${path}: EIO: i/o error` });
  expect(readdirSync(folder)).toEqual([]);
});

test('a call that fails while a checkpoint is read is a typed error that names it', async () => {
  const folder = temporaryFolder();
  await trainAndSave(flagsIn(folder), context());
  const path = join(folder, 'run.json');
  let through = false;
  for (let failAt = 1; !through; failAt++) {
    const { calls, error } = await withFaults({ within: folder, failAt }, () =>
      readResumable(path),
    );
    through = calls.length < failAt;
    if (error) {
      const message = expect.stringMatching(/run\.json: cannot be read \((EIO|ENOSPC)\)/);
      expect(error).toMatchObject({ exitCode: 4, message });
    } else if (!through) {
      // It had been read.
      expect(calls.at(-1)).toBe('close');
    }
  }
});

test('temporaries go once they are old, and nothing else does', async () => {
  const folder = temporaryFolder();
  const faults = { within: folder, failAt: 6, forGood: true, canRemove: false };
  const { error } = await withFaults(faults, () => writeFileAtomic(join(folder, 'file'), 'new'));
  expectDiskError(error, folder);
  const [recent] = temporaries(folder) as [string];
  const old = recent.replace(/[0-9a-f]{16}/, '0123456789abcdef');
  const others = ['.backprop-x.tmp', 'file.tmp'];
  for (const name of [old, ...others]) writeFileSync(join(folder, name), '');
  for (const name of [old, ...others]) utimesSync(join(folder, name), 0, 0);
  await removeStaleTemporaries(folder);
  expect(readdirSync(folder).sort()).toEqual([recent, ...others].sort());
  utimesSync(join(folder, recent), 0, 0);
  await removeStaleTemporaries(folder);
  expect(readdirSync(folder).sort()).toEqual(others);
});

/** model.json of the run that goes on from the checkpoint in `folder`. */
async function resumed(folder: string): Promise<string> {
  const out = join(folder, 'resumed.json');
  const resume = join(folder, 'run.json');
  await trainAndSave({ ...flagsIn(folder), out, resume, checkpoint: undefined }, context());
  return readFileSync(out, 'utf8');
}

function context() {
  const [stdout, stderr] = [new PassThrough().resume(), new PassThrough().resume()];
  return {
    stdin: () => process.stdin,
    stdout,
    stderr,
    env: {},
    signal: new AbortController().signal,
  };
}

function flagsIn(folder: string): TrainFlags {
  const short = { epochs: 3, momentum: 0.5, validation: 0.2, limit: 25, kernel: 'reference' };
  return {
    ...savedFlagsOf({ ...DEFAULTS, ...short }, 'run.json'),
    dataset: 'mnist-mini',
    threads: 1,
    lang: 'en',
    color: false,
    out: join(folder, 'model.json'),
    history: join(folder, 'history.csv'),
    quiet: true,
    checkpoint: join(folder, 'run.json'),
    checkpointEvery: 1,
  };
}
