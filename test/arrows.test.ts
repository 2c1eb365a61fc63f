import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Room {
  /** Rooms whose code this one may use. */
  readonly uses: readonly string[];
  /** Further rooms that it may take types from: nothing of them is left when it runs. */
  readonly types?: readonly string[];
  /** Packages that it may import. */
  readonly packages?: readonly string[];
}

/** Rooms of several files at the top of src. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  'model-file': [
    ...['model-file', 'model-format', 'model-parse', 'model-schema', 'model-complaint'],
    ...['json-structure', 'float32-decimal'],
  ],
  checkpoint: ['checkpoint-file', 'checkpoint-format', 'checkpoint-parse'],
};
/** What a room beside the main line may lean on: it turns numbers into something to look at. */
const BESIDE = ['errors', 'random', 'layers', 'network', 'gradient-check', 'metrics'];
const LIBRARY = [
  ...['errors', 'random', 'layers', 'network', 'gradient-check', 'kernel', 'train', 'metrics'],
  ...[
    'dataset',
    'model-file',
    'checkpoint',
    'atomic-file',
    'regular-file',
    'explain',
    'image',
    'report',
  ],
];

/** The arrows: errors ← layers ← network ← {kernel, gradient-check} ← train ← cli ← bin. */
const ROOMS: Readonly<Record<string, Room>> = {
  errors: { uses: [] },
  random: { uses: ['errors'] },
  metrics: { uses: ['errors'] },
  layers: { uses: ['errors'] },
  network: { uses: ['errors', 'layers'] },
  'gradient-check': { uses: ['errors', 'random', 'layers', 'network'] },
  'kernel/assembly': { uses: [] },
  kernel: { uses: ['errors', 'layers', 'network'], types: ['dataset'] },
  train: {
    uses: ['errors', 'random', 'layers', 'network', 'kernel', 'metrics'],
    types: ['dataset'],
  },
  'atomic-file': { uses: ['errors'] },
  'regular-file': { uses: ['errors'] },
  dataset: { uses: ['errors', 'atomic-file'] },
  'model-file': { uses: ['errors', 'atomic-file', 'regular-file'], packages: ['zod'] },
  // A model with all that training needs to go on to the same bits.
  checkpoint: {
    uses: ['errors', 'atomic-file', 'model-file'],
    types: ['train'],
    packages: ['zod'],
  },
  explain: { uses: BESIDE, types: ['dataset'], packages: ['temml'] },
  image: { uses: BESIDE, types: ['dataset'], packages: ['fast-png'] },
  // The HTML page is made from the results of all the others; it takes their forms, not their code.
  report: {
    uses: BESIDE,
    types: ['dataset', 'kernel', 'train', 'model-file'],
    packages: ['temml'],
  },
  // What runs inside that page, in a browser: the same functions as here, one step at a time.
  'report/page': { uses: [...BESIDE, 'kernel', 'image', 'report'], types: ['dataset'] },
  cli: {
    uses: LIBRARY,
    packages: ['@commander-js/extra-typings', 'commander', 'ora', 'cli-progress'],
  },
  index: { uses: LIBRARY },
  bin: { uses: ['cli'] },
};

/** Modules and names that only these files may have; a path that ends in `/` stands for its folder. */
const ONLY_IN: readonly { what: RegExp; files: readonly string[] }[] = [
  {
    what: /^node:fs\b/,
    // The fast kernel reads its own WebAssembly module, and nothing else.
    files: [
      'src/dataset/',
      'src/model-file.ts',
      'src/atomic-file.ts',
      'src/regular-file.ts',
      'src/cli/',
      'src/kernel/simd',
    ],
  },
  { what: /^node:(http|https|http2|net|tls|dgram|dns)\b/, files: [] },
  { what: /^node:(child_process|cluster)\b/, files: [] },
  { what: /^node:worker_threads$/, files: ['src/kernel/simd'] },
  { what: /^(ora|cli-progress)$/, files: ['src/cli/terminal.ts'] },
  { what: /^fetch$/, files: ['src/dataset/request.ts'] },
  { what: /^\.\/request\.js$/, files: ['src/dataset/download.ts'] },
  { what: /^(console|process\.(stdin|stdout|stderr|exit))$/, files: ['src/cli/'] },
];

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
}

