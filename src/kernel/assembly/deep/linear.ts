/** Units of a block of weights, four vectors, and bytes of an input's weights in it. */
export const UNITS: usize = 16;
export const ROW: usize = 64;
/** An entry, 8 bytes: how far a row lies from the first one, and a number to multiply it by. */
export const ENTRY: usize = 8;

/**
 * Scores of one block for one band of one image: out = Σ_j w_ij u_j over the band's entries, inputs that
 * are not 0.
 *
 * Four sums and one entry a turn: with eight sums, or two entries, V8's registers do not suffice (a third
 * slower).
 *
 * @param entry @param end the band's entries: the input's row, u_j
 * @param weight the block's first row
 */
export function forwardBlock(entry: usize, end: usize, weight: usize, out: usize): void {
  let sum0 = f32x4.splat(0);
  let sum4 = sum0;
  let sum8 = sum0;
  let sum12 = sum0;
  while (entry < end) {
    const row = weight + load<u32>(entry);
    const u = v128.load32_splat(entry, 4);
    sum0 = f32x4.add(sum0, f32x4.mul(u, v128.load(row)));
    sum4 = f32x4.add(sum4, f32x4.mul(u, v128.load(row, 16)));
    sum8 = f32x4.add(sum8, f32x4.mul(u, v128.load(row, 32)));
    sum12 = f32x4.add(sum12, f32x4.mul(u, v128.load(row, 48)));
    entry += ENTRY;
  }
  v128.store(out, sum0);
  v128.store(out, sum4, 16);
  v128.store(out, sum8, 32);
  v128.store(out, sum12, 48);
}

/**
 * ∂L/∂W += ∂L/∂v uᵀ of one block for one band of images one after the other: weight_ij += delta_i u_j over
 * each image's entries.
 *
 * Gathered by input, so that a row is loaded and stored once a batch, it took a sixth longer: an input has
 * five entries a batch on average, and where they end no processor foresees.
 *
 * @param span @param end where the images' entries begin and end
 * @param weight the block's first row
 * @param delta the block's ∂L/∂v of the first image, `rowSize` before that of the next
 */
export function linearBackwardWeightBlock(
  span: usize,
  end: usize,
  weight: usize,
  delta: usize,
  rowSize: usize,
): void {
  for (; span < end; span += 8) {
    const d0 = v128.load(delta);
    const d4 = v128.load(delta, 16);
    const d8 = v128.load(delta, 32);
    const d12 = v128.load(delta, 48);
    const entriesEnd = <usize>load<u32>(span, 4);
    for (let entry = <usize>load<u32>(span); entry < entriesEnd; entry += ENTRY) {
      const row = weight + load<u32>(entry);
      const u = v128.load32_splat(entry, 4);
      v128.store(row, f32x4.add(v128.load(row), f32x4.mul(u, d0)));
      v128.store(row, f32x4.add(v128.load(row, 16), f32x4.mul(u, d4)), 16);
      v128.store(row, f32x4.add(v128.load(row, 32), f32x4.mul(u, d8)), 32);
      v128.store(row, f32x4.add(v128.load(row, 48), f32x4.mul(u, d12)), 48);
    }
    delta += rowSize;
  }
}

/**
 * ∂L/∂v of the layer before, for one block, one band of one image: out_j += Σ_i w_ij delta_i over the inputs
 * j that are not 0. Those that are 0 were cut off by ReLU, so theirs is 0: out holds 0 there.
 *
 * @param out a float an input, in the order of the rows
 */
export function linearBackwardInputBlock(
  entry: usize,
  end: usize,
  weight: usize,
  delta: usize,
  out: usize,
): void {
  const d0 = v128.load(delta);
  const d4 = v128.load(delta, 16);
  const d8 = v128.load(delta, 32);
  const d12 = v128.load(delta, 48);
  while (entry < end) {
    const at = <usize>load<u32>(entry);
    const row = weight + at;
    const low = f32x4.add(f32x4.mul(d0, v128.load(row)), f32x4.mul(d4, v128.load(row, 16)));
    const high = f32x4.add(f32x4.mul(d8, v128.load(row, 32)), f32x4.mul(d12, v128.load(row, 48)));
    let sum = f32x4.add(low, high);
    sum = f32x4.add(sum, i32x4.shuffle(sum, sum, 2, 3, 0, 1));
    const to = out + at / UNITS;
    store<f32>(to, load<f32>(to) + (f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1)));
    entry += ENTRY;
  }
}
