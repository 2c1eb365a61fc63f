import type { Sides } from './draw.js';

/** A pixel of the picture, counted from 0. */
export interface Pixel {
  readonly row: number;
  readonly column: number;
}

const MOVES: Readonly<Record<string, readonly [down: number, across: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Lets a pixel be chosen in these canvases by pointer and by arrow keys, and frames it in all of them. */
export class PixelPicker {
  readonly #shape: Sides;
  readonly #frames: HTMLElement[] = [];
  #pixel: Pixel = { row: 0, column: 0 };

  constructor(
    canvases: Iterable<HTMLCanvasElement>,
    shape: Sides,
    onPick: (pixel: Pixel, canvas: HTMLCanvasElement) => void,
  ) {
    this.#shape = shape;
    for (const canvas of canvases) {
      this.#frames.push(frameFor(canvas, shape));
      canvas.addEventListener('pointerdown', (event) => onPick(this.#under(canvas, event), canvas));
      canvas.addEventListener('pointermove', (event) => {
        if (event.buttons > 0) onPick(this.#under(canvas, event), canvas);
      });
      canvas.addEventListener('keydown', (event) => {
        const move = MOVES[event.key];
        if (!move) return;
        event.preventDefault();
        const { row, column } = this.#pixel;
        onPick(this.#inside(row + move[0], column + move[1]), canvas);
      });
    }
  }

  /** Frames this pixel; the next arrow key starts from it. */
  show(pixel: Pixel): void {
    this.#pixel = pixel;
    const { rows, columns } = this.#shape;
    for (const frame of this.#frames) {
      frame.style.left = `${(100 * pixel.column) / columns}%`;
      frame.style.top = `${(100 * pixel.row) / rows}%`;
    }
  }

  #under(canvas: HTMLCanvasElement, event: PointerEvent): Pixel {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const { rows, columns } = this.#shape;
    const row = Math.floor(((event.clientY - top) / height) * rows);
    return this.#inside(row, Math.floor(((event.clientX - left) / width) * columns));
  }

  #inside(row: number, column: number): Pixel {
    const within = (value: number, count: number): number =>
      Math.min(count - 1, Math.max(0, value));
    return { row: within(row, this.#shape.rows), column: within(column, this.#shape.columns) };
  }
}

/** A frame of one pixel's size over the canvas. */
function frameFor(canvas: HTMLCanvasElement, { rows, columns }: Sides): HTMLElement {
  const around = document.createElement('span');
  around.className = 'framed';
  const frame = document.createElement('span');
  frame.className = 'frame';
  frame.style.width = `${100 / columns}%`;
  frame.style.height = `${100 / rows}%`;
  canvas.replaceWith(around);
  around.append(canvas, frame);
  return frame;
}
