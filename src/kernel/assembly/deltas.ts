import { BANDS } from './encode';
import { biasOf, columnsOf, rowSize, softmaxOfFour } from './passes';
import { job } from './job';
import { RANGE } from './scores';
import {
  ANSWER,
  behind,
  LABEL,
  LABEL_SCORE,
  LANES,
  LARGEST,
  labelsMinusY,
  log,
  TOTAL,
  toRows,
} from './softmax';

/** What a part of a batch comes to, on a line of its own: the sum of −L, and how many answers are right. */
const PART: usize = 64;
const CORRECT: usize = 8;

/** The first image of a batch's part: there are as many parts as bands, in whole groups of four images. */
function partStart(part: usize, N: usize): usize {
  const groups = (N + LANES - 1) / LANES;
  return min(N, LANES * ((groups * part) / BANDS));
}

/**
 * From the bands' scores to the deltas scale · (labels − y) / RANGE, for one part of a batch of N images;
 * notes the part's loss and right answers.
 *
 * Four images at a time, each in a lane of its own: every step of softmax is then one instruction for
 * four of them, with no sum across lanes.
 */
export function toDeltas(
  thread: usize,
  part: usize,
  bandSize: usize,
  order: usize,
  N: usize,
  scale: f32,
): void {
  const slots = job.slots;
  const columns = columnsOf(thread);
  const end = partStart(part + 1, N);
  let above = f64x2.splat(0);
  let logs: f64 = 0;
  let totals = f64x2.splat(1);
  let held = 0;
  let correct = 0;
  for (let n = partStart(part, N); n < end; n += LANES) {
    softmaxOfFour(biasOf(thread), job.scores, bandSize, order, n, N, columns);
    // Behind the last image there is nothing to count.
    const present = i32x4.gt_s(i32x4.splat(<i32>(N - n)), i32x4(0, 1, 2, 3));
    const answer = v128.load(behind(columns, slots, ANSWER));
    const right = i32x4.eq(answer, v128.load(behind(columns, slots, LABEL)));
    correct += i32.popcnt(i32x4.bitmask(v128.and(right, present)));
    // −L = log Σ exp(v_i − max v) + (max v − v_label)
    const largest = v128.load(behind(columns, slots, LARGEST));
    const difference = f32x4.sub(largest, v128.load(behind(columns, slots, LABEL_SCORE)));
    above = f64x2.add(above, sumOfHalves(v128.and(difference, present)));
    const total = v128.load(behind(columns, slots, TOTAL));
    totals = f64x2.mul(totals, productOfHalves(v128.bitselect(total, f32x4.splat(1), present)));
    // log a + log b = log ab: one logarithm for 16 images, whose totals are from 1 to 256 each.
    if (++held == 4) {
      logs += log(f64x2.extract_lane(totals, 0) * f64x2.extract_lane(totals, 1));
      totals = f64x2.splat(1);
      held = 0;
    }
    labelsMinusY(columns, slots, scale / RANGE);
    toRows(columns, slots, job.deltas + n * rowSize());
  }
  logs += log(f64x2.extract_lane(totals, 0) * f64x2.extract_lane(totals, 1));
  const noted = job.parts + part * PART;
  store<f64>(noted, logs + (f64x2.extract_lane(above, 0) + f64x2.extract_lane(above, 1)));
  store<i32>(noted + CORRECT, correct);
}

/** Adds up the parts of step `step`: its mean −L, and the right answers. */
export function noteLoss(step: usize, N: usize): void {
  let loss: f64 = 0;
  for (let part: usize = 0; part < BANDS; part++) {
    loss += load<f64>(job.parts + part * PART);
    job.correct += load<i32>(job.parts + part * PART + CORRECT);
  }
  store<f64>(job.losses + (step << 3), loss / <f64>N);
}

// @ts-ignore: decorator
@inline
function sumOfHalves(v: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(upperHalf(v)));
}

// @ts-ignore: decorator
@inline
function productOfHalves(v: v128): v128 {
  return f64x2.mul(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(upperHalf(v)));
}

// @ts-ignore: decorator
@inline
function upperHalf(v: v128): v128 {
  return i32x4.shuffle(v, v, 2, 3, 2, 3);
}
