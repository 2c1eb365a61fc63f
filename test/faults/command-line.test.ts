import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { finish, hasPython, run, runOnTerminal, start, temporaryFolder } from '../cli/process.js';
import { imagesFile, labelsFile } from '../dataset/idx-bytes.js';

const mini = ['--dataset', 'mnist-mini', '-e', '2', '-q'];

describe('numbers that are none, or out of range, are usage errors that name the range', () => {
  const whole = 'expected a whole number from 1 to 100000.';
  test.each([
    ...['-1', '0', 'NaN', '5abc', '', '0x10', '1e9', '100001'].map((text) => [
      'epochs',
      text,
      whole,
    ]),
    ...['0', '-1', 'NaN', 'Infinity', '1e999'].map((text) => ['lr', text, 'a number above 0.']),
    ...['0', '4294967296'].map((text) => ['batch-size', text, 'from 1 to 4294967295.']),
  ])('--%s %j', async (flag, text, range) => {
    const cwd = temporaryFolder();
    const args = ['--dataset', 'mnist-mini', `--${flag}=${text}`];
    const { code, stdout, stderr } = await run('backprop-train', args, { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]*\n$/);
    expect(stderr).toContain(range);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

test('a network too large to be saved is refused before it is trained', async () => {
  const cwd = temporaryFolder();
  for (const part of ['train', 't10k']) {
    writeFileSync(join(cwd, `${part}-images-idx3-ubyte`), imagesFile(2, 1000, 1000));
    writeFileSync(join(cwd, `${part}-labels-idx1-ubyte`), labelsFile([0, 1]));
  }
  const args = ['--data-dir', cwd, '-e', '1', '-b', '1', '-o', 'large.json'];
  const { code, stderr } = await run('backprop-train', args, { cwd });
  expect(code).toBe(4);
  expect(stderr).toContain(
    'error: model: expected at most 256 classes and 2000000 parameters, found 2 and 2000002',
  );
  expect(stderr).not.toContain('epoch');
  expect(readdirSync(cwd)).not.toContain('large.json');
});

test.each(['-dash', 'two words', 'Zürich 数字 🖊', 'quote\'"$HOME`', 'new\nline', '%s'])(
  'files named %j are written, gone on from and read again',
  async (name) => {
    const cwd = temporaryFolder();
    const [out, history, checkpoint] = [`${name}.json`, `${name}.csv`, `${name} c.json`];
    const files = [`--out=${out}`, `--history=${history}`, `--checkpoint=${checkpoint}`];
    const trained = await run('backprop-train', [...mini, ...files], { cwd });
    expect(trained).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(cwd).sort()).toEqual([checkpoint, history, out].sort());
    const before = readFileSync(join(cwd, out), 'utf8');
    const again = ['-q', `--resume=${checkpoint}`, `--out=${out}`];
    expect(await run('backprop-train', again, { cwd })).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(cwd, out), 'utf8')).toBe(before);
    const evaluated = await run('backprop-eval', ['--dataset', 'mnist-mini', '--', out], { cwd });
    expect(evaluated.code).toBe(0);
  },
);

describe.skipIf(!hasPython)('on a pseudo-terminal (made by python3)', () => {
  const endless = ['--dataset', 'mnist-mini', '-e', '100000', '--checkpoint', 'run.json'];

  test('SIGINT saves a checkpoint, says so below the bar, and gives the cursor back', async () => {
    const cwd = temporaryFolder();
    const terminal = { columns: 80, cwd, interruptAt: 'epoch 9/' };
    const { code, stdout } = await runOnTerminal('backprop-train', endless, terminal);
    expect(code).toBe(130);
    expect(stdout).toMatch(
      /saved run\.json: epoch \d+, step 25 {2}resume with --resume run\.json\r\n/,
    );
    expect(stdout.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001b[?25l'));
    expect(readdirSync(cwd)).toEqual(['run.json']);
  });

  test.each([0, 1, 10, 20])('%i columns: SIGINT saves a checkpoint there too', async (columns) => {
    const cwd = temporaryFolder();
    const terminal = { columns, cwd, interruptAt: 'epoch 9/'.slice(0, Math.max(1, columns)) };
    const { code } = await runOnTerminal('backprop-train', endless, terminal);
    expect(code).toBe(130);
    for (const name of readdirSync(cwd)) expect(name).toBe('run.json');
  });
});

test.skipIf(process.platform === 'win32')(
  'a second signal ends at once, and the checkpoint is whole',
  async () => {
    const cwd = temporaryFolder();
    const endless = ['--dataset', 'mnist-mini', '-e', '100000', '--checkpoint', 'run.json'];
    const child = start('backprop-train', endless, { cwd });
    const finished = finish(child);
    await new Promise((resolve) => child.stderr!.once('data', resolve));
    child.kill('SIGINT');
    child.kill('SIGTERM');
    const { code, signal } = await finished;
    expect([130, 143, null]).toContain(code);
    if (code === null) expect(['SIGINT', 'SIGTERM']).toContain(signal);
    if (!readdirSync(cwd).includes('run.json')) return;
    const resume = ['--resume', 'run.json', '--epochs', '1'];
    const { stderr } = await run('backprop-train', resume, { cwd });
    // It was read and found whole: this is about the flags.
    expect(stderr).toContain('--epochs 1 contradicts run.json, whose run has --epochs 100000');
    expect(readdirSync(cwd)).toEqual(expect.arrayContaining(['run.json']));
  },
);
