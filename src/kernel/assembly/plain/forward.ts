import { layerAt } from '../job';
import { TILE, touch } from '../set';
import { forwardBand, linearBackwardWeightBand } from './pairs';
import { advancesOf, boundsOf, expandTile, pixelsOf } from './tile';

/**
 * The forward pass, or the backward one: every band of this thread, every block of classes, every image.
 * A row is an image's scores, which come out, or its deltas, which go in; each band has scores of its own.
 */
// @ts-expect-error: decorator
@inline
function pass(
  isForward: bool,
  thread: usize,
  first: usize,
  last: usize,
  order: usize,
  all: usize,
  N: usize,
): void {
  const layer = layerAt(0);
  const rowSize = layer.rowSize;
  const advances = advancesOf(thread);
  const pixels = pixelsOf(thread);
  for (let tile: usize = 0; tile < N; tile += TILE) {
    const next = min(N, tile + TILE);
    // A batch of one tile has been touched by the caller, and stays expanded for the backward pass.
    if (N > TILE) keep(thread, touch(first, last, order + (tile << 2), next - tile));
    if (isForward || N > TILE) {
      expandTile(thread, first, last, order + (tile << 2), next - tile);
    }
    for (let band = first; band < last; band++) {
      for (let block: usize = 0; block < layer.blocks; block++) {
        const part = all + band * layer.bandSize + block * layer.blockSize;
        const rows = isForward ? layer.scores + band * layer.scoresSize : layer.deltas;
        let row = rows + ((block * layer.blockSlots) << 2) + tile * rowSize;
        let bound = boundsOf(thread, band);
        for (let n = tile; n < next; n++) {
          const begin = <usize>load<u32>(bound);
          const at = advances + (begin << 1);
          const end = advances + (<usize>load<u32>(bound, 4) << 1);
          if (isForward) forwardBand(at, end, pixels + (begin << 3), part, row);
          else linearBackwardWeightBand(at, end, pixels + (begin << 3), part, row);
          bound += 4;
          row += rowSize;
        }
      }
    }
  }
}

/** Keeps what `touch` returns, read by nobody, where `expandTile` overwrites it. */
export function keep(thread: usize, sum: u32): void {
  store<u32>(boundsOf(thread, 0), sum);
}

/** scores[band][n] = Σ_j w_ij p_j over the pixels of this thread's bands, for N images. */
export function forwardPairs(
  thread: usize,
  first: usize,
  last: usize,
  order: usize,
  N: usize,
): void {
  pass(true, thread, first, last, order, layerAt(0).weight, N);
}

/** target += Σ_n delta_n p_nᵀ over this thread's bands, for the N images of the last `forwardPairs`. */
export function linearBackwardWeight(
  thread: usize,
  first: usize,
  last: usize,
  order: usize,
  target: usize,
  N: usize,
): void {
  pass(false, thread, first, last, order, target, N);
}
