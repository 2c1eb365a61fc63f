import { job } from '../job';
import { Linear } from '../network';
import { spanOf } from './entries';
import { ENTRY, ROW } from './linear';

/** A thread's buffer: the count of each input's entries, then the inputs, then the entries sorted by them. */
export function countsOf(thread: usize): usize {
  return job.sorted + thread * job.sortedSize;
}

/** The inputs that some image of the batch has: the row in W, and the end of the input's entries. */
export function inputsOf(thread: usize, layer: Linear): usize {
  return countsOf(thread) + (layer.bandInputs << 2);
}

/** Their entries, input by input: the image's row among the deltas, u_nj. */
export function sortedOf(thread: usize, layer: Linear): usize {
  return inputsOf(thread, layer) + layer.bandInputs * ENTRY;
}

/**
 * The entries of a band of N images, sorted by input: a counting sort, so in each input by image. Returns
 * where the inputs end.
 */
export function sortByInput(thread: usize, layer: Linear, band: usize, N: usize): usize {
  const counts = countsOf(thread);
  const bandInputs = layer.bandInputs;
  memory.fill(counts, 0, bandInputs << 2);
  for (let n: usize = 0; n < N; n++) {
    const span = spanOf(layer, band, n);
    const end = <usize>load<u32>(span, 4);
    for (let entry = <usize>load<u32>(span); entry < end; entry += ENTRY) {
      const count = counts + load<u32>(entry) / <u32>(ROW / 4);
      store<u32>(count, load<u32>(count) + 1);
    }
  }
  let to = inputsOf(thread, layer);
  let place = <u32>sortedOf(thread, layer);
  // From each count to where the input's entries begin; an input too many is overwritten by the next.
  let row: u32 = 0;
  for (let at = counts; at < counts + (bandInputs << 2); at += 4) {
    const count = load<u32>(at);
    store<u32>(at, place);
    place += count * <u32>ENTRY;
    store<u32>(to, row);
    store<u32>(to, place, 4);
    to += count != 0 ? ENTRY : 0;
    row += <u32>ROW;
  }
  let delta: u64 = 0;
  for (let n: usize = 0; n < N; n++) {
    const span = spanOf(layer, band, n);
    const end = <usize>load<u32>(span, 4);
    for (let entry = <usize>load<u32>(span); entry < end; entry += ENTRY) {
      const both = load<u64>(entry);
      const at = counts + <usize>(<u32>both / <u32>(ROW / 4));
      const sorted = <usize>load<u32>(at);
      store<u32>(at, <u32>(sorted + ENTRY));
      store<u64>(sorted, (both & 0xffffffff00000000) | delta);
    }
    delta += <u64>layer.rowSize;
  }
  return to;
}
