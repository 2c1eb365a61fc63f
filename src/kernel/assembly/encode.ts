import { POSITIONS } from './memory';

/**
 * Pictures as their non-zero pixels, in pairs: pixels 2q and 2q + 1 are pair q, and a pair is kept if one
 * of them is not zero. Band 0 of an image has its even pairs, band 1 its odd ones: neighbours are alike, so
 * both bands have about as many, in every picture. Of a band that keeps n pairs there are first n gaps, one
 * byte each: how many of the band's pairs this one lies behind the one before it, or behind the band's
 * first. Then n × 2 pixels. A pair of two zeros stands where a gap is too wide for a byte: it adds 0 · w
 * to a score and 0 to a weight.
 *
 * Three bytes a pair, because waiting for memory is what limits: MNIST's 60,000 images take 16 MB, having
 * 88 pairs each for 150 non-zero pixels.
 */

/** Bands of an image: as many threads as can share a step. Part of the result's bits: see scores.ts. */
export const BANDS: usize = 2;
/** Bytes of a pair in a band: its gap and its two pixels. */
export const ENTRY: usize = 3;

/** A gap that a byte holds with any position in the next group of 8 pairs added to it. */
export const WIDEST: usize = 240;

/** For each set of non-zero pairs out of 8, their numbers, in order: 256 × 8 bytes at POSITIONS. */
export function fillPositions(): void {
  for (let present: usize = 0; present < 256; present++) {
    let at = POSITIONS + (present << 3);
    for (let bit: u8 = 0; bit < 8; bit++) {
      if ((present >> bit) & 1) store<u8>(at++, bit);
    }
  }
}

/**
 * Writes band `band` of an image of `inputs` pixels to `out`; returns how many pairs it keeps of the
 * `pairs` that it has. May read up to 31 bytes behind the image; needs 5 bytes a pair and 64 more behind
 * `out`.
 */
export function encodeBand(
  pixels: usize,
  inputs: usize,
  band: usize,
  pairs: usize,
  out: usize,
): usize {
  // The pixels belong behind the gaps, and how many gaps there are is not known yet.
  const values = out + 2 * pairs + 32;
  let value = values;
  let gap = out;
  let last: usize = 0;
  const numbers = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (let group: usize = 0; group < pairs; group += 8) {
    let low = v128.load(pixels + 4 * group);
    let high = v128.load(pixels + 4 * group, 16);
    const left = <i32>(inputs - 4 * group);
    if (left < 32) {
      low = v128.and(low, i8x16.lt_s(numbers, i8x16.splat(<i8>left)));
      high = v128.and(high, i8x16.lt_s(numbers, i8x16.splat(<i8>(left - 16))));
    }
    const bytes =
      band == 0
        ? i8x16.shuffle(low, high, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29)
        : i8x16.shuffle(low, high, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31);
    const present = i16x8.bitmask(i16x8.ne(bytes, i16x8.splat(0)));
    if (present == 0) continue;
    while (group - last > WIDEST) {
      store<u8>(gap++, <u8>WIDEST);
      store<u16>(value, 0);
      value += 2;
      last += WIDEST;
    }
    const lanes = v128.load64_zero(POSITIONS + (present << 3));
    // Each pair's predecessor: the lanes moved up by one, and the last pair before this group.
    const before = i8x16.replace_lane(
      i8x16.shuffle(lanes, lanes, 0, 0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7, 7, 7, 7),
      0,
      <i8>(last - group),
    );
    v128.store64_lane(gap, i8x16.sub(lanes, before), 0);
    const even = i8x16.add(lanes, lanes);
    const odd = i8x16.add(even, i8x16.splat(1));
    const both = i8x16.shuffle(even, odd, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    v128.store(value, i8x16.swizzle(bytes, both));
    const count = i32.popcnt(present);
    gap += count;
    value += count << 1;
    last = group + 31 - i32.clz(present);
  }
  memory.copy(gap, values, value - values);
  return gap - out;
}
