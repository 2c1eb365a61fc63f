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
 * ∂L/∂W += ∂L/∂v uᵀ for one block and a batch, input by input: target_j += Σ_n u_nj delta_n over the images
 * in which input j is not 0. So a row of W is loaded and stored once a batch, and not once an image.
 *
 * @param input @param end the inputs of the batch (sort.ts): the row in W, the end of its entries
 * @param entry their entries: the image's row among the deltas, u_nj
 * @param deltas the block of the first image
 */
export function linearBackwardWeightBlock(
  input: usize,
  end: usize,
  entry: usize,
  deltas: usize,
  target: usize,
): void {
  while (input < end) {
    const row = target + load<u32>(input);
    const next = <usize>load<u32>(input, 4);
    let sum0 = f32x4.splat(0);
    let sum4 = sum0;
    let sum8 = sum0;
    let sum12 = sum0;
    do {
      const delta = deltas + load<u32>(entry);
      const u = v128.load32_splat(entry, 4);
      sum0 = f32x4.add(sum0, f32x4.mul(u, v128.load(delta)));
      sum4 = f32x4.add(sum4, f32x4.mul(u, v128.load(delta, 16)));
      sum8 = f32x4.add(sum8, f32x4.mul(u, v128.load(delta, 32)));
      sum12 = f32x4.add(sum12, f32x4.mul(u, v128.load(delta, 48)));
      entry += ENTRY;
    } while (entry < next);
    v128.store(row, f32x4.add(v128.load(row), sum0));
    v128.store(row, f32x4.add(v128.load(row, 16), sum4), 16);
    v128.store(row, f32x4.add(v128.load(row, 32), sum8), 32);
    v128.store(row, f32x4.add(v128.load(row, 48), sum12), 48);
    input += ENTRY;
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
