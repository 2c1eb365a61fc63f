import { BANDS } from './encode';
import { job } from './job';
import { bandScores, SLOTS, SLOTS_SIZE, STRIDE, slotOf } from './scores';
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
  const size = rowSize();
  const advances = advancesOf(thread);
  const pixels = pixelsOf(thread);
  for (let tile: usize = 0; tile < N; tile += TILE) {
    const behind = min(N, tile + TILE);
    // The caller has touched a batch that is one tile.
    if (N > TILE) touch(thread, first, last, order + (tile << 2), behind - tile);
    expandTile(thread, first, last, order + (tile << 2), behind - tile);
    for (let band = first; band < last; band++) {
      for (let block: usize = 0; block * SLOTS < job.slots; block++) {
        const weight = partOf(job.weight, block, band);
        let out = scores + band * bandSize + block * SLOTS_SIZE + tile * size;
        let bound = boundsOf(thread, band);
        for (let n = tile; n < behind; n++) {
          const begin = <usize>load<u32>(bound);
          const end = advances + (<usize>load<u32>(bound, 4) << 1);
          bandScores(advances + (begin << 1), end, pixels + (begin << 3), weight, out);
          bound += 4;
          out += size;
        }
      }
    }
  }
}

/** Writes the label's slot for images n to n + 3 of `order`; for those behind N, that of the last. */
export function writeLabels(order: usize, n: usize, N: usize, to: usize): void {
  let labels = i32x4.splat(labelSlot(order, n));
  labels = i32x4.replace_lane(labels, 1, labelSlot(order, min(n + 1, N - 1)));
  labels = i32x4.replace_lane(labels, 2, labelSlot(order, min(n + 2, N - 1)));
  labels = i32x4.replace_lane(labels, 3, labelSlot(order, min(n + 3, N - 1)));
  v128.store(to, labels);
}

function labelSlot(order: usize, n: usize): i32 {
  return <i32>slotOf(load<u8>(job.labels + load<u32>(order + (n << 2))));
}
