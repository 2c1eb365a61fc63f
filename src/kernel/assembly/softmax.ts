// Constants lie in memory: V8 makes a vector of one with three instructions at each use, and loads it with one.
const LOWEST: usize = memory.data<f32>([-87]);
const LOG2_E: usize = memory.data<f32>([1.44269504088896341]);
const ROUNDING: usize = memory.data<f32>([12582912]);
const LN2_HIGH: usize = memory.data<f32>([0.693359375]);
const LN2_LOW: usize = memory.data<f32>([-2.1219444e-4]);
const P0: usize = memory.data<f32>([1.98756915e-4]);
const P1: usize = memory.data<f32>([1.3981999507e-3]);
const P2: usize = memory.data<f32>([8.3334519073e-3]);
const P3: usize = memory.data<f32>([4.1665795894e-2]);
const P4: usize = memory.data<f32>([1.6666665459e-1]);
const P5: usize = memory.data<f32>([5.0000001201e-1]);
const ONE: usize = memory.data<f32>([1]);

/**
 * exp x for x ≤ 0, four at a time, within 2 units in the last place; 0 below −87, where the result
 * would leave the normal numbers. x = n ln 2 + r, exp x = 2ⁿ exp r, exp r by Cephes' polynomial
 * (Moshier, expf.c). Only additions and multiplications, so the same bits everywhere.
 */
// @ts-ignore: decorator
@inline
function exp4(x: v128): v128 {
  const lowest = v128.load32_splat(LOWEST);
  const rounding = v128.load32_splat(ROUNDING);
  const one = v128.load32_splat(ONE);
  const inRange = f32x4.ge(x, lowest);
  const clamped = f32x4.pmax(x, lowest);
  // Adding 1.5 · 2²³ leaves no bit behind the point: the sum's lowest bits are n.
  const sum = f32x4.add(f32x4.mul(clamped, v128.load32_splat(LOG2_E)), rounding);
  const n = f32x4.sub(sum, rounding);
  // ln 2 in two parts: n times the first is exact.
  let r = f32x4.sub(clamped, f32x4.mul(n, v128.load32_splat(LN2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(n, v128.load32_splat(LN2_LOW)));
  let p = v128.load32_splat(P0);
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(P1));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(P2));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(P3));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(P4));
  p = f32x4.add(f32x4.mul(p, r), v128.load32_splat(P5));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(r, r), p), r), one);
  // 2ⁿ: n in the place of the exponent, added to that of 1.
  const power = i32x4.add(i32x4.shl(sum, 23), one);
  // A NaN is not in range, and must not become 0.
  return v128.bitselect(f32x4.mul(p, power), v128.and(x, f32x4.ne(x, x)), inRange);
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
export const COLUMN: usize = 16;
/** Extra columns behind the slots': the slot of the label (before softmax), and what `softmax` finds out. */
export const EXTRA_COLUMNS: usize = 5;
export const LABEL: usize = 0;
export const LABEL_SCORE: usize = 1;
export const LARGEST: usize = 2;
export const TOTAL: usize = 3;
export const ANSWER: usize = 4;

/** Address of one of the extra columns. */
export function extraColumn(columns: usize, slots: usize, which: usize): usize {
  return columns + (slots + which) * COLUMN;
}

/** The columns of four images: v = b + the sum of the bands' scores / range, which are rows of `slots` floats. */
export function toColumns(
  bias: usize,
  scores: usize,
  scoresSize: usize,
  rowSize: usize,
  slots: usize,
  range: f32,
  columns: usize,
): void {
  const scale = f32x4.splat(1 / range);
  for (let i: usize = 0; i < slots << 2; i += 16) {
    const b = v128.load(bias + i);
    let at = scores + i;
    const v0 = addBands(b, at, scoresSize, scale);
    at += rowSize;
    const v1 = addBands(b, at, scoresSize, scale);
    at += rowSize;
    const v2 = addBands(b, at, scoresSize, scale);
    at += rowSize;
    const v3 = addBands(b, at, scoresSize, scale);
    transpose(v0, v1, v2, v3, columns + i * LANES, COLUMN);
  }
}

