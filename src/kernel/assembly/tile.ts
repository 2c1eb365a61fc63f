import { BANDS, ENTRY } from './encode';
import { job } from './job';
import { expand } from './scores';

/** Images that are expanded together; their pairs, some 56 kB, stay in the nearest caches. */
export const TILE: usize = 64;

/** Pairs in the set before band `band` of image `n`: band BANDS is where the image ends. */
function pairsBefore(n: usize, band: usize): usize {
  return load<u32>(job.starts + ((n * BANDS + band) << 2));
}

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

/**
 * Fetches the beginnings of images' bands. The order of images is random, so each begins with a cache miss:
 * loads that nothing waits for, with no branch among them, miss all at once, and not one after the other.
 */
export function touch(thread: usize, first: usize, last: usize, order: usize, count: usize): void {
  let sum: u32 = 0;
  const whole = last - first == BANDS;
  for (let n: usize = 0; n < count; n++) {
    const begin = job.entries + ENTRY * pairsBefore(load<u32>(order + (n << 2)), first);
    // The lines of most bands, or images; what is behind them the processor fetches by itself.
    sum += load<u32>(begin) + load<u32>(begin, 64) + load<u32>(begin, 128);
    if (whole) sum += load<u32>(begin, 192) + load<u32>(begin, 256);
  }
  // Read by nobody, but now the loads cannot be left out.
  store<u32>(boundsOf(thread, 0), sum);
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
      expand(job.entries + ENTRY * begin, kept, advances + (pairs << 1), pixels + (pairs << 3));
      pairs += kept;
      store<u32>(bounds + (n << 2), <u32>pairs, 4);
    }
  }
}
