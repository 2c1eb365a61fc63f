import { type Floats, largestMagnitude } from '../../layers/floats.js';
import { inputsOf } from '../../network.js';
import { paintMap } from './draw.js';
import { type PageModel, weightsOf } from './model.js';
import { fill, WORDS } from './words.js';

/** Milliseconds for which an epoch is shown while it plays. */
const FRAME = 600;

/** Draws the weight pictures and lets the slider and the button move through the epochs. */
export function startWeights(model: PageModel): void {
  const all = model.snapshots.map((_, at) => weightsOf(model, at));
  // One scale for all epochs, so that growing is seen as growing.
  const largest = model.shape.hidden ? usualMagnitude(all.at(-1)!) : largestOfAll(all);
  const show = (at: number): void => {
    for (const canvas of document.querySelectorAll<HTMLCanvasElement>('[data-weight]')) {
      const D = inputsOf(model.shape);
      const i = Number(canvas.dataset.weight);
      paintMap(canvas, model.shape, all[at]!.subarray(i * D, (i + 1) * D), largest);
    }
  };
  const slider = document.querySelector<HTMLInputElement>('#weights-slider');
  if (!slider) {
    show(0);
    return;
  }
  const move = (): void => {
    const at = Number(slider.value);
    const epochs = { epoch: model.snapshots[at]!.epoch, last: model.snapshots.at(-1)!.epoch };
    document.querySelector('#weights-epoch')!.textContent = fill(WORDS.epochOf, epochs);
    slider.setAttribute('aria-valuetext', fill(WORDS.epoch, epochs));
    show(at);
  };
  slider.addEventListener('input', move);
  move();
  startPlaying(slider, move);
}

function largestOfAll(all: readonly Floats[]): number {
  return largestMagnitude(all.map(largestMagnitude));
}

/** All but a two-hundredth are smaller: of many units a few would leave the others pale. */
function usualMagnitude(weights: Float64Array): number {
  const magnitudes = weights.map(Math.abs).sort();
  return magnitudes[Math.floor(0.995 * magnitudes.length)]!;
}

function startPlaying(slider: HTMLInputElement, move: () => void): void {
  const button = document.querySelector<HTMLButtonElement>('#weights-play')!;
  let timer: ReturnType<typeof setInterval> | undefined;
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
    button.textContent = WORDS.play;
    button.setAttribute('aria-pressed', 'false');
  };
  const advance = (): void => {
    slider.stepUp();
    move();
    if (slider.value === slider.max) stop();
  };
  button.addEventListener('click', () => {
    if (timer !== undefined) {
      stop();
      return;
    }
    slider.value = slider.min;
    move();
    button.textContent = WORDS.stop;
    button.setAttribute('aria-pressed', 'true');
    timer = setInterval(advance, FRAME);
  });
  slider.addEventListener('pointerdown', stop);
  slider.addEventListener('keydown', stop);
}
