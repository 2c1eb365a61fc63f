import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type AnySchemaObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { encode } from 'fast-png';
import { expect, test } from 'vitest';
import { run, temporaryFolder } from './process.js';

const root = new URL('../../', import.meta.url);
const schema: AnySchemaObject & { anyOf: { $ref: string }[]; $defs: Record<string, Definition> } =
  JSON.parse(readFileSync(new URL('data/events.schema.json', root), 'utf8'));

interface Definition {
  readonly title: string;
  readonly properties: Readonly<Record<string, { const?: string }>>;
}

const NAMES = schema.anyOf.map(({ $ref }) => $ref.split('/').at(-1)!);
const ajv = new Ajv2020().addSchema(schema, 'events');
const isOf = (name: string): ValidateFunction => ajv.getSchema(`events#/$defs/${name}`)!;
const isEvent = ajv.getSchema('events')!;

type Bin = Parameters<typeof run>[0];

const mini = ['--dataset', 'mnist-mini'];
const training = [...mini, '-e', '1', '--json'];

/** The events of a command, each with the name of its definition, in the order of `names`. */
async function events(cwd: string, bin: Bin, args: readonly string[], names: readonly string[]) {
  const env = { BACKPROP_DATA_DIR: join(cwd, 'cache') };
  const { stdout, stderr } = await run(bin, args, { cwd, env });
  const lines = stdout.split('\n').slice(0, -1);
  expect(lines.length, stderr).toBe(names.length);
  return names.map((name, at) => ({ name, event: JSON.parse(lines[at]!) }));
}

async function folderWithModel(): Promise<string> {
  const cwd = temporaryFolder();
  await run('backprop-train', [...mini, '-e', '1', '-q'], { cwd });
  return cwd;
}

/** A PNG of a thick, upright stroke. */
function one(): Uint8Array {
  const data = new Uint8Array(60 * 80).fill(255);
  for (let y = 10; y < 70; y++) data.fill(0, y * 60 + 26, y * 60 + 34);
  return encode({ width: 60, height: 80, data, channels: 1, depth: 8 });
}

const student = new URL('explain/student.mjs', import.meta.url).pathname;
const grading = ['grade', 'form.json', '--json'];

test.each<[Bin, string[], string[]]>([
  ['backprop-train', training, ['start', 'epoch', 'trained']],
  [
    'backprop-train',
    [...training, '--check-gradients', '--hidden', '3', '--validation', '0.1', '-e', '2'],
    ['start', 'gradients', 'epoch', 'epoch', 'trained'],
  ],
  ['backprop-train', [...training, '-q', '--history', 'h.csv', '--report', 'r.html'], ['trained']],
  ['backprop-eval', ['model.json', ...mini, '--json'], ['evaluated']],
  ['backprop-eval', ['model.json', '--reproduce', '--json'], ['reproduce']],
  ['backprop-eval', ['model.json', '--image', 'one.png', '--json'], ['image', 'images']],
  ['backprop-explain', ['model.json', ...mini, '--json'], ['explanation']],
  ['backprop-explain', [...mini, '--hidden', '4,3', '--json'], ['explanation']],
  ['backprop-explain', ['model.json', ...mini, '--why', '1,2', '--json'], ['why']],
  ['backprop-explain', [...mini, '--break', 'sign', '--json'], ['break']],
  ['backprop-explain', ['worksheet', '--json', '--answers'], ['worksheet']],
  ['backprop-explain', ['worksheet', '--json', '--hidden', '2'], ['worksheet']],
  ['backprop-explain', grading, ['grade']],
  ['backprop-explain', [...grading, 'form.json', 'nothing.json'], ['grades']],
  ['backprop-explain', ['check', '--json', '--', process.execPath, student], ['check']],
  ['backprop-convert', ['model.json', 'model.npz', '--json'], ['converted']],
  ['backprop-data', ['fetch', 'mnist', '--offline', '--json'], ['fetch']],
  ['backprop-data', ['verify', 'kmnist', '--json'], ['verify']],
  ['backprop-data', ['path', 'mnist', '--json'], ['path']],
])('%s %j: every line is as the JSON Schema says', async (bin, args, names) => {
  const cwd = await folderWithModel();
  if (args.includes('form.json')) {
    const form = await run('backprop-explain', ['worksheet', '--form'], { cwd });
    writeFileSync(join(cwd, 'form.json'), form.stdout);
  }
  if (args.includes('one.png')) writeFileSync(join(cwd, 'one.png'), one());
  for (const { name, event } of await events(cwd, bin, args, names)) {
    const valid = isOf(name);
    valid(event);
    expect(valid.errors ?? []).toEqual([]);
    expect(isEvent(event)).toBe(true);
    // Each field is asked for, or said to be one that may be left out.
    for (const field of Object.keys(event))
      expect(schema.$defs[name]!.properties).toHaveProperty(field);
  }
});

test('a line of training that lacks a field, or has one more, or of another kind, is refused', async () => {
  const cwd = temporaryFolder();
  const args = [...training, '--validation', '0.1'];
  for (const { name, event } of await events(cwd, 'backprop-train', args, [
    'start',
    'epoch',
    'trained',
  ])) {
    const { [name === 'start' ? 'dataset' : 'train']: _, ...less } = event;
    for (const wrong of [less, { ...event, more: 1 }, { ...event, event: 'other' }]) {
      expect(isOf(name)(wrong)).toBe(false);
    }
  }
});

// Those of backprop-eval have a table of their own; see eval/results.test.ts.
test('the table of the README has every event, and every field of it', () => {
  const readme = readFileSync(new URL('src/cli/README.md', root), 'utf8');
  const rows = readme.split('\n').filter((line) => line.startsWith('| `'));
  for (const name of NAMES) {
    const { title, properties } = schema.$defs[name]!;
    const event = properties.event!.const!;
    const command = /^backprop-(\w+)/.exec(title)![1]!;
    if (command === 'eval') continue;
    const row = rows.find((line) => {
      const [, events, from] = line.split('|');
      return events!.includes(`\`${event}\``) && from!.includes(command);
    });
    expect(row, `${event} of ${command}`).toBeDefined();
    const missing = Object.keys(properties).filter((field) => !row!.includes(`\`${field}\``));
    expect(
      missing.filter((field) => field !== 'event'),
      event,
    ).toEqual([]);
  }
});
