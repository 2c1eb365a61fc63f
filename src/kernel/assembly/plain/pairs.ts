import { ENTRY } from '../encode';

/** Classes of a block: two and a half vectors, so five for a pair of pixels. K is padded to whole blocks. */
export const CLASSES: usize = 10;
/**
 * Bytes of a pair's weights in a block. With the pixels a and b: classes 0 to 3 of a, 4 to 7 of a, 0 to 3
 * of b, 4 to 7 of b, and one vector for classes 8 and 9 of a, then of b.
 */
export const STRIDE: usize = 80;
/** Scores and deltas of a block: its 10 classes, and 2 slots that fill up the third vector. */
export const SLOTS: usize = 12;

/** Of a pixel: the kernel computes with p = RANGE · u as it is, and divides scores and deltas instead. */
export const RANGE: f32 = 255;

/**
 * Expands a band (`encode.ts`): by how many bytes a pair advances in the weights, 2 bytes each, and its
 * pixels as floats, 8 bytes. That takes the decoding out of the two loops below, which both run over the
 * same pairs.
 *
 * Works on whole vectors: reads up to 21 bytes behind the band, writes up to 14 and 56 behind its end.
 */
export function expand(band: usize, count: usize, advances: usize, pixels: usize): void {
  const end = band + count;
  let both = end;
  for (let gap = band; gap < end; gap += 8) {
    v128.store(advances, i16x8.mul(v128.load8x8_u(gap), i16x8.splat(<i16>STRIDE)));
    const bytes = v128.load(both);
    const low = i16x8.extend_low_i8x16_u(bytes);
    const high = i16x8.extend_high_i8x16_u(bytes);
    v128.store(pixels, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low)));
    v128.store(pixels, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low)), 16);
    v128.store(pixels, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high)), 32);
    v128.store(pixels, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high)), 48);
    both += 8 * (ENTRY - 1);
    advances += 16;
    pixels += 64;
  }
}

/**
 * Scores of one band of one image for 10 classes, times RANGE: out = Σ_j w_ij p_j over the band's non-zero
 * pairs, with p the pixels from 0 to 255. The order of additions is fixed by the image alone.
 *
 * One pair a turn, and not several: V8 puts all loads of a turn before its arithmetic, and with those of
 * two pairs the registers no longer suffice (a fifth slower). It unrolls the loop by itself.
 *
 * @param advance @param end @param pixels the band, expanded
 * @param weight weights of the band's first pair
 */
export function forwardBand(
  advance: usize,
  end: usize,
  pixels: usize,
  weight: usize,
  out: usize,
): void {
  let sum0 = f32x4.splat(0);
  let sum4 = sum0;
  let sum8 = sum0;
  while (advance < end) {
    weight += load<u16>(advance);
    const a = v128.load32_splat(pixels);
    const b = v128.load32_splat(pixels, 4);
    const ab = i32x4.shuffle(a, b, 0, 1, 4, 5);
    const wa0 = v128.load(weight);
    const wa4 = v128.load(weight, 16);
    const wb0 = v128.load(weight, 32);
    const wb4 = v128.load(weight, 48);
    const wab8 = v128.load(weight, 64);
    sum0 = f32x4.add(sum0, f32x4.add(f32x4.mul(a, wa0), f32x4.mul(b, wb0)));
    sum4 = f32x4.add(sum4, f32x4.add(f32x4.mul(a, wa4), f32x4.mul(b, wb4)));
    sum8 = f32x4.add(sum8, f32x4.mul(ab, wab8));
    advance += 2;
    pixels += 8;
  }
  v128.store(out, sum0);
  v128.store(out, sum4, 16);
  v128.store(out, f32x4.add(sum8, i32x4.shuffle(sum8, sum8, 2, 3, 0, 1)), 32);
}

/**
 * target += delta pᵀ for one band of one image and 10 classes. With target W and delta scaled by lr / RANGE
 * this is the whole of plain SGD; with target a gradient and delta scaled by 1 / RANGE it is
 * ∂L/∂W = ∂L/∂v uᵀ.
 */
export function linearBackwardWeightBand(
  advance: usize,
  end: usize,
  pixels: usize,
  target: usize,
  delta: usize,
): void {
  const d0 = v128.load(delta);
  const d4 = v128.load(delta, 16);
  const d8 = v128.load64_splat(delta, 32);
  while (advance < end) {
    target += load<u16>(advance);
    const a = v128.load32_splat(pixels);
    const b = v128.load32_splat(pixels, 4);
    const ab = i32x4.shuffle(a, b, 0, 1, 4, 5);
    v128.store(target, f32x4.add(v128.load(target), f32x4.mul(a, d0)));
    v128.store(target, f32x4.add(v128.load(target, 16), f32x4.mul(a, d4)), 16);
    v128.store(target, f32x4.add(v128.load(target, 32), f32x4.mul(b, d0)), 32);
    v128.store(target, f32x4.add(v128.load(target, 48), f32x4.mul(b, d4)), 48);
    v128.store(target, f32x4.add(v128.load(target, 64), f32x4.mul(ab, d8)), 64);
    advance += 2;
    pixels += 8;
  }
}
