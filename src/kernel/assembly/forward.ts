import { BANDS } from './encode';
import { job } from './job';
import { bandScores, SLOTS, SLOTS_SIZE, STRIDE } from './scores';
import { advancesOf, boundsOf, expandTile, pixelsOf, TILE, touch } from './tile';

/** Whole cache lines for `size` bytes: a line that two threads write to would travel between them. */
export function lines(size: usize): usize {
  return (size + 63) & ~63;
}

/** Bytes of an image's scores, or deltas. */
export function rowSize(): usize {
  return job.slots << 2;
}

/**
 * Weights (or gradients) of block `block` for the pairs of `band`; those of band BANDS begin where the block
 * ends. A band begins with a cache line.
 */
export function partOf(all: usize, block: usize, band: usize): usize {
  return all + (block * BANDS + band) * job.bandPairs * STRIDE;
}

/** scores[band][n] = Σ_j w_ij u_j over the pixels of this thread's bands, for N images. */
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
    let bound = boundsOf(thread);
    let begin: usize = 0;
    for (let n = tile; n < behind; n++) {
      for (let band = first; band < last; band++) {
        const end = <usize>load<u32>(bound);
        const out = scores + band * bandSize + n * size;
        for (let block: usize = 0; block * SLOTS < job.slots; block++) {
          bandScores(
            advances + (begin << 1),
            advances + (end << 1),
            pixels + (begin << 3),
            partOf(job.weight, block, band),
            out + block * SLOTS_SIZE,
          );
        }
        begin = end;
        bound += 4;
      }
    }
  }
}

/** v_n = b + the bands' scores, for N images. */
export function addBands(v: usize, bias: usize, scores: usize, bandSize: usize, N: usize): void {
  const size = rowSize();
  for (let i: usize = 0; i < size; i += 16) {
    const b = v128.load(bias + i);
    for (let at = i; at < N * size; at += size) {
      let sum = b;
      for (let band: usize = 0; band < BANDS; band++) {
        sum = f32x4.add(sum, v128.load(scores + band * bandSize + at));
      }
      v128.store(v + at, sum);
    }
  }
}
