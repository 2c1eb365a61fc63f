import { percent } from '../../text/numbers.js';
import { bars, mostProbable, type Page, wrap } from '../../text/page.js';
import { drawGrey } from '../../text/picture.js';
import { leftOut, printable } from '../output.js';
import type { OwnPicture } from '../picture-file.js';
import type { Classification } from './pictures.js';

/** The picture's line of --json. */
export function imageJson({ file, pixels, inverted }: OwnPicture, answer: Classification): string {
  return JSON.stringify({ event: 'image', file, ...answer, inverted, pixels: [...pixels] });
}

/** What the model sees, its answer, and how sure it is. */
export function imageText(picture: OwnPicture, answer: Classification, page: Page): string[] {
  const { file, width, height, rows, columns, pixels, inverted } = picture;
  const { predicted, probabilities } = answer;
  const values = Float32Array.from(pixels, (pixel) => pixel / 255);
  const kind = `${width}×${height}, ${inverted ? 'dark on light' : 'light on dark'}`;
  const found = `class ${predicted}, probability ${percent(probabilities[predicted]!)}`;
  return [
    page.style('bold', printable(file)),
    ...wrap(`${kind}; the model sees ${rows}×${columns}:`, page.width),
    ...drawGrey({ rows, columns, values }, page),
    page.style('bold', found),
    ...bars(probabilities, { answer: predicted, label: undefined }, percent, page),
    ...leftOut(mostProbable(probabilities, undefined).length, probabilities.length, page.width),
  ];
}