/** And back: the columns' floats as rows. */
export function toRows(columns: usize, slots: usize, rows: usize, rowSize: usize): void {
  for (let slot: usize = 0; slot < slots; slot += 4) {
    const at = columns + slot * COLUMN;
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    transpose(a, b, c, d, rows + (slot << 2), rowSize);
  }
}

// @ts-ignore: decorator
@inline
function addBands(b: v128, scores: usize, scoresSize: usize, scale: v128): v128 {
  const sum = f32x4.add(v128.load(scores), v128.load(scores + scoresSize));
  return f32x4.add(b, f32x4.mul(sum, scale));
}

/** Stores the lanes of a, b, c, d: lane 0 of each at `to`, lane 1 of each `step` further on, … */
// @ts-ignore: decorator
@inline
function transpose(a: v128, b: v128, c: v128, d: v128, to: usize, step: usize): void {
  const ab01 = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const cd01 = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const ab23 = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cd23 = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(ab01, cd01, 0, 2));
  v128.store(to + step, i64x2.shuffle(ab01, cd01, 1, 3));
  v128.store(to + 2 * step, i64x2.shuffle(ab23, cd23, 0, 2));
  v128.store(to + 3 * step, i64x2.shuffle(ab23, cd23, 1, 3));
}

/**
 * exp(v_i − max v) in place of v_i for four images, and the columns named above. The answer is the first
 * of several largest.
 *
 * @param used slots up to the last class; those behind it get 0. Slots between that hold −∞ get 0 too.
 */
export function softmax(columns: usize, slots: usize, used: usize): void {
  const end = columns + used * COLUMN;
  let largest = v128.load(columns);
  for (let at = columns + COLUMN; at < end; at += COLUMN) {
    largest = f32x4.pmax(largest, v128.load(at));
  }
  const label = v128.load(extraColumn(columns, slots, LABEL));
  let labelScore = f32x4.splat(0);
  let total = f32x4.splat(0);
  let answer = i32x4.splat(0);
  let slot = i32x4.splat(<i32>used);
  for (let at = end; at > columns; ) {
    at -= COLUMN;
    slot = i32x4.sub(slot, i32x4.splat(1));
    const v = v128.load(at);
    labelScore = v128.bitselect(v, labelScore, i32x4.eq(slot, label));
    answer = v128.bitselect(slot, answer, f32x4.eq(v, largest));
    const e = exp4(f32x4.sub(v, largest));
    v128.store(at, e);
    total = f32x4.add(total, e);
  }
  for (let at = end; at < columns + slots * COLUMN; at += COLUMN) v128.store(at, f32x4.splat(0));
  v128.store(extraColumn(columns, slots, LABEL_SCORE), labelScore);
  v128.store(extraColumn(columns, slots, LARGEST), largest);
  v128.store(extraColumn(columns, slots, TOTAL), total);
  v128.store(extraColumn(columns, slots, ANSWER), answer);
}

/** From exp(v_i − max v), as softmax leaves it, to scale · (labels_i − y_i). */
export function labelsMinusY(columns: usize, slots: usize, scale: f32): void {
  const factor = f32x4.div(f32x4.splat(scale), v128.load(extraColumn(columns, slots, TOTAL)));
  const label = v128.load(extraColumn(columns, slots, LABEL));
  let slot = i32x4.splat(0);
  for (let at = columns; at < columns + slots * COLUMN; at += COLUMN) {
    const right = v128.and(f32x4.splat(scale), i32x4.eq(slot, label));
    v128.store(at, f32x4.sub(right, f32x4.mul(factor, v128.load(at))));
    slot = i32x4.add(slot, i32x4.splat(1));
  }
}
