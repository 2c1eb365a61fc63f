import { BANDS, ENTRY as PAIR } from '../encode';
import { job } from '../job';
import { Linear } from '../network';
import { pairsBefore, TILE } from '../set';
import { ENTRY, ROW } from './linear';

/** Where the entries of a band of an image begin and end: two words. */
export function spanOf(layer: Linear, band: usize, n: usize): usize {
  return layer.spans + ((band * TILE + n) << 3);
}

/** Bytes of a band's entries, of which an image has `most`. */
export function entriesSize(most: usize): usize {
  return TILE * most * ENTRY;
}

/** The pixels that are not 0, of bands `first` up to `last` of the images at `order`. */
export function pixelEntries(
  layer: Linear,
  first: usize,
  last: usize,
  order: usize,
  N: usize,
): void {
  for (let band = first; band < last; band++) {
    let to = layer.entries + band * entriesSize(2 * job.set.mostPairs);
    for (let n: usize = 0; n < N; n++) {
      const image = <usize>load<u32>(order + (n << 2));
      const begin = pairsBefore(image, band);
      const kept = pairsBefore(image, band + 1) - begin;
      const span = spanOf(layer, band, n);
      store<u32>(span, <u32>to);
      to = expand(job.set.entries + PAIR * begin, kept, to);
      store<u32>(span, <u32>to, 4);
    }
  }
}

/**
 * The entries of a band (`encode.ts`) of `count` pairs: the pixel's row among the weights, u = p / 255.
 * Returns where they end. An entry too many is written without a branch, and overwritten by the next.
 */
function expand(pairs: usize, count: usize, to: usize): usize {
  const end = pairs + count;
  let pixels = end;
  let row: u32 = 0;
  for (let gap = pairs; gap < end; gap++) {
    row += <u32>load<u8>(gap) * 2 * <u32>ROW;
    const a = load<u8>(pixels);
    const b = load<u8>(pixels, 1);
    store<u32>(to, row);
    store<f32>(to, <f32>a * <f32>(1.0 / 255), 4);
    to += a != 0 ? ENTRY : 0;
    store<u32>(to, row + <u32>ROW);
    store<f32>(to, <f32>b * <f32>(1.0 / 255), 4);
    to += b != 0 ? ENTRY : 0;
    pixels += PAIR - 1;
  }
  return to;
}

/**
 * h = ReLU(v), v = b + the sum of the bands' scores, of images n up to `end`: as entries of the layer
 * behind, for units that are not 0. What is neither above 0 nor not is NaN, and kept: the loss shows it.
 */
export function reluForward(layer: Linear, behind: Linear, n: usize, end: usize): void {
  const bandUnits = behind.bandInputs;
  for (; n < end; n++) {
    const scores = layer.scores + n * layer.rowSize;
    for (let band: usize = 0; band < BANDS; band++) {
      let to = behind.entries + (band * TILE + n) * (bandUnits * ENTRY);
      const span = spanOf(behind, band, n);
      store<u32>(span, <u32>to);
      let i = (band * bandUnits) << 2;
      const bandEnd = min(i + (bandUnits << 2), (layer.blocks * layer.blockSlots) << 2);
      for (let row: u32 = 0; i < bandEnd; i += 16) {
        const sum = f32x4.add(v128.load(scores + i), v128.load(scores + layer.scoresSize + i));
        const v = f32x4.add(v128.load(layer.bias + i), sum);
        const off = i32x4.bitmask(f32x4.le(v, f32x4.splat(0)));
        store<u32>(to, row);
        v128.store32_lane(to, v, 0, 4);
        to += off & 1 ? 0 : ENTRY;
        store<u32>(to, row + <u32>ROW);
        v128.store32_lane(to, v, 1, 4);
        to += off & 2 ? 0 : ENTRY;
        store<u32>(to, row + 2 * <u32>ROW);
        v128.store32_lane(to, v, 2, 4);
        to += off & 4 ? 0 : ENTRY;
        store<u32>(to, row + 3 * <u32>ROW);
        v128.store32_lane(to, v, 3, 4);
        to += off & 8 ? 0 : ENTRY;
        row += 4 * <u32>ROW;
      }
      store<u32>(span, <u32>to, 4);
    }
  }
}
