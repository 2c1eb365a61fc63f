import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const built = fileURLToPath(new URL('../dist/src/', import.meta.url));

/** Declarations by name. */
export type Signatures = ReadonlyMap<string, string>;

/**
 * What an entry point exports, from the .d.ts files of `npm run build`: a declaration for each name,
 * without comments, in the names' order.
 */
export function signaturesOf(entry: string): Signatures {
  const found = exportsOf(join(built, entry));
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The exports of one file and of those that it exports from. */
function exportsOf(file: string): Map<string, string> {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const found = new Map<string, string>();
  for (const statement of statementsIn(text)) {
    const [, names, from] = /^export (?:type )?(\*|\{.*\}) from '(.*)\.js';$/.exec(statement) ?? [];
    if (names !== undefined) {
      const all = exportsOf(join(file, '..', `${from}.d.ts`));
      const wanted = names === '*' ? [...all.keys()] : namesIn(names);
      for (const name of wanted) found.set(name, all.get(name)!);
      continue;
    }
    const [, name] = /^export (?:declare )?(?:abstract )?\w+ (\w+)/.exec(statement) ?? [];
    if (name !== undefined) found.set(name, statement.replace(/^export (declare )?/, ''));
  }
  return found;
}

/** Statements at the top, each on one line. */
function statementsIn(text: string): string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines
    .reduce<string[]>((statements, line) => {
      if (/^\w/.test(line)) statements.push(line);
      else statements.push(`${statements.pop() ?? ''} ${line.trim()}`);
      return statements;
    }, [])
    .map((statement) => statement.replace(/ #private; ?/, ' ').replace(/\s+/g, ' '));
}

function namesIn(braces: string): string[] {
  return braces.match(/\w+/g)!.filter((word) => word !== 'type');
}
