import { JOB } from './memory';
import { Linear } from './network';
import { ImageSet } from './set';

/**
 * What all threads know of: the network, the job in hand, and its buffers. Words of 4 bytes at a fixed
 * place, all 0 at first; addresses are in bytes.
 */
@unmanaged
export class Job {
  /** TRAIN, EVALUATE or STOP, below. */
  kind: i32;
  /** Threads that take part, 1 to BANDS. */
  threads: usize;
  /** The network: D, K, and its linear layers from the picture's side. */
  inputs: usize;
  classes: usize;
  depth: usize;
  layers: usize;
  parameterCount: usize;
  /** The set, the indices of the images, how many, and how many in a batch. */
  set: ImageSet;
  order: usize;
  count: usize;
  batchSize: usize;
  momentum: f32;
  weightDecay: f32;
  /** One f64 a step: learning rates and, coming back, losses. */
  learningRates: usize;
  losses: usize;
  /** Coming back: images classified correctly. */
  correct: i32;
  /** What the parts of a batch come to (loss.ts); each thread's columns (softmax.ts). */
  parts: usize;
  columns: usize;
  columnsSize: usize;
  /** Each thread's expanded pairs (plain/tile.ts), `tileSize` bytes, their pixels from `tilePixels` on. */
  tile: usize;
  tileSize: usize;
  tilePixels: usize;
  bounds: usize;
  /** Evaluate: the answers. */
  predicted: usize;
  probability: usize;
  logLikelihood: usize;
  /** Raw pixels of the images to encode. */
  pixels: usize;
  /** The step from which on thread 0 works alone (barrier.ts), and how long a barrier is patient, in looks. */
  aloneFrom: i32;
  patience: i32;
}

export const job: Job = changetype<Job>(JOB);

/** The linear layer `l`, from the picture's side. */
export function layerAt(l: usize): Linear {
  return changetype<Linear>(load<usize>(job.layers + (l << 2)));
}

export const TRAIN: i32 = 0;
export const EVALUATE: i32 = 1;
export const STOP: i32 = 2;
