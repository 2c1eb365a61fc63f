/**
 * Some hundred hostile files of each kind; `node scripts/fuzz.mjs` tries ten thousand, and measures
 * time and memory. Each starts from a valid file; a failure is shrunk to the fewest changes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { inTurn } from './mutations.js';
import { attack, type Target, targets } from './targets.js';

function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'backprop-hostile-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const named = targets.map((target): [string, Target] => [target.name, target]);

test.each(named)(
  '%s: 300 hostile files are refused in so many words, or make sense',
  async (_, target) => {
    const numRuns = 300;
    const { accepted, refused } = await attack(target, temporaryFolder(), {
      seed: 20240611,
      numRuns,
    });
    expect(accepted + refused).toBe(numRuns);
    // Both: else the changes would be too small or too large to try anything.
    expect(accepted).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(numRuns / 2);
  },
);

test.each(named)(
  '%s: the files that the hostile ones are made from are accepted',
  async (_, target) => {
    for (let seed = 0; seed < target.seeds; seed++) {
      expect(await target.attempt({ seed, mutation: inTurn([]) }, temporaryFolder())).toBe(true);
    }
  },
);

test('a reader with a bug is found, and its file made as small as it can be', async () => {
  const careless: Target = {
    ...targets[0]!,
    attempt: async ({ mutation }) => {
      const bytes = mutation(new Uint8Array(64));
      if (bytes.length > 64 && bytes[0] === 0) throw new TypeError('not typed');
      return true;
    },
  };
  const found = attack(careless, temporaryFolder(), { seed: 1, numRuns: 300 });
  await expect(found).rejects.toThrow(/Shrunk \d+ time\(s\)/);
});
