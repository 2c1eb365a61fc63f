import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sha256 } from '../cli/bytes.js';
import { finish, run, start, temporaryFolder, untilWritten } from '../cli/process.js';

const mini = ['--dataset', 'mnist-mini', '-q', '-e', '2'];
/** Would be killed by the test's time limit: what is refused must be refused before it. */
const endless = ['--dataset', 'mnist-mini', '-e', '100000'];
const train = fileURLToPath(new URL('../../dist/bin/backprop-train.js', import.meta.url));
const onWindows = process.platform === 'win32';

const read = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8');

describe.skipIf(onWindows)('two files that are one, however they are named: 2', () => {
  /** `old` is a model; every other name leads to it or to `new`, where nothing is yet. */
  async function folderOfLinks(): Promise<string> {
    const cwd = temporaryFolder();
    await run('backprop-train', [...mini, '-o', 'old.json'], { cwd });
    mkdirSync(join(cwd, 'real'));
    symlinkSync('real', join(cwd, 'alias'));
    for (const ending of ['csv', 'html', 'json']) {
      symlinkSync('old.json', join(cwd, `soft.${ending}`));
      symlinkSync(join('alias', 'new'), join(cwd, `dangling.${ending}`));
      linkSync(join(cwd, 'old.json'), join(cwd, `hard.${ending}`));
    }
    return cwd;
  }

  test.each([
    [['-o', 'old.json', '--history', 'soft.csv'], '--history and --out'],
    [['-o', 'old.json', '--history', 'hard.csv'], '--history and --out'],
    [['-o', 'old.json', '--report', 'soft.html'], '--report and --out'],
    [['-o', 'real/new', '--history', 'dangling.csv'], '--history and --out'],
    [['-o', 'real/m.csv', '--history', 'alias/m.csv'], '--history and --out'],
    [['-o', 'alias/m.json', '--checkpoint', 'real/m.json'], '--checkpoint and --out'],
    [['--checkpoint', 'old.json', '--report', 'hard.html'], '--report and --checkpoint'],
    [['--resume', 'old.json', '--history', 'soft.csv'], '--history and --resume'],
    [['--resume', 'old.json', '--report', 'hard.html'], '--report and --resume'],
  ])('%j', async (flags, message) => {
    const cwd = await folderOfLinks();
    const [before, model] = [readdirSync(cwd), read(cwd, 'old.json')];
    const { code, stdout, stderr } = await run('backprop-train', [...endless, ...flags], { cwd });
    expect(stderr).toMatch(/^error: [^\n]+ are the same file, [^\n]+\n$/);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(readdirSync(cwd)).toEqual(before);
    expect(read(cwd, 'old.json')).toBe(model);
  });

  test.each(['soft.html', 'hard.html'])('eval --report %s', async (report) => {
    const cwd = await folderOfLinks();
    const model = read(cwd, 'old.json');
    const flags = ['old.json', '--dataset', 'mnist-mini', '--report', report];
    const { code, stderr } = await run('backprop-eval', flags, { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('--report and the model are the same file');
    expect(read(cwd, 'old.json')).toBe(model);
  });

  test('but a run may replace what it resumes from, and /dev/null takes everything', async () => {
    const cwd = await folderOfLinks();
    const again = [...mini, '--resume', 'old.json', '-o', 'soft.json'];
    expect(await run('backprop-train', again, { cwd })).toMatchObject({ code: 0, stderr: '' });
    const nowhere = [...mini, '-o', '/dev/null', '--checkpoint', '/dev/null'];
    expect(await run('backprop-train', nowhere, { cwd })).toMatchObject({ code: 0, stderr: '' });
  });
});

describe.skipIf(!existsSync('/dev/stdout'))('standard output as a file', () => {
  function shell(cwd: string, redirection: string, ...more: string[]) {
    const command = `exec "$0" "$@" ${redirection}`;
    const args = ['-c', command, process.execPath, train, ...mini, ...more];
    return spawnSync('sh', args, { cwd, encoding: 'utf8' });
  }

  test.each(['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1', 'link'])(
    '-o %s >> log.txt: the log grows by the model, and is the same file',
    async (out) => {
      if (!existsSync(dirname(out))) return;
      const cwd = temporaryFolder();
      symlinkSync('/dev/stdout', join(cwd, 'link'));
      await run('backprop-train', mini, { cwd });
      writeFileSync(join(cwd, 'log.txt'), 'older\n');
      linkSync(join(cwd, 'log.txt'), join(cwd, 'same.txt'));
      expect(shell(cwd, '>> log.txt', '-o', out)).toMatchObject({ status: 0, stderr: '' });
      const log = read(cwd, 'log.txt');
      expect(log.startsWith(`older\n${read(cwd, 'model.json')}epoch 2/2 `)).toBe(true);
      expect(read(cwd, 'same.txt')).toBe(log);
    },
  );

  test('in a pipe it is the model, then the result', async () => {
    const cwd = temporaryFolder();
    await run('backprop-train', mini, { cwd });
    const { status, stdout } = shell(cwd, '| cat', '-o', '/dev/stdout');
    expect(status).toBe(0);
    expect(stdout.startsWith(read(cwd, 'model.json'))).toBe(true);
    expect(stdout).toContain(`sha256      ${sha256(readFileSync(join(cwd, 'model.json')))}`);
  });

  test('stderr too', () => {
    const cwd = temporaryFolder();
    expect(shell(cwd, '2> log.txt', '-o', '/dev/stderr').status).toBe(0);
    expect(JSON.parse(read(cwd, 'log.txt')).format).toBe('backprop-model');
  });

  test('what standard output is written to is no other output', () => {
    const cwd = temporaryFolder();
    const flags = ['-o', '/dev/stdout', '--history', 'log.csv'];
    expect(shell(cwd, '> log.csv', ...flags)).toMatchObject({ status: 2 });
  });

  test('that cannot be written is found out before training: 5', () => {
    const cwd = temporaryFolder();
    const { status, stderr } = shell(cwd, '1< /dev/null', '-e', '100000', '-o', '/dev/stdout');
    expect(status).toBe(5);
    expect(stderr).toMatch(/^error: cannot write \/dev\/stdout: EBADF/);
  });
});

describe.skipIf(onWindows)('a pipe that nobody reads', () => {
  const flags = ['--out', '--checkpoint', '--history', '--report'];
  const signals = [['SIGINT', 130] as const, ['SIGTERM', 143] as const];
  test.each(flags.flatMap((flag) => signals.map((signal) => [flag, ...signal] as const)))(
    'as %s: the first %s ends the wait, with %i',
    async (flag, signal, expected) => {
      const cwd = temporaryFolder();
      execFileSync(
        'mkfifo',
        ['pipe.html', 'pipe.csv', 'pipe.json'].map((name) => join(cwd, name)),
      );
      const endings: Record<string, string> = { '--history': '.csv', '--report': '.html' };
      const pipe = `pipe${endings[flag] ?? '.json'}`;
      const args = ['--dataset', 'mnist-mini', '-e', '2', flag, pipe];
      const child = start('backprop-train', args, { cwd });
      const finished = finish(child);
      await untilWritten(child.stderr!, flag === '--checkpoint' ? 'epoch 1/2' : 'epoch 2/2');
      // By now it waits, or will in a moment; a signal before would end it as well.
      await new Promise((resolve) => setTimeout(resolve, 200));
      child.kill(signal);
      const { code, stdout, stderr } = await finished;
      expect(code).toBe(expected);
      expect(stderr.endsWith(`error: interrupted by ${signal}.\n`)).toBe(true);
      if (flag === '--checkpoint') expect(stderr).toContain(`nobody reads ${pipe}`);
      // What had been saved is said.
      const saved = flag === '--history' || flag === '--report';
      expect(existsSync(join(cwd, 'model.json'))).toBe(saved);
      expect(/^sha256 /m.test(stdout)).toBe(saved);
    },
  );
});

describe.skipIf(onWindows)('a working directory that is gone', () => {
  const gone = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$@"';
  function there(...args: string[]) {
    return spawnSync('sh', ['-c', gone, process.execPath, ...args], {
      cwd: temporaryFolder(),
      encoding: 'utf8',
    });
  }

  test('train: 5 before training', () => {
    const { status, stdout, stderr } = there(train, ...endless);
    expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
    expect(stderr).toMatch(/^error: cannot write model\.json: ENOENT: [^\n]+\n$/);
  });

  test('eval --report: 5', () => {
    const bin = train.replace('backprop-train', 'backprop-eval');
    const { status, stderr } = there(bin, 'model.json', '--report', 'page.html');
    expect(status).toBe(5);
    expect(stderr).toMatch(/^error: cannot write page\.html: ENOENT: [^\n]+\n$/);
  });

  test('is no matter where every path is whole', () => {
    const out = join(temporaryFolder(), 'model.json');
    expect(there(train, ...mini, '-o', out)).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(out)).toBe(true);
  });
});

// Only root can make files of others, and become another user.
test.skipIf(process.getuid?.() !== 0)(
  "another user's file in a sticky folder: 5 before training",
  async (context) => {
    const [me, other] = [65_534, 12_345];
    const cwd = mkdtempSync(join(tmpdir(), 'backprop-sticky-'));
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
    chmodSync(cwd, 0o1777);
    for (const [name, owner] of [
      ['mine.json', me],
      ['other.json', other],
    ] as const) {
      writeFileSync(join(cwd, name), 'old');
      chmodSync(join(cwd, name), 0o666);
      chownSync(join(cwd, name), owner, owner);
    }
    const as = { cwd, uid: me, gid: me };
    const { code: runs } = await finish(start('backprop-train', ['--version'], as));
    if (runs !== 0) context.skip('that user may not read this repository');
    const mine = await finish(start('backprop-train', [...mini, '-o', 'mine.json'], as));
    expect(mine).toMatchObject({ code: 0, stderr: '' });
    const args = [...endless, '-o', 'other.json'];
    const { code, stderr } = await finish(start('backprop-train', args, as));
    expect(code).toBe(5);
    expect(stderr).toMatch(/^error: cannot write other\.json: EPERM: another user's file/);
    expect(read(cwd, 'other.json')).toBe('old');
  },
);

describe.skipIf(!existsSync('/dev/full'))('what was reached is said, though then', () => {
  function folderWithFull(): string {
    const cwd = temporaryFolder();
    for (const name of ['full.html', 'full.csv']) symlinkSync('/dev/full', join(cwd, name));
    return cwd;
  }

  test.each([
    ['--report', 'full.html'],
    ['--history', 'full.csv'],
  ])('%s cannot be written: 5', async (flag, name) => {
    const cwd = folderWithFull();
    const text = await run('backprop-train', [...mini, flag, name], { cwd });
    expect(text.code).toBe(5);
    expect(text.stderr).toMatch(new RegExp(`^error: cannot write ${name}: ENOSPC`));
    const hash = sha256(readFileSync(join(cwd, 'model.json')));
    expect(text.stdout).toContain(`sha256      ${hash}\n`);
    expect(text.stdout).not.toContain(name);
    const json = await run('backprop-train', [...mini, '--json', flag, name], { cwd });
    expect(json.code).toBe(5);
    const result = { event: 'result', model: { sha256: hash }, history: null, report: null };
    expect(JSON.parse(json.stdout)).toMatchObject(result);
  });

  test('eval --report cannot be written: 5', async () => {
    const cwd = folderWithFull();
    await run('backprop-train', mini, { cwd });
    const flags = ['model.json', '--dataset', 'mnist-mini', '--report', 'full.html'];
    const { code, stdout, stderr } = await run('backprop-eval', flags, { cwd });
    expect(code).toBe(5);
    expect(stderr).toMatch(/^error: cannot write full\.html: ENOSPC/);
    expect(stdout).toMatch(/^accuracy [\d.]+ % /);
    expect(stdout).not.toContain('full.html');
  });
});

const permission = ['--permission', '--experimental-permission'].find((flag) =>
  process.allowedNodeEnvironmentFlags.has(flag),
);
describe.skipIf(permission === undefined)(`node ${permission}`, () => {
  function permitted(cwd: string, writable: string, ...args: string[]) {
    const allowed = ['--allow-fs-read=*', '--allow-worker', `--allow-fs-write=${writable}`];
    const node = ['--no-warnings', permission!, ...allowed];
    return spawnSync(process.execPath, [...node, train, ...args], { cwd, encoding: 'utf8' });
  }

  test('saves, and keeps the mode of the old file', () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'model.json'), 'old');
    chmodSync(join(cwd, 'model.json'), 0o666);
    const flags = ['--checkpoint', 'run.json', '--history', 'h.csv', '--report', 'r.html'];
    const done = permitted(cwd, join(cwd, '*'), ...mini, ...flags);
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(cwd).sort()).toEqual(['h.csv', 'model.json', 'r.html', 'run.json']);
    const mode = execFileSync('ls', ['-l', join(cwd, 'model.json')], { encoding: 'utf8' });
    if (!onWindows) expect(mode).toMatch(/^-rw-rw-rw-/);
  });

  test('a folder that may not be written is found out before training: 5', () => {
    const cwd = temporaryFolder();
    const { status, stderr } = permitted(cwd, join(cwd, 'model.json'), ...endless);
    expect(status).toBe(5);
    expect(stderr).toMatch(/^error: cannot write model\.json: [^\n]+ --allow-fs-write\.\n$/);
    expect(readdirSync(cwd)).toEqual([]);
  });
});
