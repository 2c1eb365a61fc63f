import { BANDS, ENTRY } from '../encode';
import { job } from '../job';
import { pairsBefore, TILE } from '../set';
import { expand } from './pairs';

/** A thread's tile: how far each pair advances in the weights … */
export function advancesOf(thread: usize): usize {
  return job.tile + thread * job.tileSize;
}

/** … its pixels as floats … */
export function pixelsOf(thread: usize): usize {
  return advancesOf(thread) + job.tilePixels;
}

/** … and where band `band` of each of the images begins and the last one ends, in pairs: count + 1 words. */
export function boundsOf(thread: usize, band: usize): usize {
  return job.bounds + (((thread * BANDS + band) * (TILE + 1)) << 2);
}

/** Expands this thread's bands of the images at `order` into its tile, band after band. */
export function expandTile(
  thread: usize,
  first: usize,
  last: usize,
  order: usize,
  count: usize,
): void {
  const advances = advancesOf(thread);
  const pixels = pixelsOf(thread);
  let pairs: usize = 0;
  for (let band = first; band < last; band++) {
    const bounds = boundsOf(thread, band);
    store<u32>(bounds, <u32>pairs);
    for (let n: usize = 0; n < count; n++) {
      const image = <usize>load<u32>(order + (n << 2));
      const begin = pairsBefore(image, band);
      const kept = pairsBefore(image, band + 1) - begin;
      expand(job.set.entries + ENTRY * begin, kept, advances + (pairs << 1), pixels + (pairs << 3));
      pairs += kept;
      store<u32>(bounds + (n << 2), <u32>pairs, 4);
    }
  }
}
