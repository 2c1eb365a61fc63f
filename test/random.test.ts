import { describe, expect, it } from 'vitest';
import { Random } from '../src/random.js';

describe('Random', () => {
  it("gives xoshiro128**'s published sequence from the state 1 2 3 4", () => {
    const random = new Random(0, 0);
    random.state = [1, 2, 3, 4];
    // Printed by the authors' C implementation from the same state.
    expect(Array.from({ length: 10 }, () => random.uint32())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
      4258142804,
    ]);
  });

  it('repeats itself for the same seed and stream, and differs for others', () => {
    const first = (seed: number, stream: number) => new Random(seed, stream).uint32();
    expect(first(1, 0)).toBe(first(1, 0));
    expect(new Set([first(1, 0), first(1, 1), first(2, 0), first(2, 1), first(0, 0)]).size).toBe(5);
  });

  it('goes on from a saved state', () => {
    const random = new Random(5, 1);
    random.uint32();
    const { state } = random;
    const next = [random.uint32(), random.uint32()];
    random.state = state;
    expect([random.uint32(), random.uint32()]).toEqual(next);
  });

  it('draws whole numbers below n evenly', () => {
    const random = new Random(3, 0);
    const counts = new Array(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[random.below(7)]++;
    // χ² with 6 degrees of freedom stays below 22.5 with probability 0.999.
    const chi2 = counts.reduce((sum, c) => sum + (c - 10_000) ** 2 / 10_000, 0);
    expect(chi2).toBeLessThan(22.5);
  });

  it('shuffles into every order of three about equally often', () => {
    const random = new Random(4, 2);
    const seen = new Map<string, number>();
    for (let i = 0; i < 60_000; i++) {
      const items = Uint32Array.of(0, 1, 2);
      random.shuffle(items);
      seen.set(items.join(), (seen.get(items.join()) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    const chi2 = [...seen.values()].reduce((sum, c) => sum + (c - 10_000) ** 2 / 10_000, 0);
    expect(chi2).toBeLessThan(20.5);
  });
});
