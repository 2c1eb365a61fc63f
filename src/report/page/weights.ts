import { inputsOf } from '../../network.js';
import { positionInWords } from '../moments.js';
import { weightsOf } from '../snapshots.js';
import { paintMap } from './draw.js';
import type { PageModel } from './model.js';
import { nats, percent } from './numbers.js';
import { fill, WORDS } from './words.js';

/** Milliseconds for which a moment is shown while it plays. */
const FRAME = 300;

/** Draws the weight pictures and lets the slider and the button move through the moments. */
export function startWeights(model: PageModel): void {
  const all = weightsOf(model.snapshots);
  // One scale for all moments, so that growing is seen as growing.
  const largest = usualMagnitude(all.at(-1)!);
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
    const { test, ...position } = model.snapshots[at]!;
    const text = fill(WORDS.moment, {
      position: positionInWords(position, WORDS.position),
      loss: nats(test.loss),
      accuracy: percent(test.accuracy, 2),
    });
    for (const place of document.querySelectorAll('[data-moment]')) place.textContent = text;
    slider.setAttribute('aria-valuetext', text);
    markTime(model.times[at]!);
    show(at);
  };
  slider.addEventListener('input', move);
  followCurves(model.times, (at) => {
    slider.value = String(at);
    move();
  });
  move();
  startPlaying(slider, move);
}

/** All but a two-hundredth are smaller: a few large ones would leave the others pale. */
function usualMagnitude(weights: Float64Array): number {
  const magnitudes = weights.map(Math.abs).sort();
  return magnitudes[Math.floor(0.995 * magnitudes.length)]!;
}

/** Draws a line through the curves at this time, 0 to 1. */
function markTime(time: number): void {
  for (const line of document.querySelectorAll('.chart .now')) {
    for (const end of ['x1', 'x2']) line.setAttribute(end, `${100 * time}%`);
    line.setAttribute('visibility', 'visible');
  }
}

/** Calls with the snapshot that is closest to where a curve is pressed. */
function followCurves(times: readonly number[], choose: (at: number) => void): void {
  for (const area of document.querySelectorAll<SVGRectElement>('.chart .time rect')) {
    const follow = ({ clientX }: PointerEvent): void => {
      const { left, width } = area.getBoundingClientRect();
      const distances = times.map((time) => Math.abs(time - (clientX - left) / width));
      choose(distances.indexOf(Math.min(...distances)));
    };
    area.addEventListener('pointerdown', follow);
    area.addEventListener('pointermove', (event) => {
      if (event.buttons > 0) follow(event);
    });
  }
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
