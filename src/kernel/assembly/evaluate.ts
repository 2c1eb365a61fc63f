import { BANDS } from './encode';
import { job } from './job';
import { columnsOf, lines, rowSize, score, softmaxOfFour } from './passes';
import { classOf } from './scores';
import { ANSWER, behind, LABEL_SCORE, LANES, LARGEST, log, TOTAL } from './softmax';
import { TILE, touch } from './tile';

/** Answers for this thread's share of the images. */
export function evaluate(thread: usize): void {
  const slots = job.slots;
  const bandSize = lines((TILE + LANES) * rowSize());
  const columns = columnsOf(thread);
  const scores = job.scores + thread * BANDS * bandSize;
  const end = (job.count * (thread + 1)) / job.threads;
  for (let tile = (job.count * thread) / job.threads; tile < end; tile += TILE) {
    const count = min(end - tile, TILE);
    const order = job.order + (tile << 2);
    touch(thread, 0, BANDS, order, count);
    score(thread, 0, BANDS, order, scores, bandSize, count);
    for (let n: usize = 0; n < count; n += LANES) {
      softmaxOfFour(job.bias, scores, bandSize, order, n, count, columns);
      for (let lane: usize = 0; lane < min(LANES, count - n); lane++) {
        const at = columns + (lane << 2);
        const to = tile + n + lane;
        const total = load<f32>(behind(at, slots, TOTAL));
        const largest = load<f32>(behind(at, slots, LARGEST));
        const labelScore = load<f32>(behind(at, slots, LABEL_SCORE));
        const L = <f64>(labelScore - largest) - log(total);
        store<u8>(job.predicted + to, <u8>classOf(load<u32>(behind(at, slots, ANSWER))));
        store<f32>(job.probability + (to << 2), <f32>1 / total);
        store<f32>(job.logLikelihood + (to << 2), <f32>L);
      }
    }
  }
}
