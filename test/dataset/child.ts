import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CatalogueEntry, CatalogueFile } from '../../src/dataset/catalogue.js';
import { type Finished, finish } from '../cli/process.js';

/** The built library: `npm run build` comes before. */
export const built = (path: string): string =>
  new URL(`../../dist/src/${path}`, import.meta.url).href;

interface ChildOptions extends SpawnOptions {
  readonly env?: Record<string, string>;
  /** A command that starts Node, such as `setpriv …`. */
  readonly prefix?: readonly string[];
}

/** Starts a process of its own that runs `code`, a module, with `input` as its first argument. */
export function startModule(
  code: string,
  input: unknown,
  { env = {}, prefix = [], ...options }: ChildOptions = {},
): ChildProcess {
  const { PATH = '', HOME = '' } = process.env;
  const node = [process.execPath, '--input-type=module', '-e', code, JSON.stringify(input)];
  const [command, ...args] = [...prefix, ...node] as [string, ...string[]];
  return spawn(command, args, { ...options, env: { PATH, HOME, ...env } });
}

const DOWNLOAD = `
  const [file, mirrors, idleTimeoutMs] = JSON.parse(process.argv[1]);
  const { download } = await import('${built('dataset/download.js')}');
  const options = { retryDelayMs: 1, idleTimeoutMs };
  const answer = await download(file, mirrors, options).then(
    ({ sha256 }) => ({ sha256 }),
    ({ name, message, hint }) => ({ name, message, hint }),
  );
  console.log(JSON.stringify(answer));`;

/** What `download` gives or throws in a process of its own: TLS and proxies are set at its start. */
export async function downloadInChild(
  file: CatalogueFile,
  mirrors: readonly string[],
  env: Record<string, string>,
  idleTimeoutMs = 20_000,
): Promise<{ sha256?: string; name?: string; message?: string; hint?: string }> {
  const { stdout, stderr } = await finish(
    startModule(DOWNLOAD, [file, mirrors, idleTimeoutMs], { env }),
  );
  if (stdout === '') throw new Error(`no answer: ${stderr}`);
  return JSON.parse(stdout);
}

const FIND = `
  const entry = JSON.parse(process.argv[1]);
  const { findFiles } = await import('${built('dataset/sources.js')}');
  const { images, labels } = entry.files.train;
  const onWarning = (message) => console.error('warning: ' + message);
  try {
    const found = await findFiles(entry, [images, labels], { retryDelayMs: 1, onWarning });
    console.log(JSON.stringify(found.map(({ source, sha256 }) => ({ source, sha256 }))));
  } catch ({ exitCode, message }) {
    console.error(message);
    process.exitCode = exitCode;
  }`;

/** Starts a process that finds the training files of a made-up data set and prints where they were. */
export function startFinding(entry: CatalogueEntry, options: ChildOptions): ChildProcess {
  return startModule(FIND, entry, options);
}

export function find(entry: CatalogueEntry, options: ChildOptions): Promise<Finished> {
  return finish(startFinding(entry, options));
}

/** Code that gives `peak`, the process's largest memory so far in bytes; 0 where that is not known. */
export const peakOf = `
  const { readFileSync } = await import('node:fs');
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
  // Not maxRSS, which begins with that of the process that started this one.
  const peak = 1024 * (/VmHWM:\\s+(\\d+)/.exec(status)?.[1] ?? 0);`;

const LOAD = `
  const { loadDataset } = await import('${built('dataset/load.js')}');
  const dataDir = JSON.parse(process.argv[1]);
  const { code, message } = await loadDataset({ dataDir }).catch((error) => error);
  ${peakOf}
  console.log(JSON.stringify({ code, message, peak }));`;

/**
 * How loading a folder fails, and the peak of the process's memory.
 * @param prefix starts Node, such as with less memory
 */
export async function failToLoad(
  folder: string,
  prefix: readonly string[] = [],
): Promise<{ code: string; message: string; peak: number }> {
  const { stdout, stderr } = await finish(startModule(LOAD, folder, { prefix }));
  if (stdout === '') throw new Error(`no answer: ${stderr}`);
  return JSON.parse(stdout);
}

export const root: string = fileURLToPath(new URL('../../', import.meta.url));
