import { BANDS } from '../encode';
import { job, layerAt } from '../job';
import { Linear } from '../network';
import { pixelEntries, reluForward, spanOf } from './entries';
import { forwardBlock, ROW } from './linear';

/** scores[band][n] = W¹ u of bands `first` up to `last`, for the N images at `order`. */
export function forwardPixels(first: usize, last: usize, order: usize, N: usize): void {
  const layer = layerAt(0);
  pixelEntries(layer, first, last, order, N);
  linearForward(layer, first, last, 0, N);
}

/** From the first layer's scores to the last one's, of images n up to `end`. */
export function forwardHidden(n: usize, end: usize): void {
  for (let l: usize = 1; l < job.depth; l++) {
    const layer = layerAt(l);
    reluForward(layerAt(l - 1), layer, n, end);
    linearForward(layer, 0, BANDS, n, end);
  }
}

/** Block by block, so that a block's weights serve all images from the nearest cache. */
function linearForward(layer: Linear, first: usize, last: usize, n: usize, end: usize): void {
  const rowSize = layer.rowSize;
  for (let band = first; band < last; band++) {
    const spans = spanOf(layer, band, n);
    const spansEnd = spanOf(layer, band, end);
    let weight = layer.weight + band * layer.bandSize;
    const scores = layer.scores + band * layer.scoresSize + n * rowSize;
    for (let out = scores; out < scores + layer.blocks * ROW; out += ROW) {
      forwardImages(spans, spansEnd, weight, out, rowSize);
      weight += layer.blockSize;
    }
  }
}

/** One block of weights for images one after the other. */
function forwardImages(span: usize, end: usize, weight: usize, out: usize, rowSize: usize): void {
  for (; span < end; span += 8) {
    forwardBlock(load<u32>(span), load<u32>(span, 4), weight, out);
    out += rowSize;
  }
}
