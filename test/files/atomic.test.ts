import { execFile, execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { DiskError } from '../../src/errors.js';
import { assertWritable, writeFileAtomic } from '../../src/files/atomic.js';
import { temporaryFolder } from '../dataset/idx-bytes.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder, 'model.json');
});

test('writes text and bytes, and leaves nothing else in the folder', async () => {
  await writeFileAtomic(path, 'ä');
  await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
  expect([...(await readFile(path))]).toEqual([1, 2, 3]);
  expect(await readdir(folder)).toEqual(['model.json']);
});

test('puts a new file in the place of the old one instead of writing into it', async () => {
  await writeFile(path, 'old');
  const reader = await readFile(path, 'utf8');
  const before = (await stat(path)).ino;
  await writeFileAtomic(path, 'new');
  expect(reader).toBe('old');
  expect((await stat(path)).ino).not.toBe(before);
});

test('keeps the mode of the old file and gives a new one the umask', async () => {
  await writeFile(path, 'old');
  await chmod(path, 0o666);
  await writeFileAtomic(path, 'new');
  expect((await stat(path)).mode & 0o777).toBe(0o666);
  const fresh = join(folder, 'fresh');
  await writeFileAtomic(fresh, 'new');
  expect((await stat(fresh)).mode & 0o777).toBe(0o666 & ~process.umask());
});

test.each([
  ['a present file', 'old'],
  ['a file that is not there yet', undefined],
])('writes through a link to %s', async (_, content) => {
  await mkdir(join(folder, 'real'));
  const target = join(folder, 'real', 'target');
  if (content !== undefined) await writeFile(target, content);
  await symlink(join('real', 'target'), path);
  await assertWritable(path);
  await writeFileAtomic(path, 'new');
  expect(await readlink(path)).toBe(join('real', 'target'));
  expect(await readFile(target, 'utf8')).toBe('new');
  expect(await readdir(join(folder, 'real'))).toEqual(['target']);
});

test('writes through a link to a link to nothing yet', async () => {
  await symlink('second', path);
  await symlink('target', join(folder, 'second'));
  await writeFileAtomic(path, 'new');
  expect((await readdir(folder)).sort()).toEqual(['model.json', 'second', 'target']);
  expect(await readlink(path)).toBe('second');
  expect(await readFile(join(folder, 'target'), 'utf8')).toBe('new');
});

describe.skipIf(process.platform === 'win32')('a pipe', () => {
  // More than a pipe holds.
  const data = 'x'.repeat(1_000_000);
  const read = 'sleep 0.2; exec 3<"$0"; sleep 0.2; wc -c <&3';

  test('is written to once somebody reads it, however slowly', async () => {
    execFileSync('mkfifo', [path]);
    await assertWritable(path);
    const reader = promisify(execFile)('sh', ['-c', read, path]);
    await writeFileAtomic(path, data);
    expect((await reader).stdout.trim()).toBe('1000000');
    expect((await stat(path)).isFIFO()).toBe(true);
  });

  test('that nobody reads is waited for until the signal is aborted', async () => {
    execFileSync('mkfifo', [path]);
    const abort = new AbortController();
    const writing = writeFileAtomic(path, data, abort.signal);
    const reason = new Error('stopped');
    abort.abort(reason);
    await expect(writing).rejects.toBe(reason);
    await expect(writeFileAtomic(path, data, abort.signal)).rejects.toBe(reason);
  });

  test('whose reader goes away is a DiskError', async () => {
    execFileSync('mkfifo', [path]);
    const reader = promisify(execFile)('sh', ['-c', 'head -c 1 "$0"', path]);
    await expect(writeFileAtomic(path, data)).rejects.toThrow(`cannot write ${path}: EPIPE`);
    await reader;
  });
});

test('a file is written though the signal is aborted', async () => {
  await writeFileAtomic(path, 'new', AbortSignal.abort());
  expect(await readFile(path, 'utf8')).toBe('new');
});

test('takes names of the greatest length', async () => {
  const long = join(folder, 'x'.repeat(255));
  await writeFileAtomic(long, 'new');
  expect(await readFile(long, 'utf8')).toBe('new');
});

test('lets many writers write at once; one of them wins whole', async () => {
  const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000));
  await Promise.all(contents.map((content) => writeFileAtomic(path, content)));
  expect(contents).toContain(await readFile(path, 'utf8'));
  expect(await readdir(folder)).toEqual(['model.json']);
});

test('writes to a device without replacing it', async () => {
  await assertWritable('/dev/null');
  await writeFileAtomic('/dev/null', 'x');
  expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  await expect(writeFileAtomic('/dev/full', 'x')).rejects.toThrow(
    'cannot write /dev/full: ENOSPC: no space left on device',
  );
});

/** For a process of its own. */
const built = new URL('../../dist/src/files/atomic.js', import.meta.url).href;

test('keeps the old file and leaves no temporary when the write fails', async () => {
  await writeFile(path, 'old');
  // A real failure in mid-write: the process may not write files beyond 4 × 512 bytes.
  const script = `
    import { writeFileAtomic } from ${JSON.stringify(built)};
    process.on('SIGXFSZ', () => {});
    await writeFileAtomic(process.argv[1], 'x'.repeat(1e6)).catch((e) => {
      console.log(e.exitCode, e.message);
    });`;
  const command = 'ulimit -f 4; exec "$0" --input-type=module -e "$1" "$2"';
  const printed = execFileSync('sh', ['-c', command, process.execPath, script, path], {
    encoding: 'utf8',
  });
  expect(printed.trim()).toBe(`5 cannot write ${path}: EFBIG: file too large`);
  expect(await readFile(path, 'utf8')).toBe('old');
  expect((await readdir(folder)).filter((name) => name.includes('.tmp'))).toEqual([]);
});

describe('fails with a DiskError that names the path', () => {
  const both = [writeFileAtomic, assertWritable] as const;
  test.each(both.map((write) => [write.name, write] as const))('%s', async (_, write) => {
    const attempt = (target: string) => expect(write(target, 'x')).rejects;
    await attempt(folder).toThrow(`cannot write ${folder}: EISDIR: the path is a folder`);
    const missing = join(folder, 'missing', 'model.json');
    await attempt(missing).toThrow(`cannot write ${missing}: ENOENT`);
    await attempt(missing).toBeInstanceOf(DiskError);
    await writeFile(path, 'old');
    await attempt(join(path, 'model.json')).toThrow('ENOTDIR');
    await attempt(`${folder}/models/`).toThrow('EISDIR: the path names a folder');
    await attempt('').toThrow('cannot write : ENOENT: the path is empty');
  });

  const mayIgnoreModes = process.getuid?.() === 0;
  test.skipIf(mayIgnoreModes)('in a folder that may not be written', async () => {
    await chmod(folder, constants.S_IRUSR | constants.S_IXUSR);
    await expect(assertWritable(path)).rejects.toThrow('EACCES');
    await expect(writeFileAtomic(path, 'x')).rejects.toThrow('EACCES');
    await chmod(folder, 0o700);
  });
});
