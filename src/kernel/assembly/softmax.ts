/**
 * exp x for x ≤ 0, four at a time, within 2 units in the last place; 0 below −87, where the result
 * would leave the normal numbers. x = n ln 2 + r, exp x = 2ⁿ exp r, exp r by Cephes' polynomial
 * (Moshier, expf.c). Only additions and multiplications, so the same bits everywhere.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const inRange = f32x4.ge(x, f32x4.splat(-87));
  const clamped = f32x4.pmax(x, f32x4.splat(-87));
  const n = f32x4.nearest(f32x4.mul(clamped, f32x4.splat(1.44269504088896341)));
  // ln 2 in two parts: n times the first is exact.
  let r = f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(r, r), p), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  const result = f32x4.mul(p, power);
  // A NaN is not in range, and must not become 0.
  return v128.bitselect(result, v128.and(x, f32x4.ne(x, x)), inRange);
}

/**
 * log x for a normal x ≥ 1, within 1e-12 relative. x = 2ᵉ m with m near 1, log m = 2 artanh t, t = (m − 1)/(m + 1).
 */
export function log(x: f64): f64 {
  let bits = reinterpret<u64>(x);
  // The exponent that leaves m between √½ and √2.
  const e = <i64>(bits - 0x3fe6a09e667f3bcd) >> 52;
  bits -= <u64>(e << 52);
  const m = reinterpret<f64>(bits);
  const t = (m - 1) / (m + 1);
  const q = t * t;
  let s = 1.0 / 15;
  s = s * q + 1.0 / 13;
  s = s * q + 1.0 / 11;
  s = s * q + 1.0 / 9;
  s = s * q + 1.0 / 7;
  s = s * q + 1.0 / 5;
  s = s * q + 1.0 / 3;
  s = s * q + 1;
  return <f64>e * 0.6931471805599453 + 2 * t * s;
}

/** Four images side by side: a column holds one slot's floats, a lane each image. */
export const LANES: usize = 4;
const COLUMN: usize = 16;

/** What `softmax` leaves behind `slots` columns: max v, Σ exp(v − max v), and the slot of the largest v. */
export function largestIn(columns: usize, slots: usize): usize {
  return columns + slots * COLUMN;
}
export function totalIn(columns: usize, slots: usize): usize {
  return columns + (slots + 1) * COLUMN;
}
export function answerIn(columns: usize, slots: usize): usize {
  return columns + (slots + 2) * COLUMN;
}

/** Four rows of floats as columns, or columns as rows: `from` and `to` are 4 vectors, so many bytes apart. */
function transpose(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + fromStep);
  const c = v128.load(from + 2 * fromStep);
  const d = v128.load(from + 3 * fromStep);
  const ab01 = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const cd01 = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const ab23 = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cd23 = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(ab01, cd01, 0, 2));
  v128.store(to + toStep, i64x2.shuffle(ab01, cd01, 1, 3));
  v128.store(to + 2 * toStep, i64x2.shuffle(ab23, cd23, 0, 2));
  v128.store(to + 3 * toStep, i64x2.shuffle(ab23, cd23, 1, 3));
}

/** Four rows of `slots` floats, a multiple of 4, as columns. */
export function toColumns(rows: usize, slots: usize, columns: usize): void {
  for (let slot: usize = 0; slot < slots; slot += 4) {
    transpose(rows + (slot << 2), slots << 2, columns + slot * COLUMN, COLUMN);
  }
}

/** And back. */
export function toRows(columns: usize, slots: usize, rows: usize): void {
  for (let slot: usize = 0; slot < slots; slot += 4) {
    transpose(columns + slot * COLUMN, COLUMN, rows + (slot << 2), slots << 2);
  }
}

/**
 * exp(v_i − max v) in place of v_i for four images, and the three columns named above. The answer is the
 * first of several largest.
 *
 * @param used slots up to the last class; those behind it get 0. Slots between that hold −∞ get 0 too.
 */
export function softmax(columns: usize, slots: usize, used: usize): void {
  const end = columns + used * COLUMN;
  let largest = v128.load(columns);
  for (let at = columns + COLUMN; at < end; at += COLUMN) {
    largest = f32x4.pmax(largest, v128.load(at));
  }
  let total = f32x4.splat(0);
  let answer = i32x4.splat(0);
  let slot = i32x4.splat(<i32>used);
  for (let at = end; at > columns; ) {
    at -= COLUMN;
    slot = i32x4.sub(slot, i32x4.splat(1));
    const v = v128.load(at);
    answer = v128.bitselect(slot, answer, f32x4.eq(v, largest));
    const e = exp4(f32x4.sub(v, largest));
    v128.store(at, e);
    total = f32x4.add(total, e);
  }
  for (let at = end; at < columns + slots * COLUMN; at += COLUMN) v128.store(at, f32x4.splat(0));
  v128.store(largestIn(columns, slots), largest);
  v128.store(totalIn(columns, slots), total);
  v128.store(answerIn(columns, slots), answer);
}

/** From exp(v_i − max v), as softmax leaves it, to scale · y_i. */
export function scaledY(columns: usize, slots: usize, scale: f32): void {
  const factor = f32x4.div(f32x4.splat(scale), v128.load(totalIn(columns, slots)));
  for (let at = columns; at < columns + slots * COLUMN; at += COLUMN) {
    v128.store(at, f32x4.mul(factor, v128.load(at)));
  }
}
