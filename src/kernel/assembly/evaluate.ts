import { BANDS } from './encode';
import { job } from './job';
import { addBands, lines, rowSize, score } from './forward';
import { classOf, slotOf } from './scores';
import { answerIn, LANES, largestIn, log, softmax, toColumns, totalIn } from './softmax';
import { TILE, touch } from './tile';

/** Answers for this thread's share of the images. */
export function evaluate(thread: usize): void {
  const size = rowSize();
  const slots = job.slots;
  const used = slotOf(job.classes - 1) + 1;
  const bandSize = lines(TILE * size);
  const columns = job.columns + thread * job.columnsSize;
  const v = job.deltas + thread * lines((TILE + LANES) * size);
  const scores = job.scores + thread * BANDS * bandSize;
  const end = (job.count * (thread + 1)) / job.threads;
  for (let tile = (job.count * thread) / job.threads; tile < end; tile += TILE) {
    const count = min(end - tile, TILE);
    touch(thread, 0, BANDS, job.order + (tile << 2), count);
    score(thread, 0, BANDS, job.order + (tile << 2), scores, bandSize, count);
    addBands(v, job.bias, scores, bandSize, count);
    for (let n: usize = 0; n < count; n += LANES) {
      const row = v + n * size;
      toColumns(row, slots, columns);
      softmax(columns, slots, used);
      for (let lane: usize = 0; lane < min(LANES, count - n); lane++) {
        const at = columns + (lane << 2);
        const to = tile + n + lane;
        const image = <usize>load<u32>(job.order + (to << 2));
        const label = slotOf(load<u8>(job.labels + image));
        const total = load<f32>(totalIn(at, slots));
        const largest = load<f32>(largestIn(at, slots));
        const L = <f64>(load<f32>(row + lane * size + (label << 2)) - largest) - log(total);
        store<u8>(job.predicted + to, <u8>classOf(load<u32>(answerIn(at, slots))));
        store<f32>(job.probability + (to << 2), <f32>1 / total);
        store<f32>(job.logLikelihood + (to << 2), <f32>L);
      }
    }
  }
}
