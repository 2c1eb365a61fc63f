import { describe, expect, test } from 'vitest';
import {
  type Context,
  isInteractive,
  type Output,
  pageFor,
  styleFor,
} from '../../src/cli/context.js';
import { hasPython, run, runOnTerminal, temporaryFolder } from './process.js';

const mini = ['--dataset', 'mnist-mini', '-e', '3'];
const HIDE = '\u001b[?25l';
const SHOW = '\u001b[?25h';

const terminal = (columns: number | undefined, isTTY = true): Output =>
  ({ isTTY, columns }) as unknown as Output;

describe('isInteractive', () => {
  test.each([
    [true, terminal(80), {}],
    [true, terminal(1), { CI: 'false', NO_COLOR: '' }],
    [false, terminal(0), {}],
    [false, terminal(undefined), {}],
    [false, terminal(80, false), {}],
    [false, terminal(80), { CI: 'true' }],
    [false, terminal(80), { CI: '1' }],
    [false, terminal(80), { NO_COLOR: '1' }],
    [false, terminal(80), { TERM: 'dumb' }],
    [false, terminal(80), { FORCE_COLOR: '0' }],
    [true, terminal(80), { FORCE_COLOR: '1', NO_COLOR: '1' }],
    [false, terminal(80, false), { FORCE_COLOR: '3' }],
    [false, terminal(80), { FORCE_COLOR: '1', CI: 'true' }],
    [false, terminal(80), { FORCE_COLOR: '1', TERM: 'dumb' }],
  ])('%j for %j with %j', (expected, stream, env) => {
    expect(isInteractive(stream, env)).toBe(expected);
  });

  test('decides on colours, together with --no-color', () => {
    expect(styleFor(terminal(80), {}, true)('red', 'x')).toBe('\u001b[31mx\u001b[39m');
    expect(styleFor(terminal(80), {}, false)('red', 'x')).toBe('x');
    expect(styleFor(terminal(80), { NO_COLOR: '1' }, true)('red', 'x')).toBe('x');
  });
});

