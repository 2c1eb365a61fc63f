/**
 * Pictures as their non-zero pixels, in pairs: pixels 2q and 2q + 1 are pair q, and a pair is kept if one
 * of them is not zero. An image is cut into BANDS bands of pairs. Of a band with n pairs there are first
 * n gaps, one byte each: how many pairs this one lies behind the one before it, or behind the band's
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

/** First pair of a band: a multiple of 8, so that bands consist of whole groups; for BANDS, where the last ends. */
export function bandStart(band: usize, pairs: usize): usize {
  return band == BANDS ? pairs : ((pairs * band) / BANDS) & ~7;
}

/** For each set of non-zero pairs out of 8, their numbers, in order: 256 × 8 bytes, filled by the host. */
const POSITIONS: usize = 2048;

/** A gap that a byte holds with any position in the next group of 8 pairs added to it. */
const WIDEST: usize = 240;

/**
 * Writes pairs `from` up to `to` of an image of `inputs` pixels as a band at `out`; returns how many it
 * has. May read up to 15 bytes behind the image; needs 5 bytes a pair and 64 more behind `out`.
 */
export function encodeBand(pixels: usize, from: usize, to: usize, inputs: usize, out: usize): usize {
  // The pixels belong behind the gaps, and how many gaps there are is not known yet.
  const values = out + 2 * (to - from) + 32;
  let value = values;
  let gap = out;
  let last = from;
  const numbers = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (let group = from; group < to; group += 8) {
    let bytes = v128.load(pixels + 2 * group);
    const left = inputs - 2 * group;
    if (left < 16) bytes = v128.and(bytes, i8x16.lt_u(numbers, i8x16.splat(<i8>left)));
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
