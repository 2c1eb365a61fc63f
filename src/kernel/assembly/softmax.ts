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
 * log x for 1 ≤ x < 2⁶³, within 1e-12. x = 2ᵉ m with m near 1, log m = 2 artanh t, t = (m − 1)/(m + 1).
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

// @ts-ignore: decorator
@inline
function largestLane(v: v128): v128 {
  const pairs = f32x4.pmax(v, i32x4.shuffle(v, v, 2, 3, 0, 1));
  return f32x4.pmax(pairs, i32x4.shuffle(pairs, pairs, 1, 0, 3, 2));
}

// @ts-ignore: decorator
@inline
function sumLanes(v: v128): v128 {
  const pairs = f32x4.add(v, i32x4.shuffle(v, v, 2, 3, 0, 1));
  return f32x4.add(pairs, i32x4.shuffle(pairs, pairs, 1, 0, 3, 2));
}

/** The class with the largest score, the first of several: the answer of the last `softmax`. */
export let answer: usize = 0;
/** Σ_k exp(v_k − max v), of the last `softmax`. */
export let total: f32 = 0;

/**
 * exp(v_i − max v) in place of v_i, `answer` and `total`; returns v_label − max v, which is L + log total.
 *
 * @param v paddedClasses floats; the classes behind K hold −∞ and get 0
 */
export function softmax(v: usize, paddedClasses: usize, label: usize): f64 {
  const end = v + (paddedClasses << 2);
  let most = v128.load(v);
  for (let at = v + 16; at < end; at += 16) most = f32x4.pmax(most, v128.load(at));
  const max = largestLane(most);
  const labelScore = load<f32>(v + (label << 2)) - f32x4.extract_lane(max, 0);
  let sum = f32x4.splat(0);
  let best: usize = 0;
  for (let at = end - 16; at >= v; at -= 16) {
    const scores = v128.load(at);
    const equal = i32x4.bitmask(f32x4.eq(scores, max));
    if (equal != 0) best = ((at - v) >> 2) + i32.ctz(equal);
    const e = exp4(f32x4.sub(scores, max));
    v128.store(at, e);
    sum = f32x4.add(sum, e);
  }
  answer = best;
  total = f32x4.extract_lane(sumLanes(sum), 0);
  return <f64>labelScore;
}
