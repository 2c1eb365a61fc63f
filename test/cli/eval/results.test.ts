import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeSmallData } from '../bytes.js';
import { run } from '../process.js';

const shipped = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const { $defs } = JSON.parse(shipped('data/events.schema.json'));
const EVENTS = ['evaluated', 'comparison', 'image', 'images', 'reproduce'];
const accepts = new Ajv2020().compile({
  oneOf: EVENTS.map((name) => ({ $ref: `#/$defs/${name}` })),
  $defs,
});
const cwd = mkdtempSync(join(tmpdir(), 'backprop results '));

beforeAll(async () => {
  writeSmallData(join(cwd, 'own'));
  for (const flags of [
    ['--dataset', 'mnist-mini', '-o', 'model.json'],
    ['--dataset', 'mnist-mini', '--hidden', '8', '-o', 'deep.json'],
    ['--data-dir', 'own', '-b', '5', '-e', '20', '-o', 'own.json'],
  ]) {
    await run('backprop-train', [...flags, '-q'], { cwd });
  }
  for (const file of ['own/t10k-images-idx3-ubyte', 'own/t10k-labels-idx1-ubyte']) {
    mkdirSync(join(cwd, 'tests'), { recursive: true });
    writeFileSync(join(cwd, file.replace('own', 'tests')), readFileSync(join(cwd, file)));
  }
  const record = readFileSync(join(cwd, 'model.json'), 'utf8');
  writeFileSync(join(cwd, 'changed.json'), record.replace('"seed": 1', '"seed": 2'));
  writeFileSync(join(cwd, 'spaced.json'), record.replace('"classes": 10', '"classes":  10'));
  const data = new Uint8Array(60 * 80).fill(255);
  for (let y = 10; y < 70; y++) data.fill(0, y * 60 + 26, y * 60 + 34);
  const png = encode({ width: 60, height: 80, data, channels: 1, depth: 8 });
  for (const name of ['a.png', '1_a.png', '7_a.png']) writeFileSync(join(cwd, name), png);
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

interface Line extends Record<string, unknown> {
  readonly event: string;
}

async function linesOf(args: readonly string[]): Promise<Line[]> {
  const { stdout } = await run('backprop-eval', [...args, '--json', '-q'], { cwd });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('the JSON Schema in the package', () => {
  test.each([
    [['model.json', '--report', 'r.html'], ['result']],
    [['own.json', '--data-dir', 'own'], ['result']],
    [['own.json', '--data-dir', 'tests'], ['result']],
    [['model.json', 'deep.json', '--split', 'train'], ['comparison']],
    [['model.json', 'model.json'], ['comparison']],
    [
      ['model.json', '--image', 'a.png', '1_a.png', '7_a.png', 'none.png'],
      ['image', 'image', 'image', 'images'],
    ],
    [
      ['model.json', '--image', 'a.png'],
      ['image', 'images'],
    ],
    [['deep.json', '--reproduce'], ['reproduce']],
    [['changed.json', '--reproduce'], ['reproduce']],
    [['spaced.json', '--reproduce'], ['reproduce']],
  ])('accepts what is written: %j', async (args, events) => {
    const lines = await linesOf(args);
    expect(lines.map(({ event }) => event)).toEqual(events);
    for (const line of lines) {
      expect(accepts(line), JSON.stringify(accepts.errors)).toBe(true);
      for (const name of Object.keys(line)) {
        const { [name]: _, ...less } = line;
        expect(accepts(less), `without ${name}`).toBe(false);
      }
      expect(accepts({ ...line, more: 1 })).toBe(false);
      expect(accepts({ ...line, event: 'other' })).toBe(false);
    }
  });

  test('the hash of the data is null where not all of them are there', async () => {
    const [whole] = await linesOf(['own.json', '--data-dir', 'own']);
    const [part] = await linesOf(['own.json', '--data-dir', 'tests']);
    const { training } = JSON.parse(readFileSync(join(cwd, 'own.json'), 'utf8'));
    expect(whole!.dataset).toEqual({ ...training.dataset, split: 'test' });
    expect(part!.dataset).toEqual({ name: 'custom', sha256: null, split: 'test' });
  });

  test('has the fields that the table in src/cli/README.md has', () => {
    const [, section] = shipped('src/cli/README.md').split('\n### The fields of backprop-eval\n');
    const rows = [...section!.split('\n### ')[0]!.matchAll(/^\| `(\w+)` \| (.+?) \| .+ \|$/gm)];
    const fields = rows.flatMap(([, event, names]) =>
      [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => `${event}.${name}`),
    );
    const expected = EVENTS.flatMap((definition) => {
      const { properties } = $defs[definition];
      const names = Object.keys(properties).filter((name) => name !== 'event');
      return names.map((name) => `${properties.event.const}.${name}`);
    });
    expect(fields.sort()).toEqual(expected.sort());
  });
});
