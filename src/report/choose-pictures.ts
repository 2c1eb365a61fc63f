import type { LabelledImages } from '../images.js';
import type { Predictions } from '../kernel/kernel.js';
import type { Mistake } from '../metrics.js';
import { encodePixels } from './codec.js';
import type { PagePicture } from './page-data.js';

/** Most pictures behind one cell of the confusion matrix. */
export const MOST_WRONG = 24;
export const MOST_RIGHT = 12;
/** Room for all pictures together, in characters. */
const BUDGET = 600_000;

/**
 * The pictures that go into the page: the mistakes listed on it, then cell after cell of the confusion
 * matrix in turn, so that no cell starves when room runs out. Of the wrong ones the most confident
 * come first, of the right ones the first in the file. Sorted by index within the result's cells.
 */
export function choosePictures(
  images: LabelledImages,
  predictions: Predictions,
  mistakes: readonly Mistake[],
): PagePicture[] {
  const chosen = new Map<number, PagePicture>();
  let room = BUDGET;
  const take = (index: number): void => {
    if (chosen.has(index) || room <= 0) return;
    const picture = pictureAt(images, predictions, index);
    room -= picture.pixels.length;
    if (room > 0) chosen.set(index, picture);
  };
  for (const { index } of mistakes) take(index);
  const cells = queues(images, predictions);
  for (let rank = 0; rank < Math.max(MOST_WRONG, MOST_RIGHT) && room > 0; rank++) {
    for (const queue of cells) if (rank < queue.length) take(queue[rank]!);
  }
  return [...chosen.values()];
}

/** For every cell its indices, best first, no more than may be shown. */
function queues({ labels }: LabelledImages, { predicted, probability }: Predictions): number[][] {
  const cells = new Map<number, number[]>();
  for (let index = 0; index < labels.length; index++) {
    const cell = labels[index]! * 256 + predicted[index]!;
    const queue = cells.get(cell);
    if (queue) queue.push(index);
    else cells.set(cell, [index]);
  }
  return [...cells.keys()]
    .sort((a, b) => a - b)
    .map((cell) => {
      const queue = cells.get(cell)!;
      if (cell >> 8 === cell % 256) return queue.slice(0, MOST_RIGHT);
      return queue.sort((a, b) => probability[b]! - probability[a]! || a - b).slice(0, MOST_WRONG);
    });
}

function pictureAt(
  { pixels, labels, rows, columns }: LabelledImages,
  { predicted, probability }: Predictions,
  index: number,
): PagePicture {
  const D = rows * columns;
  return {
    index,
    label: labels[index]!,
    predicted: predicted[index]!,
    probability: probability[index]!,
    pixels: encodePixels(pixels.subarray(index * D, (index + 1) * D)),
  };
}
