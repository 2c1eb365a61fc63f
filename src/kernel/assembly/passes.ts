import { BANDS } from './encode';
import { job } from './job';
import { bandScores, bandUpdate, SLOTS, SLOTS_SIZE, STRIDE, slotOf } from './scores';
import { behind, LABEL, softmax, toColumns } from './softmax';
import { advancesOf, boundsOf, expandTile, pixelsOf, TILE, touch } from './tile';

/** Whole cache lines for `size` bytes: a line that two threads write to would travel between them. */
export function lines(size: usize): usize {
  return (size + 63) & ~63;
}

/** Bytes of an image's scores, or deltas. */
export function rowSize(): usize {
  return job.slots << 2;
}

/** A thread's copy of b. */
export function biasOf(thread: usize): usize {
  return job.bias + thread * lines(rowSize());
}

/** A thread's columns (softmax.ts). */
export function columnsOf(thread: usize): usize {
  return job.columns + thread * job.columnsSize;
}

/**
 * Weights (or gradients) of block `block` for the pairs of `band`; those of band BANDS begin where the block
 * ends. A band begins with a cache line.
 */
export function partOf(all: usize, block: usize, band: usize): usize {
  return all + (block * BANDS + band) * job.bandPairs * STRIDE;
}

/**
 * The forward pass, or the backward one: every band of this thread, every block of classes, every image.
 * A row is an image's scores, which come out, or its deltas, which go in; each band has scores of its own.
 */
// @ts-ignore: decorator
@inline
function pass(
  isForward: bool,
  thread: usize,
  first: usize,
  last: usize,
  order: usize,
  all: usize,
  rows: usize,
  bandSize: usize,
  N: usize,
): void {
  const size = rowSize();
  const advances = advancesOf(thread);
  const pixels = pixelsOf(thread);
  for (let tile: usize = 0; tile < N; tile += TILE) {
    const next = min(N, tile + TILE);
    // A batch of one tile has been touched by the caller, and stays expanded for the backward pass.
    if (N > TILE) touch(thread, first, last, order + (tile << 2), next - tile);
    if (isForward || N > TILE) {
      expandTile(thread, first, last, order + (tile << 2), next - tile);
    }
    for (let band = first; band < last; band++) {
      for (let block: usize = 0; block * SLOTS < job.slots; block++) {
        const part = partOf(all, block, band);
        let row = rows + band * bandSize + block * SLOTS_SIZE + tile * size;
        let bound = boundsOf(thread, band);
        for (let n = tile; n < next; n++) {
          const begin = <usize>load<u32>(bound);
          const end = advances + (<usize>load<u32>(bound, 4) << 1);
          if (isForward) bandScores(advances + (begin << 1), end, pixels + (begin << 3), part, row);
          else bandUpdate(advances + (begin << 1), end, pixels + (begin << 3), part, row);
          bound += 4;
          row += size;
        }
      }
    }
  }
}

/** scores[band][n] = Σ_j w_ij p_j over the pixels of this thread's bands, for N images. */
export function score(
  thread: usize,
  first: usize,
  last: usize,
  order: usize,
  scores: usize,
  bandSize: usize,
  N: usize,
): void {
  pass(true, thread, first, last, order, job.weight, scores, bandSize, N);
}

/** target += Σ_n delta_n p_nᵀ over this thread's bands, for the N images of the last `score`. */
export function update(
  thread: usize,
  first: usize,
  last: usize,
  order: usize,
  target: usize,
  N: usize,
): void {
  pass(false, thread, first, last, order, target, job.deltas, 0, N);
}

/**
 * Softmax of images n to n + 3 of the N at `order`, from the bands' scores, in `columns` (softmax.ts).
 * Those behind the last image have its label.
 */
export function softmaxOfFour(
  bias: usize,
  scores: usize,
  bandSize: usize,
  order: usize,
  n: usize,
  N: usize,
  columns: usize,
): void {
  const slots = job.slots;
  toColumns(bias, scores + n * rowSize(), bandSize, slots, columns);
  let labels = i32x4.splat(labelSlot(order, n));
  labels = i32x4.replace_lane(labels, 1, labelSlot(order, min(n + 1, N - 1)));
  labels = i32x4.replace_lane(labels, 2, labelSlot(order, min(n + 2, N - 1)));
  labels = i32x4.replace_lane(labels, 3, labelSlot(order, min(n + 3, N - 1)));
  v128.store(behind(columns, slots, LABEL), labels);
  softmax(columns, slots, slotOf(job.classes - 1) + 1);
}

function labelSlot(order: usize, n: usize): i32 {
  return <i32>slotOf(load<u8>(job.labels + load<u32>(order + (n << 2))));
}
