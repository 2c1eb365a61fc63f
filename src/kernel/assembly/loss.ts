import { BANDS } from './encode';
import { job } from './job';
import { Linear, slotOf, slotsOf } from './network';
import {
  ANSWER,
  extraColumn,
  LABEL,
  LABEL_SCORE,
  LANES,
  LARGEST,
  labelsMinusY,
  log,
  softmax,
  TOTAL,
  toColumns,
  toRows,
} from './softmax';

/** What a part of a batch comes to, on a line of its own: the sum of −L, and how many answers are correct. */
export const PART: usize = 64;
const CORRECT: usize = 8;

/** The first image of a batch's part: there are as many parts as bands, in whole groups of four images. */
export function partStart(part: usize, N: usize): usize {
  const groups = (N + LANES - 1) / LANES;
  return min(N, LANES * ((groups * part) / BANDS));
}

/** A thread's columns (softmax.ts). */
export function columnsOf(thread: usize): usize {
  return job.columns + thread * job.columnsSize;
}

/**
 * Softmax of images n to n + 3 of the N at `order`, from the last layer's scores, in `columns`. Those behind
 * the last image have its label.
 */
export function softmaxForward(
  layer: Linear,
  order: usize,
  n: usize,
  N: usize,
  columns: usize,
): void {
  const slots = slotsOf(layer);
  const rowSize = layer.rowSize;
  const scores = layer.scores + n * rowSize;
  toColumns(layer.bias, scores, layer.scoresSize, rowSize, slots, layer.range, columns);
  let labels = i32x4.splat(labelSlot(layer, order, n));
  labels = i32x4.replace_lane(labels, 1, labelSlot(layer, order, min(n + 1, N - 1)));
  labels = i32x4.replace_lane(labels, 2, labelSlot(layer, order, min(n + 2, N - 1)));
  labels = i32x4.replace_lane(labels, 3, labelSlot(layer, order, min(n + 3, N - 1)));
  v128.store(extraColumn(columns, slots, LABEL), labels);
  softmax(columns, slots, slotOf(layer, layer.units - 1) + 1);
}

function labelSlot(layer: Linear, order: usize, n: usize): i32 {
  return <i32>slotOf(layer, load<u8>(job.set.labels + load<u32>(order + (n << 2))));
}

/**
 * From the last layer's scores to its deltas scale · (labels − y) / range, for one part of a batch of N images;
 * notes the part's loss and correct answers.
 *
 * Four images at a time, each in a lane of its own: every step of softmax is then one instruction for
 * four of them, with no sum across lanes.
 */
export function softmaxBackward(
  layer: Linear,
  thread: usize,
  part: usize,
  order: usize,
  N: usize,
  scale: f32,
): void {
  const slots = slotsOf(layer);
  const columns = columnsOf(thread);
  const end = partStart(part + 1, N);
  let above = f64x2.splat(0);
  let logs: f64 = 0;
  let totals = f64x2.splat(1);
  let held = 0;
  let correct = 0;
  for (let n = partStart(part, N); n < end; n += LANES) {
    softmaxForward(layer, order, n, N, columns);
    // Behind the last image there is nothing to count.
    const present = i32x4.gt_s(i32x4.splat(<i32>(N - n)), i32x4(0, 1, 2, 3));
    const answer = v128.load(extraColumn(columns, slots, ANSWER));
    const right = i32x4.eq(answer, v128.load(extraColumn(columns, slots, LABEL)));
    correct += i32.popcnt(i32x4.bitmask(v128.and(right, present)));
    // −L = log Σ exp(v_i − max v) + (max v − v_label)
    const largest = v128.load(extraColumn(columns, slots, LARGEST));
    const difference = f32x4.sub(largest, v128.load(extraColumn(columns, slots, LABEL_SCORE)));
    above = f64x2.add(above, sumOfHalves(v128.and(difference, present)));
    const total = v128.load(extraColumn(columns, slots, TOTAL));
    totals = f64x2.mul(totals, productOfHalves(v128.bitselect(total, f32x4.splat(1), present)));
    // log a + log b = log ab: one logarithm for 16 images, whose totals are from 1 to 256 each.
    if (++held == 4) {
      logs += log(f64x2.extract_lane(totals, 0) * f64x2.extract_lane(totals, 1));
      totals = f64x2.splat(1);
      held = 0;
    }
    labelsMinusY(columns, slots, scale / layer.range);
    toRows(columns, slots, layer.deltas + n * layer.rowSize, layer.rowSize);
  }
  logs += log(f64x2.extract_lane(totals, 0) * f64x2.extract_lane(totals, 1));
  const noted = job.parts + part * PART;
  store<f64>(noted, logs + (f64x2.extract_lane(above, 0) + f64x2.extract_lane(above, 1)));
  store<i32>(noted + CORRECT, correct);
}

/** Adds up the parts: the sum of −L, to which the correct answers go into the job. */
export function takeLoss(): f64 {
  let loss: f64 = 0;
  for (let part: usize = 0; part < BANDS; part++) {
    loss += load<f64>(job.parts + part * PART);
    job.correct += load<i32>(job.parts + part * PART + CORRECT);
  }
  return loss;
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
