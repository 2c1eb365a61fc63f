import { deriveForward } from '../../derivation.js';
import { BackpropError } from '../../errors.js';
import { normalise } from '../../image/normalise.js';
import { pictureOf } from '../../images.js';
import { argmax } from '../../layers/floats.js';
import type { Parameters } from '../../network.js';
import { paintInk } from './draw.js';
import { Lesson } from './lesson.js';
import type { PageModel } from './model.js';
import { percent } from './numbers.js';
import { Sheet } from './sheet.js';
import { clearVectors, markRows, showVector } from './vectors.js';
import { fill, WORDS } from './words.js';

/** Starts the pad: draw, see it as the network does, read the answer, teach it. */
export function startPad(model: PageModel): void {
  const section = document.querySelector('#pad')!;
  const answer = section.querySelector('.answer')!;
  let pixels: Uint8Array | undefined;
  const show = (parameters: Parameters<Float64Array>): void => {
    showAnswer(model, answer, parameters, pixels);
  };
  const lesson = new Lesson(model, show);
  let waiting = false;
  const sheet: Sheet = new Sheet(model.shape, () => {
    // At most once a frame: normalising takes longer than two moves of a hand lie apart.
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      pixels = normalised(model, sheet);
      show(lesson.parameters);
      lesson.judge(pixels);
    });
  });
}

/** The drawing as the network takes it; undefined while there is nothing to see. */
function normalised({ shape }: PageModel, { ink }: Sheet): Uint8Array | undefined {
  if (ink.isEmpty) return undefined;
  try {
    return normalise(ink.picture, shape).pixels;
  } catch (error) {
    if (error instanceof BackpropError) return undefined;
    throw error;
  }
}

function showAnswer(
  { shape }: PageModel,
  host: Element,
  parameters: Parameters<Float64Array>,
  pixels: Uint8Array | undefined,
): void {
  const seen = host.querySelector<HTMLCanvasElement>('#pad-seen')!;
  paintInk(seen, shape, pixels ?? new Uint8Array(shape.rows * shape.columns));
  const answer = host.querySelector('#pad-answer')!;
  const sure = host.querySelector('#pad-sure')!;
  if (!pixels) {
    answer.textContent = '–';
    sure.textContent = '';
    clearVectors(host, ['v', 'y']);
    markRows(host, { answer: -1 });
    return;
  }
  const { v, y } = deriveForward(parameters, pictureOf(pixels, shape));
  const best = argmax(v);
  answer.textContent = String(best);
  sure.textContent = fill(WORDS.sure, { share: percent(y[best]!, 1) });
  showVector(host, 'v', v);
  showVector(host, 'y', y);
  markRows(host, { answer: best });
}
