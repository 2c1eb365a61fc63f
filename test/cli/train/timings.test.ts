import { expect, test } from 'vitest';
import { run, temporaryFolder } from '../process.js';

const flags = ['--dataset', 'mnist-mini', '-e', '2'];

/** The command with this done first, as on an engine whose clocks are other ones. */
function runAfter(script: string, ...more: string[]) {
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(script)}` };
  return run('backprop-train', [...flags, ...more], { cwd: temporaryFolder(), env });
}

/** The lines of --timings in milliseconds, by part. */
function timingsIn(stderr: string): Map<string, number> {
  const lines = [...stderr.matchAll(/^(\S.*?) +(-?[\d.]+) ms$/gm)];
  return new Map(lines.map(([, part, milliseconds]) => [part!, Number(milliseconds)]));
}

test.each([
  ['is what Node says', '', true],
  ['is not there, as in Deno', '{}', false],
  ['is of another clock, as in Bun', '{ bootstrapComplete: Date.now() }', false],
  ['has no object, as in other engines', 'undefined', false],
])('--timings where the start %s: parts from 0 that add up', async (_, value, known) => {
  const change = `Object.defineProperty(performance, 'nodeTiming', { value: ${value} })`;
  const { code, stderr } = await runAfter(value && change, '--timings');
  expect(code).toBe(0);
  const timings = timingsIn(stderr);
  expect(timings.has('start Node.js')).toBe(known);
  const together = timings.get('together')!;
  timings.delete('together');
  const parts = [...timings.values()];
  expect(parts.length).toBeGreaterThan(6);
  for (const part of parts) expect(part).toBeGreaterThanOrEqual(0);
  const sum = parts.reduce((total, part) => total + part, 0);
  // Each is rounded to a tenth.
  expect(Math.abs(sum - together)).toBeLessThan(0.05 * (parts.length + 2));
});

test('a clock that stands still: no rate, and none in JSON that is no number', async () => {
  const frozen = 'performance.now = () => 5';
  const text = await runAfter(frozen);
  expect(text.code).toBe(0);
  expect(text.stderr).toMatch(/^epoch 2\/2 {2}loss \d\.\d{4} {2}accuracy [\d.]+ %$/m);
  expect(text.stdout + text.stderr).not.toMatch(/Infinity|NaN|images\/s/);
  const json = await runAfter(frozen, '--json');
  const epochs = json.stdout.split('\n').filter((line) => line.includes('"epoch"'));
  expect(epochs.map((line) => JSON.parse(line).imagesPerSecond)).toEqual([0, 0, undefined]);
});
