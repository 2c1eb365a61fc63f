/**
 * Seeded random numbers: the same seed gives the same numbers on every machine.
 *
 * xoshiro128** (Blackman and Vigna 2018, https://prng.di.unimi.it/xoshiro128starstar.c), its 128 bits
 * of state filled by SplitMix32 from the seed and a stream number, so that initial weights, the
 * validation split and the order of images each have a stream of their own: changing one flag leaves
 * the other choices as they were.
 */
export class Random {
  readonly #s: Uint32Array;

  /** @param seed whole number, 0 to 2³² − 1 @param stream which independent stream of that seed */
  constructor(seed: number, stream: number) {
    this.#s = new Uint32Array(4);
    let z = (seed ^ Math.imul(stream + 1, 0x85ebca6b)) >>> 0;
    for (let i = 0; i < 4; i++) {
      z = (z + 0x9e3779b9) >>> 0;
      let t = z ^ (z >>> 16);
      t = Math.imul(t, 0x21f0aaad);
      t ^= t >>> 15;
      t = Math.imul(t, 0x735a2d97);
      this.#s[i] = t ^ (t >>> 15);
    }
  }

  /** The generator's state, four words: enough to resume from here later. */
  get state(): readonly [number, number, number, number] {
    return [this.#s[0]!, this.#s[1]!, this.#s[2]!, this.#s[3]!];
  }

  set state(words: readonly [number, number, number, number]) {
    this.#s.set(words);
  }

  /** 32 random bits, as a whole number from 0 to 2³² − 1. */
  uint32(): number {
    const s = this.#s;
    const s1 = s[1]!;
    let r = Math.imul(s1, 5);
    r = (r << 7) | (r >>> 25);
    s[2]! ^= s[0]!;
    s[3]! ^= s1;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= s1 << 9;
    const s3 = s[3]!;
    s[3] = (s3 << 11) | (s3 >>> 21);
    return Math.imul(r, 9) >>> 0;
  }

  /** Uniform in [0, 1), a multiple of 2⁻³². */
  uniform(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** Uniform whole number from 0 to n − 1, without bias, for 1 ≤ n ≤ 2³². */
  below(n: number): number {
    // Values at and above the largest multiple of n would favour small results: draw again. There are
    // fewer than n of them, so most values need no division to be accepted.
    let value = this.uint32();
    while (value >= 0x1_0000_0000 - n && value >= 0x1_0000_0000 - (0x1_0000_0000 % n)) {
      value = this.uint32();
    }
    return value % n;
  }

  /** Puts the items into a uniformly random order, in place (Fisher and Yates). */
  shuffle(items: Uint32Array): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const item = items[i]!;
      items[i] = items[j]!;
      items[j] = item;
    }
  }
}

/** The streams of one seed, one per purpose. */
export const Stream = { weights: 0, validation: 1, order: 2, sample: 3 } as const;
