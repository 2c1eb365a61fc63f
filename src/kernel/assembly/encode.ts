/**
 * Pictures as their non-zero pixels. An image is cut into BANDS bands of pixels; a band is an even number
 * of entries of two bytes, gap and value: the pixel lies `gap` behind the entry before it, or behind the
 * band's first pixel. An entry of value 0 stands where a gap is too wide for a byte, and where the
 * number would be odd: it adds 0 · w to a score and 0 to a weight.
 *
 * Two bytes a pixel, because waiting for memory is what limits: MNIST's 60,000 images take 18 MB.
 */

/** Bands of an image: as many threads as can share a step. Part of the result's bits: see scores.ts. */
export const BANDS: usize = 2;

/** First pixel of a band: a multiple of 8, so that bands consist of whole groups; D for the one behind the last. */
export function bandStart(band: usize, inputs: usize): usize {
  return band == BANDS ? inputs : ((inputs * band) / BANDS) & ~7;
}

/** For each set of non-zero lanes out of 8, their numbers, in order: 256 × 8 bytes, filled by the host. */
export const LANES: usize = 2048;

/** A gap that a byte holds with any position in the next group of 8 added to it. */
const WIDEST: usize = 240;

/**
 * Writes one band, `pixels` from `from` up to `to`, as entries at `out`; returns where they end.
 * May read up to 7 bytes behind `to`, and write up to 16 behind its end.
 */
export function encodeBand(pixels: usize, from: usize, to: usize, out: usize): usize {
  const start = out;
  const none = i8x16.splat(0);
  const numbers = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0, 0, 0);
  let last = from;
  for (let group = from; group < to; group += 8) {
    const bytes = v128.load64_zero(pixels + group);
    let present = <u32>i8x16.bitmask(i8x16.ne(bytes, none)) & 255;
    if (to - group < 8) present &= (1 << <u32>(to - group)) - 1;
    if (present == 0) continue;
    while (group - last > WIDEST) {
      store<u16>(out, <u16>WIDEST);
      out += 2;
      last += WIDEST;
    }
    const lanes = v128.load64_zero(LANES + (present << 3));
    const positions = i8x16.swizzle(numbers, lanes);
    const values = i8x16.swizzle(bytes, lanes);
    // Each position's predecessor: the lanes moved up by one, and the last pixel before this group.
    const before = i8x16.replace_lane(
      i8x16.shuffle(positions, positions, 0, 0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7, 7, 7, 7),
      0,
      <i8>(last - group),
    );
    const gaps = i8x16.sub(positions, before);
    v128.store(
      out,
      i8x16.shuffle(gaps, values, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
    );
    out += i32.popcnt(present) << 1;
    last = group + 31 - i32.clz(present);
  }
  if ((out - start) & 2) {
    store<u16>(out, 0);
    out += 2;
  }
  return out;
}
