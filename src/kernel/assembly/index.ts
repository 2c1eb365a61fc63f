/**
 * The fast kernel: softmax regression over the non-zero pixels, by as many threads as there are bands.
 *
 * A thread owns the weights of its bands: it alone computes their part of the scores and it alone
 * changes them, so no weight ever moves between processors. Per step the threads exchange the bands'
 * scores, K numbers an image, each makes deltas of its part of the batch, and they exchange those. Every
 * sum has one order, given by the images and never by the threads: any number of threads gives the same
 * bits.
 *
 * To read: job.ts, what the host says; encode.ts, the set, pairs of pixels; tile.ts, a batch of it, expanded;
 * scores.ts, the two inner loops, W u and ∂L/∂W = ∂L/∂v uᵀ; softmax.ts and deltas.ts, from v to ∂L/∂v;
 * passes.ts, train.ts and evaluate.ts, what calls them; threads.ts, how threads meet.
 *
 * Compiled without relaxed SIMD, and with no imported function but those a thread sleeps and wakes by.
 */
import { BANDS, ENTRY, encodeBand } from './encode';
import { evaluate } from './evaluate';
import { ENCODE, EVALUATE, job, STOP, TRAIN } from './job';
import { announceJob, beReady, meet, waitForJob } from './threads';
import { train } from './train';

export { readyThreads } from './threads';

/** Host: does the job in memory with `job.threads` threads, this one as thread 0. */
export function run(): void {
  if (job.threads > 1) announceJob();
  work(0);
}

/** Host: ends the other threads' `serve`. */
export function stop(): void {
  job.kind = STOP;
  announceJob();
}

/** Other threads: does every job that needs them, until the host stops them. */
export function serve(thread: usize): void {
  beReady();
  for (let number = 1; ; number++) {
    waitForJob(number);
    if (job.kind == STOP) return;
    if (thread < job.threads) work(thread);
  }
}

function work(thread: usize): void {
  if (job.kind == TRAIN) train(thread);
  else if (job.kind == EVALUATE) evaluate(thread);
  else if (job.kind == ENCODE) encode();
  // Nobody returns to the host, which may change the job, before all have done with it.
  meet(thread, job.threads);
}

function encode(): void {
  const D = job.inputs;
  let starts = job.starts;
  let pairs = job.end;
  for (let n: usize = 0; n < job.count; n++) {
    for (let band: usize = 0; band < BANDS; band++) {
      store<u32>(starts, <u32>pairs);
      starts += 4;
      const out = job.entries + ENTRY * pairs;
      pairs += encodeBand(job.pixels + n * D, D, band, job.bandPairs, out);
    }
  }
  store<u32>(starts, <u32>pairs);
  job.end = pairs;
}