describe('FORCE_COLOR, as Node and chalk read it', () => {
  const pipe = terminal(undefined, false);
  const colours = (stream: Output, env: Context['env'], flag = true): boolean =>
    styleFor(stream, env, flag)('red', 'x') !== 'x';

  test.each(['', '1', 'true', '2', '3'])('%j: colours in a pipe, whatever else is set', (level) => {
    for (const env of [{}, { NO_COLOR: '1' }, { CI: 'true' }, { TERM: 'dumb' }]) {
      expect(colours(pipe, { FORCE_COLOR: level, ...env })).toBe(true);
    }
    expect(colours(pipe, { FORCE_COLOR: level }, false)).toBe(false);
  });

  test.each(['0', 'false', 'no'])('%j: none on a terminal', (level) => {
    expect(colours(terminal(80), { FORCE_COLOR: level })).toBe(false);
  });

  test.each([
    ['1', {}, 'ascii'],
    ['1', { COLORTERM: 'truecolor' }, 'truecolor'],
    ['2', { COLORTERM: 'truecolor' }, '256'],
    ['3', {}, 'truecolor'],
    ['0', { COLORTERM: 'truecolor' }, 'ascii'],
  ])('%j with %j: pictures in %s', (level, env, palette) => {
    const context = { stdout: pipe, env: { FORCE_COLOR: level, ...env } };
    expect(pageFor(context, true).palette).toBe(palette);
    expect(pageFor(context, false).palette).toBe('ascii');
  });

  test('in a pipe the result has colours, and nothing is redrawn', async () => {
    const cwd = temporaryFolder();
    const train = (...flags: string[]) =>
      run('backprop-train', [...mini, ...flags], { cwd, env: { FORCE_COLOR: '1' } });
    const { stdout, stderr } = await train();
    expect(stdout).toContain('\u001b[1m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what it looks for
    expect(stdout + stderr).not.toMatch(/\u001b\[[?\d;]*[A-LN-Za-ln-z]|\r/);
    const plain = await train('--no-color');
    expect(plain.stdout + plain.stderr).not.toContain('\u001b');
  });
});

describe.skipIf(!hasPython)('on a pseudo-terminal (made by python3)', () => {
  test('draws a bar, gives the cursor back, and shows the result', async () => {
    const cwd = temporaryFolder();
    const { code, stdout } = await runOnTerminal('backprop-train', mini, { columns: 80, cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('█');
    expect(stdout).toMatch(/✔.* mnist-mini: 400 training/);
    expect(stdout).toMatch(/epoch 3\/3 +loss/);
    expect(stdout).toMatch(/sha256 +[0-9a-f]{64}/);
    expect(stdout.lastIndexOf(SHOW)).toBeGreaterThan(stdout.lastIndexOf(HIDE));
    expect(stdout.lastIndexOf(HIDE)).toBeGreaterThan(-1);
  });

  test.each([0, 1, 10, 20])('%i columns: ends, with little output', async (columns) => {
    const cwd = temporaryFolder();
    const { code, stdout } = await runOnTerminal('backprop-train', mini, { columns, cwd });
    expect(code).toBe(0);
    expect(stdout.length).toBeLessThan(10_000);
    if (columns === 0) expect(stdout).not.toContain('\u001b');
  });

  const plain: [Record<string, string>, string[], number][] = [
    [{ NO_COLOR: '1' }, [], 3],
    [{ TERM: 'dumb' }, [], 3],
    [{ CI: 'true' }, [], 3],
    [{ FORCE_COLOR: '0' }, [], 3],
    [{}, ['--no-color'], 3],
    [{}, ['--quiet', '--no-color'], 0],
  ];
  test.each(plain)('plain lines with %j %j', async (env, flags, epochLines) => {
    const cwd = temporaryFolder();
    const args = [...mini, ...flags];
    const { code, stdout } = await runOnTerminal('backprop-train', args, { columns: 80, cwd, env });
    expect(code).toBe(0);
    expect(stdout).not.toContain('\u001b');
    expect(stdout.match(/^epoch \d\/3 {2}loss/gm) ?? []).toHaveLength(epochLines);
  });

  test('SIGINT gives the cursor back and ends with 130', async () => {
    const cwd = temporaryFolder();
    const { code, stdout } = await runOnTerminal(
      'backprop-train',
      ['--dataset', 'mnist-mini', '-e', '100000'],
      { columns: 80, cwd, interruptAt: 'epoch 9/' },
    );
    expect(code).toBe(130);
    // Node 26 lets the hook that gives the cursor back run once more, behind the message.
    expect(stdout.replaceAll(SHOW, '')).toMatch(/error:.* interrupted by SIGINT\.\r\n$/);
    expect(stdout.lastIndexOf(SHOW)).toBeGreaterThan(stdout.lastIndexOf(HIDE));
  });

  test('an error is red, after the bar has gone', async () => {
    const cwd = temporaryFolder();
    const args = [...mini, '--lr', '1e39'];
    const { code, stdout } = await runOnTerminal('backprop-train', args, { columns: 80, cwd });
    expect(code).toBe(6);
    expect(stdout).toContain('\u001b[31merror:\u001b[39m training diverged');
  });

  test('a confusion matrix wider than the terminal is left out, and says so', async () => {
    const cwd = temporaryFolder();
    await runOnTerminal('backprop-train', [...mini, '-q'], { columns: 80, cwd });
    const args = ['model.json', '--dataset', 'mnist-mini'];
    const narrow = await runOnTerminal('backprop-eval', args, { columns: 20, cwd });
    expect(narrow.stdout).toContain('columns wide: use --json');
    const wide = await runOnTerminal('backprop-eval', args, { columns: 80, cwd });
    expect(wide.stdout).toContain('\u001b[1mconfusion matrix');
    expect(wide.stdout).not.toContain('columns wide');
  });
});
