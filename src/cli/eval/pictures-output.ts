import { percent } from '../../text/numbers.js';
import { type Page, wrap } from '../../text/page.js';
import { drawGrey } from '../../text/picture.js';
import type { OwnPicture } from '../picture-file.js';
import type { Classification } from './pictures.js';

/** Classes shown as bars; of more, the most probable ones. */
const MOST_CLASSES = 12;

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
  // A file's name may hold what steers a terminal.
  const name = file.replace(/\p{Cc}+/gu, ' ');
  const found = `class ${predicted}, probability ${percent(probabilities[predicted]!)}`;
  return [
    page.style('bold', name),
    ...wrap(`${kind}; the model sees ${rows}×${columns}:`, page.width),
    ...drawGrey({ rows, columns, values }, page),
    page.style('bold', found),
    ...bars(answer, page),
  ];
}

function bars(
  { probabilities, predicted }: Classification,
  { width, style, palette }: Page,
): string[] {
  const shown = [...probabilities.keys()]
    .sort((a, b) => probabilities[b]! - probabilities[a]!)
    .slice(0, MOST_CLASSES)
    .sort((a, b) => a - b);
  const label = String(probabilities.length - 1).length;
  const room = Math.max(4, Math.min(40, width - label - 14));
  const lines = shown.map((i) => {
    const share = probabilities[i]!;
    const full = (palette === 'ascii' ? '#' : '█').repeat(Math.round(room * share));
    const line = `  ${String(i).padStart(label)}  ${percent(share).padStart(8)}  `;
    return `${line}${i === predicted ? style('cyan', full) : full}`.trimEnd();
  });
  const left = probabilities.length - shown.length;
  return left > 0 ? [...lines, `  ${left} less probable classes left out`] : lines;
}
