/**
 * The block of memory through which the host (`../simd.ts`) says what to do. Every field is one 4-byte
 * word; their order is the host's too. Addresses are in bytes.
 */
@unmanaged
export class Job {
  /** Encode, Train or Evaluate, below. */
  kind: i32;
  /** Threads that take part, 1 to BANDS. */
  threads: usize;
  /** D and K; pairs of pixels in a band, a multiple of 8; slots of scores, 12 for every 10 classes. */
  inputs: usize;
  classes: usize;
  bandPairs: usize;
  slots: usize;
  /** W: blocks of 10 classes, in each band by band, bandPairs × 20 floats. b: slots floats a thread. */
  weight: usize;
  bias: usize;
  /** Momentum's velocity and the batch's gradient, laid out as W and b are. */
  velocity: usize;
  biasVelocity: usize;
  gradient: usize;
  /** The set: its entries, how many pairs there are before each band of each image, its labels. */
  entries: usize;
  starts: usize;
  labels: usize;
  /** Indices of images, how many, and how many in a batch. */
  order: usize;
  count: usize;
  batchSize: usize;
  /** f32 of momentum and weight decay; one f64 a step of learning rates and, coming back, losses. */
  momentum: f32;
  weightDecay: f32;
  learningRates: usize;
  losses: usize;
  /** Coming back: images classified rightly. */
  correct: i32;
  /** Room: scores of each band, deltas, what the parts of a batch come to; each thread's columns. */
  scores: usize;
  deltas: usize;
  parts: usize;
  columns: usize;
  columnsSize: usize;
  /** Room of each thread: its tile (tile.ts), `tileSize` bytes, pixels from `tilePixels` on; its bounds. */
  tile: usize;
  tileSize: usize;
  tilePixels: usize;
  bounds: usize;
  /** Evaluate: the answers. */
  predicted: usize;
  probability: usize;
  logLikelihood: usize;
  /** Encode: raw pixels of `count` images; pairs in the set so far, and coming back with theirs. */
  pixels: usize;
  end: usize;
}

export const job: Job = changetype<Job>(1024);

export const ENCODE: i32 = 0;
export const TRAIN: i32 = 1;
export const EVALUATE: i32 = 2;
export const STOP: i32 = 3;
