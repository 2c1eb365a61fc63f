import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, type TestContext, test } from 'vitest';
import { finish, run, start, temporaryFolder, untilWritten } from '../cli/process.js';

const SIZE = 1024 * 1024;
const mini = ['--dataset', 'mnist-mini', '-q'];

/** A disk of its own, in memory; a test that cannot have one says so and skips. */
function smallDisk(context: TestContext): string {
  const folder = join(temporaryFolder(), 'disk');
  mkdirSync(folder);
  const { status, stderr } = mount('-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder);
  if (status !== 0) context.skip(`a small disk needs root to mount it: ${stderr || 'no mount'}`);
  onTestFinished(() => {
    spawnSync('umount', ['--lazy', folder]);
  });
  return folder;
}

function mount(...args: string[]) {
  return spawnSync('mount', args, { encoding: 'utf8' });
}

/** Takes all the space of the small disk but for `room` bytes. */
function fill(folder: string, room: number): void {
  const filler = join(folder, 'filler');
  const page = Buffer.alloc(4096);
  try {
    for (;;) appendFileSync(filler, page);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  }
  truncateSync(filler, statSync(filler).size - room);
}

/** Fills it and, because a run may be replacing a file just then, whatever comes free afterwards. */
async function keepFull<T>(folder: string, finished: Promise<T>): Promise<T> {
  fill(folder, 0);
  const timer = setInterval(() => fill(folder, 0), 5);
  return finished.finally(() => clearInterval(timer));
}

const read = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8');

const full = (name: string): string =>
  `error: cannot write ${name}: ENOSPC: no space left on device. ` +
  'Free some space, or choose another disk.\n';

test('a disk that is full at the end: 5, and the old model is whole', async (context) => {
  const cwd = smallDisk(context);
  await run('backprop-train', [...mini, '-e', '1'], { cwd });
  const before = read(cwd, 'model.json');
  // The model needs 75 kB.
  for (const room of [0, 4096, 40_960]) {
    fill(cwd, room);
    const { code, stdout, stderr } = await run('backprop-train', [...mini, '-e', '3'], { cwd });
    expect({ code, stdout, stderr }).toEqual({ code: 5, stdout: '', stderr: full('model.json') });
    expect(read(cwd, 'model.json')).toBe(before);
    expect(readdirSync(cwd)).toEqual(['filler', 'model.json']);
    rmSync(join(cwd, 'filler'));
  }
});

test('a disk that is full at a checkpoint: 5, and the run goes on from the one before', async (context) => {
  const cwd = smallDisk(context);
  const long = [...mini.slice(0, -1), '-e', '1200', '--validation', '0.2'];
  const out = ['-o', join(temporaryFolder(), 'model.json')];
  const child = start('backprop-train', [...long, ...out, '--checkpoint', 'run.json'], { cwd });
  const finished = finish(child);
  await untilWritten(child.stderr!, 'epoch 2/');
  const { code, stderr } = await keepFull(cwd, finished);
  expect(code).toBe(5);
  expect(stderr.endsWith(full('run.json'))).toBe(true);
  expect(readdirSync(cwd)).toEqual(['filler', 'run.json']);
  rmSync(join(cwd, 'filler'));
  await run('backprop-train', ['--resume', 'run.json', '-q', '-o', 'resumed.json'], { cwd });
  await run('backprop-train', [...long, '-q', '-o', 'whole.json'], { cwd });
  expect(read(cwd, 'resumed.json')).toBe(read(cwd, 'whole.json'));
});

test('a disk that is full while the history grows: a warning, whole lines, and 5 at the end', async (context) => {
  const cwd = smallDisk(context);
  const aside = temporaryFolder();
  const long = ['--dataset', 'mnist-mini', '--limit', '50', '-e', '4000'];
  const out = ['-o', join(aside, 'model.json'), '--history', 'h.csv'];
  const child = start('backprop-train', [...long, ...out], { cwd });
  const finished = finish(child);
  await untilWritten(child.stderr!, 'epoch 2/');
  const { code, stdout, stderr } = await keepFull(cwd, finished);
  expect(code).toBe(5);
  expect(stderr.match(/warning: /g)).toHaveLength(1);
  expect(stderr).toMatch(
    /\nwarning: cannot write h\.csv: ENOSPC: [^\n]*: tried again at the end\n/,
  );
  expect(stderr.endsWith(full('h.csv'))).toBe(true);
  expect(stdout).toContain('model.json');
  const grown = read(cwd, 'h.csv');
  expect(grown).toMatch(/\n$/);
  await run('backprop-train', [...long, '-q', '-o', 'm.json', '--history', 'h.csv'], {
    cwd: aside,
  });
  expect(read(aside, 'h.csv').startsWith(grown)).toBe(true);
});

test('a disk that may only be read: 5 before training', async (context) => {
  const cwd = smallDisk(context);
  writeFileSync(join(cwd, 'model.json'), 'old');
  expect(mount('-o', 'remount,ro', cwd).status).toBe(0);
  for (const more of [[], ['--checkpoint', 'run.json', '-o', '/dev/null']]) {
    const args = ['--dataset', 'mnist-mini', '-e', '100000', ...more];
    const { code, stderr } = await run('backprop-train', args, { cwd });
    expect(code).toBe(5);
    expect(stderr).toMatch(/^error: cannot write \S+: EROFS: read-only file system\. [^\n]*\n$/);
  }
  expect(read(cwd, 'model.json')).toBe('old');
});

test('a cache on a disk that may only be read: 5, saying so', async (context) => {
  const cwd = smallDisk(context);
  expect(mount('-o', 'remount,ro', cwd).status).toBe(0);
  for (const folder of ['cache', join('no', 'cache')]) {
    const env = { BACKPROP_DATA_DIR: join(cwd, folder) };
    const { code, stderr } = await run('backprop-data', ['fetch', 'mnist', '--offline'], { env });
    expect(code).toBe(5);
    expect(stderr).toMatch(/^error: cannot write [^\n]+: EROFS: read-only file system\. [^\n]+\n$/);
  }
});

test.skipIf(process.getuid?.() === 0)(
  'a folder that may only be read: 5 before training',
  async () => {
    const cwd = temporaryFolder();
    spawnSync('chmod', ['555', cwd]);
    const args = ['--dataset', 'mnist-mini', '-e', '100000', '--checkpoint', 'run.json'];
    const { code, stderr } = await run('backprop-train', args, { cwd });
    spawnSync('chmod', ['755', cwd]);
    expect(code).toBe(5);
    expect(stderr).toMatch(/^error: cannot write model\.json: EACCES/);
  },
);

test.skipIf(!existsSync('/dev/full'))(
  'a full device takes no history or checkpoint: 5',
  async () => {
    for (const [flag, name] of [
      ['--history', 'full.csv'],
      ['--checkpoint', 'full.json'],
    ] as const) {
      const cwd = temporaryFolder();
      spawnSync('ln', ['-s', '/dev/full', join(cwd, name)]);
      const { code, stderr } = await run('backprop-train', [...mini, flag, name], { cwd });
      expect({ code, stderr: stderr.split(':', 3).join(':') }).toEqual({
        ...{ code: 5, stderr: `error: cannot write ${name}: ENOSPC` },
      });
    }
  },
);
