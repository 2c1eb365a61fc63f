// Bundles the commands: each bin, what it imports and the packages that every run needs, in a few files
// that Node finds and compiles faster than some sixty (a start takes 15 to 25 ms less, on 2 cores and
// Node 20). What only some runs need stays in files of its own.
// Run: npm run build:bins (after tsc, whose dist/bin it replaces)
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = new URL('../', import.meta.url);
const { bin } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

/** What is needed for any command line, and what for any training or evaluation; with all their imports. */
const groups = [
  { name: 'start', test: /src\/cli\/(run|context|options|output|kernel)\.ts$/, priority: 2 },
  {
    name: 'work',
    test: /src\/(cli\/(assess|data|outputs|report|terminal|train\/flags)|kernel\/simd|model\/read|metrics|train)\.ts$/,
    priority: 1,
  },
];

const bundle = await rolldown({
  input: Object.keys(bin).map((name) => fileURLToPath(new URL(`bin/${name}.ts`, root))),
  platform: 'node',
  // Those that few runs need stay packages; the paths in package.json's "imports" are looked up at run time.
  external: [/^#/, /^@jsquash\//, 'cli-progress', 'ora', 'undici'],
  transform: { target: 'es2022' },
  // Each says that a file imported on demand is in a group all the same.
  checks: { ineffectiveDynamicImport: false },
});
rmSync(new URL('dist/bin/chunks', root), { recursive: true, force: true });
await bundle.write({
  dir: fileURLToPath(new URL('dist/bin', root)),
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name].js',
  codeSplitting: { groups },
  footer: ({ moduleIds }) => licences(moduleIds),
});

/**
 * The licences of the packages that a file contains, as they ask for.
 * @param {readonly string[]} moduleIds
 */
function licences(moduleIds) {
  const folders = moduleIds.map(
    (id) => /^.*\/node_modules\/(@[^/]+\/)?[^/]+\//.exec(id.replaceAll('\\', '/'))?.[0],
  );
  return [...new Set(folders)]
    .filter((folder) => folder !== undefined)
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'));
      const file = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
      return `/*! ${name} ${version}\n\n${readFileSync(folder + file, 'utf8').trim()}\n*/`;
    })
    .join('\n');
}