/** Every `import … from`, `export … from`, `import '…'` and `import('…')` outside comments. */
function importsOf(text: string): Import[] {
  const code = withoutComments(text);
  const found: Import[] = [];
  const statements = /^(?:import|export)\s+(type\s+)?(?:[\w*{][^;']*?\sfrom\s+)?'([^']+)'/gm;
  for (const [, type, from] of code.matchAll(statements)) {
    found.push({ from: from!, typeOnly: type !== undefined });
  }
  for (const [, from] of code.matchAll(/\bimport\(\s*'([^']+)'/g)) {
    found.push({ from: from!, typeOnly: false });
  }
  return found;
}

function withoutComments(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s*(\/\/|\/\*|\*)/.test(line))
    .join('\n');
}

/** `src/layers/linear.ts` → layers; the files of model.json are one room; undefined: not listed. */
function roomOf(path: string): string | undefined {
  if (path.startsWith('bin/')) return 'bin';
  const inside = path.replace(/^src\//, '').replace(/\.ts$/, '');
  const inner = ['kernel/assembly', 'report/page'].find((room) => inside.startsWith(`${room}/`));
  if (inner !== undefined) return inner;
  const name = inside.split('/')[0]!;
  for (const [room, names] of Object.entries(FAMILIES)) if (names.includes(name)) return room;
  return Object.hasOwn(ROOMS, name) ? name : undefined;
}

function resolved(path: string, from: string): string {
  const target = posix.join(posix.dirname(path), from).replace(/\.js$/, '');
  return target.endsWith('.ts') ? target : `${target}.ts`;
}

/** What breaks the rules, a sentence each. */
function violations(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([path, text]) => [...arrowsIn(path, text), ...misplaced(path, text)]);
}

function arrowsIn(path: string, text: string): string[] {
  const name = roomOf(path);
  if (name === undefined) {
    return [`${path}: a new room; list it in test/arrows.test.ts with what it may import`];
  }
  const { uses, types = [], packages = [] } = ROOMS[name]!;
  return importsOf(text).flatMap(({ from, typeOnly }) => {
    if (from.startsWith('node:')) return [];
    if (!from.startsWith('.')) {
      return packages.includes(from) ? [] : [`${path}: ${name} may not import the package ${from}`];
    }
    const room = roomOf(resolved(path, from));
    if (room === name || (room !== undefined && uses.includes(room))) return [];
    if (room !== undefined && typeOnly && types.includes(room)) return [];
    const only = typeOnly || !types.includes(room ?? '') ? '' : ' but for its types';
    return [`${path}: ${name} may not import ${room ?? from}${only}`];
  });
}

function misplaced(path: string, text: string): string[] {
  const code = withoutComments(text);
  const names = [...code.matchAll(/(?<![.\w])(fetch)\(|\b(process\.\w+)|\b(console)\./g)];
  const used = [
    ...importsOf(text).map(({ from }) => from),
    ...names.map(([, a, b, c]) => a ?? b ?? c!),
  ];
  return ONLY_IN.flatMap(({ what, files }) =>
    [...new Set(used)]
      .filter((word) => what.test(word) && !files.some((allowed) => path.startsWith(allowed)))
      .map((word) => `${path}: ${word} belongs to ${files.join(', ') || 'no file'} only`),
  );
}

/** Rooms or files in a circle of imports, as `a → b → a`; empty if there is none. */
function circle(graph: ReadonlyMap<string, ReadonlySet<string>>): string {
  const done = new Set<string>();
  const visit = (node: string, trail: string[]): string => {
    if (trail.includes(node)) return [...trail.slice(trail.indexOf(node)), node].join(' → ');
    if (done.has(node)) return '';
    for (const next of graph.get(node) ?? []) {
      const found = visit(next, [...trail, node]);
      if (found) return found;
    }
    done.add(node);
    return '';
  };
  for (const node of graph.keys()) {
    const found = visit(node, []);
    if (found) return found;
  }
  return '';
}

/** Who imports whom among these files, each under the name that `nodeOf` gives it. */
function graphOf(
  files: ReadonlyMap<string, string>,
  nodeOf: (path: string) => string,
  { types }: { types: boolean },
): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const [path, text] of files) {
    const node = nodeOf(path);
    const targets = graph.get(node) ?? new Set();
    graph.set(node, targets);
    for (const { from, typeOnly } of importsOf(text)) {
      if (!from.startsWith('.') || (typeOnly && !types)) continue;
      const target = nodeOf(resolved(path, from));
      if (target !== node) targets.add(target);
    }
  }
  return graph;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = new Map(
  ['bin', 'src']
    .flatMap((folder) =>
      readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
    )
    .sort()
    .map((path) => [path, readFileSync(`${root}${path}`, 'utf8')]),
);

describe('the arrows between the rooms', () => {
  it('hold in every file', () => {
    expect(sources.size).toBeGreaterThan(50);
    expect(violations(sources)).toEqual([]);
  });

  it('lead to files that exist', () => {
    const missing = [...sources].flatMap(([path, text]) =>
      importsOf(text)
        .filter(({ from }) => from.startsWith('.') && !sources.has(resolved(path, from)))
        .map(({ from }) => `${path}: ${from}`),
    );
    expect(missing).toEqual([]);
  });

  it('make no circle, neither of rooms nor of files', () => {
    expect(circle(graphOf(sources, (path) => roomOf(path) ?? path, { types: true }))).toBe('');
    expect(circle(graphOf(sources, (path) => path, { types: false }))).toBe('');
  });
});

describe('the judge of the arrows', () => {
  const judge = (path: string, text: string) => violations(new Map([[path, text]]));

  it.each([
    ['src/layers/a.ts', "import { b } from '../cli/run.js';", 'layers may not import cli'],
    [
      'src/layers/a.ts',
      "import type {\n  B,\n} from '../train.js';",
      'layers may not import train',
    ],
    ['src/kernel/a.ts', "export * from '../dataset/idx.js';", 'kernel may not import dataset but'],
    ['src/network.ts', "const a = await import('./metrics.js');", 'network may not import metrics'],
    ['src/explain/a.ts', "import '../cli/run.js';", 'explain may not import cli'],
    ['src/kernel/assembly/a.ts', "import { D } from '../kernel';", 'may not import kernel'],
    ['src/train.ts', "import ora from 'ora';", 'train may not import the package ora'],
    ['src/cli/train-run.ts', "import ora from 'ora';", 'ora belongs to src/cli/terminal.ts only'],
    ['src/report/a.ts', "import * as fs from 'node:fs/promises';", 'node:fs/promises belongs to'],
    ['src/cli/data.ts', 'const a = await fetch(url);', 'fetch belongs to src/dataset/request.ts'],
    ['src/dataset/load.ts', "import { get } from './request.js';", './request.js belongs to'],
    ['src/train.ts', 'process.stdout.write(text);', 'process.stdout belongs to src/cli/ only'],
    ['src/plots/a.ts', '', 'a new room; list it in test/arrows.test.ts'],
    ['src/plots.ts', '', 'a new room; list it in test/arrows.test.ts'],
  ])('finds what is wrong in %s with %s', (path, text, expected) => {
    expect(judge(path, text).join('\n')).toContain(expected);
  });

  it('lets through what is allowed, and comments', () => {
    expect(judge('src/kernel/a.ts', "import type { A } from '../dataset/idx.js';")).toEqual([]);
    expect(judge('src/layers/a.ts', "// import { b } from '../cli/run.js';")).toEqual([]);
    expect(judge('src/model-parse.ts', "import * as z from 'zod';")).toEqual([]);
  });

  it('finds circles', () => {
    const files = new Map([
      ['src/layers/a.ts', "import { b } from './b.js';"],
      ['src/layers/b.ts', "import { a } from './a.js';"],
    ]);
    expect(circle(graphOf(files, (path) => path, { types: false }))).toBe(
      'src/layers/a.ts → src/layers/b.ts → src/layers/a.ts',
    );
  });
});
