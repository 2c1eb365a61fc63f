import { BANDS, ENTRY, encodeBand, fillPositions, WIDEST } from './encode';
import { job } from './job';
import { allocate, allocateLast, closeLast, free, reserve } from './memory';

/** A set of images: their non-zero pixels (encode.ts) and their labels. */
@unmanaged
export class ImageSet {
  count: usize;
  /** One byte an image. */
  labels: usize;
  /** How many pairs there are before each band of each image, and behind the last one. */
  starts: usize;
  entries: usize;
  /** Images encoded so far, their pairs, and the most that a band of one has. */
  encoded: usize;
  pairs: usize;
  mostPairs: usize;
}

/** What a vectorised loop may read or write behind the end of its data, and a touch behind an image. */
export const SLACK: usize = 512;
/** Images that are expanded together; MNIST's pairs, some 56 kB, stay in the nearest caches. */
export const TILE: usize = 64;
/** Bytes of raw pixels encoded at a time. */
const STAGE: usize = 1024 * 1024;

/** With more, the bytes of their starts are no longer a number of 32 bits. */
const MOST_IMAGES: usize = 0x1000_0000;

/** Images that the host hands over at a time. */
export function imagesAtOnce(): usize {
  return max(1, STAGE / job.inputs);
}

/** An empty set for `count` images; the next are encoded into it. */
export function createSet(count: usize): ImageSet {
  if (count > MOST_IMAGES) reserve(usize.MAX_VALUE, SLACK);
  fillPositions();
  const set = changetype<ImageSet>(allocate(offsetof<ImageSet>()));
  set.count = count;
  set.labels = allocate(count);
  set.starts = allocate((count * BANDS + 1) << 2);
  set.encoded = 0;
  set.pairs = 0;
  set.mostPairs = 0;
  job.pixels = allocate(imagesAtOnce() * job.inputs + SLACK);
  // Behind all else, for how many pairs there are shows only in the end.
  set.entries = allocateLast();
  job.set = set;
  return set;
}

/** Encodes the `count` images in `job.pixels`, behind those before them. */
export function encode(count: usize): void {
  const set = job.set;
  const inputs = job.inputs;
  const bandPairs = pairsInBand(inputs);
  // At worst every pair is kept, and more where gaps are too wide; what is not used is given back below.
  const most = BANDS * (bandPairs + bandPairs / WIDEST + 1);
  reserve(set.entries + ENTRY * set.pairs, (count * ENTRY + 2) * most + SLACK);
  let starts = set.starts + ((set.encoded * BANDS) << 2);
  for (let n: usize = 0; n < count; n++) {
    for (let band: usize = 0; band < BANDS; band++) {
      store<u32>(starts, <u32>set.pairs);
      starts += 4;
      const out = set.entries + ENTRY * set.pairs;
      const kept = encodeBand(job.pixels + n * inputs, inputs, band, bandPairs, out);
      set.pairs += kept;
      set.mostPairs = max(set.mostPairs, kept);
    }
  }
  store<u32>(starts, <u32>set.pairs);
  set.encoded += count;
  if (set.encoded == set.count) {
    closeLast(set.entries, ENTRY * set.pairs + SLACK);
    free(job.pixels);
    job.pixels = 0;
  }
}

export function freeSet(set: ImageSet): void {
  free(set.entries);
  free(set.starts);
  free(set.labels);
  free(changetype<usize>(set));
}

/** Pairs of pixels that a band of an image has, in whole groups of 8. */
export function pairsInBand(inputs: usize): usize {
  return ((inputs + 16 * BANDS - 1) / (16 * BANDS)) * 8;
}

/** Pairs in the set before band `band` of image `n`: band BANDS is where the image ends. */
export function pairsBefore(n: usize, band: usize): usize {
  return load<u32>(job.set.starts + ((n * BANDS + band) << 2));
}

/**
 * Fetches the beginnings of images' bands. The order of images is random, so each begins with a cache miss:
 * loads that nothing waits for, with no branch among them, miss all at once, and not one after the other.
 *
 * @returns what nobody needs, so that the loads cannot be left out
 */
export function touch(first: usize, last: usize, order: usize, count: usize): u32 {
  let sum: u32 = 0;
  const whole = last - first == BANDS;
  const entries = job.set.entries;
  for (let n: usize = 0; n < count; n++) {
    const begin = entries + ENTRY * pairsBefore(load<u32>(order + (n << 2)), first);
    // The lines of most bands, or images; what is behind them the processor fetches by itself.
    sum += load<u32>(begin) + load<u32>(begin, 64) + load<u32>(begin, 128);
    if (whole) sum += load<u32>(begin, 192) + load<u32>(begin, 256);
  }
  return sum;
}
