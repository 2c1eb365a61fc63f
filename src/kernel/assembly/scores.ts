/** Classes side by side in three vectors; K is padded to whole blocks. */
export const BLOCK: usize = 12;
/** Bytes of one pixel's weights in a block. */
export const STRIDE: usize = 48;

/** pixel / 255 for each byte: 256 floats, filled by the host. */
export const SCALED: usize = 4096;

/** A step in an expanded band: 2 bytes of address, 2 of table offset. */
export const STEP: usize = 4;

/**
 * Expands entries (two bytes, gap and value; `encode.ts`) to steps of twice the size: by how many bytes to
 * advance in the weights, and where in SCALED the value's float is. That takes the decoding out of the
 * two loops below, which run over the same steps, and a batch's steps stay in the nearest caches.
 *
 * Works on whole vectors: reads up to 12 bytes behind `end`, writes up to 24 behind what it returns.
 */
export function expand(entry: usize, end: usize, out: usize): usize {
  const from = entry;
  const start = out;
  for (; entry < end; entry += 16) {
    const entries = v128.load(entry);
    const advance = i16x8.mul(v128.and(entries, i16x8.splat(255)), i16x8.splat(<i16>STRIDE));
    const offset = i16x8.shl(i16x8.shr_u(entries, 8), 2);
    v128.store(out, i16x8.shuffle(advance, offset, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(out, i16x8.shuffle(advance, offset, 4, 12, 5, 13, 6, 14, 7, 15), 16);
    out += 32;
  }
  return start + ((end - from) << 1);
}

/**
 * Scores of one band of one image for 12 classes: out = Σ_j w_ij u_j over the band's non-zero pixels.
 *
 * Two sums run side by side, over every other pixel each, so that an addition need not wait for the one
 * before it. The order of additions is fixed by the image alone.
 *
 * @param step @param end the band, expanded @param weight weights of the band's first pixel
 */
export function bandScores(step: usize, end: usize, weight: usize, out: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  while (step < end) {
    weight += load<u16>(step);
    let u = v128.load32_splat(<usize>load<u16>(step, 2), SCALED);
    a0 = f32x4.add(a0, f32x4.mul(u, v128.load(weight)));
    a1 = f32x4.add(a1, f32x4.mul(u, v128.load(weight, 16)));
    a2 = f32x4.add(a2, f32x4.mul(u, v128.load(weight, 32)));
    weight += load<u16>(step, 4);
    u = v128.load32_splat(<usize>load<u16>(step, 6), SCALED);
    b0 = f32x4.add(b0, f32x4.mul(u, v128.load(weight)));
    b1 = f32x4.add(b1, f32x4.mul(u, v128.load(weight, 16)));
    b2 = f32x4.add(b2, f32x4.mul(u, v128.load(weight, 32)));
    step += 2 * STEP;
  }
  v128.store(out, f32x4.add(a0, b0));
  v128.store(out, f32x4.add(a1, b1), 16);
  v128.store(out, f32x4.add(a2, b2), 32);
}

/**
 * target += delta uᵀ for one band of one image and 12 classes. With target W and delta scaled by the
 * learning rate this is the whole of plain SGD; with target a gradient it is ∂L/∂W = ∂L/∂v uᵀ.
 */
export function bandUpdate(step: usize, end: usize, target: usize, delta: usize): void {
  const d0 = v128.load(delta);
  const d1 = v128.load(delta, 16);
  const d2 = v128.load(delta, 32);
  while (step < end) {
    target += load<u16>(step);
    let u = v128.load32_splat(<usize>load<u16>(step, 2), SCALED);
    v128.store(target, f32x4.add(v128.load(target), f32x4.mul(u, d0)));
    v128.store(target, f32x4.add(v128.load(target, 16), f32x4.mul(u, d1)), 16);
    v128.store(target, f32x4.add(v128.load(target, 32), f32x4.mul(u, d2)), 32);
    target += load<u16>(step, 4);
    u = v128.load32_splat(<usize>load<u16>(step, 6), SCALED);
    v128.store(target, f32x4.add(v128.load(target), f32x4.mul(u, d0)));
    v128.store(target, f32x4.add(v128.load(target, 16), f32x4.mul(u, d1)), 16);
    v128.store(target, f32x4.add(v128.load(target, 32), f32x4.mul(u, d2)), 32);
    step += 2 * STEP;
  }
}
