import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

type Bin = `backprop-${'train' | 'eval' | 'explain' | 'convert' | 'data'}`;

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const pseudoTerminal = fileURLToPath(new URL('pseudo-terminal.py', import.meta.url));

/** Python makes the pseudo-terminals; without it those tests are skipped. */
export const hasPython: boolean = spawnSync('python3', ['--version']).status === 0;

/** A folder that goes away after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backprop cli ✓ '));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The environment of a user at a terminal, with nothing from the test's own. */
function environment(extra: Record<string, string>): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, TERM: 'xterm', BACKPROP_DATA_DIR: join(root, 'no-such-cache'), ...extra };
}

/** Starts a built bin: `npm run build` comes before. */
export function start(
  bin: Bin,
  args: readonly string[],
  { env = {}, ...options }: SpawnOptions & { env?: Record<string, string> } = {},
): ChildProcess {
  const script = join(root, 'dist', 'bin', `${bin}.js`);
  return spawn(process.execPath, [script, ...args], { ...options, env: environment(env) });
}

/** Waits for the end of a process and collects what it wrote. */
export async function finish(child: ChildProcess): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Runs a built bin, its output in pipes. */
export function run(
  bin: Bin,
  args: readonly string[],
  options?: Parameters<typeof start>[2],
): Promise<Finished> {
  return finish(start(bin, args, options));
}

/** Resolves when `stream` has written `text`. */
export async function untilWritten(stream: NodeJS.ReadableStream, text: string): Promise<void> {
  let seen = '';
  return new Promise((resolve) => {
    stream.on('data', (chunk) => {
      seen += chunk;
      if (seen.includes(text)) resolve();
    });
  });
}

interface TerminalRun {
  readonly columns: number;
  readonly cwd: string;
  readonly env?: Record<string, string>;
  /** Sends SIGINT as soon as this text has been written. */
  readonly interruptAt?: string;
}

/** Runs a built bin on a pseudo-terminal; `stdout` is everything that the terminal received. */
export async function runOnTerminal(
  bin: Bin,
  args: readonly string[],
  { columns, cwd, env = {}, interruptAt = '' }: TerminalRun,
): Promise<Finished> {
  const script = join(root, 'dist', 'bin', `${bin}.js`);
  const command = [pseudoTerminal, String(columns), interruptAt, process.execPath, script, ...args];
  return finish(spawn('python3', command, { cwd, env: environment(env) }));
}
