import { edgeWarnings, type LayoutWarning } from '../../image/layout.js';
import { boundingBox, type ColourPlane, type Plane } from '../../image/plane.js';
import type { NetworkShape } from '../../network.js';
import { paintInk, paintPhoto } from './draw.js';
import { Ink, type Point } from './ink.js';
import type { Photo } from './photo.js';
import { WORDS } from './words.js';

/** Pixels of the pad's longer side: seven to one of MNIST's. */
const SIDE = 196;

/** The drawing surface: mouse, finger, stylus and keys, or a picture from a file. */
export class Sheet {
  readonly #ink: Ink;
  readonly #canvas: HTMLCanvasElement = document.querySelector('#pad-canvas')!;
  readonly #pen: HTMLElement = document.querySelector('#pad-pen')!;
  readonly #onChange: () => void;
  /** Where keys move the pen. */
  #at: Point;
  #down = false;
  #drawing = false;
  /** In place of ink. */
  #photo: Photo | undefined;

  constructor({ rows, columns }: NetworkShape, onChange: () => void) {
    const scale = SIDE / Math.max(rows, columns);
    this.#ink = new Ink(Math.round(columns * scale), Math.round(rows * scale));
    this.#at = { x: this.#ink.width / 2, y: this.#ink.height / 4 };
    this.#onChange = onChange;
    this.#listenToPointer();
    this.#canvas.addEventListener('keydown', (event) => this.#key(event));
    this.#canvas.addEventListener('blur', () => this.#lift());
    document.querySelector('#pad-undo')!.addEventListener('click', () => this.#undo());
    document.querySelector('#pad-clear')!.addEventListener('click', () => this.#clear());
    this.#changed();
  }

  /** What is on the sheet, for `normalise`; undefined where there is nothing. */
  get picture(): Plane<Uint8Array> | ColourPlane | undefined {
    if (this.#photo) return this.#photo.picture;
    return this.#ink.isEmpty ? undefined : this.#ink.picture;
  }

  /** Whether the pen went over the edge of the sheet, around which `picture` has a margin. */
  get edge(): LayoutWarning[] {
    if (this.#photo) return [];
    const { width, height, levels } = this.#ink;
    const box = boundingBox({ width, height, values: levels });
    return box ? edgeWarnings(box, { width, height }) : [];
  }

  /** Shows a picture from a file in place of the drawing, until the pen is put down. */
  showPhoto(photo: Photo): void {
    this.#lift();
    this.#ink.clear();
    this.#photo = photo;
    this.#changed();
  }

  #listenToPointer(): void {
    const canvas = this.#canvas;
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.#pen.hidden = true;
      this.#drawing = true;
      this.#photo = undefined;
      this.#ink.begin(this.#place(event));
      this.#changed();
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!this.#drawing) return;
      // What came between two frames too, so that a fast hand draws round.
      const events = event.getCoalescedEvents?.() ?? [];
      for (const one of events.length > 0 ? events : [event]) this.#ink.goOn(this.#place(one));
      this.#changed();
    });
    const end = (): void => {
      this.#drawing = false;
    };
    canvas.addEventListener('pointerup', end);
    canvas.addEventListener('pointercancel', end);
  }

  #key(event: KeyboardEvent): void {
    const step = this.#ink.width / (event.shiftKey ? 112 : 28);
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    };
    const move = moves[event.key];
    if (move) this.#move(move[0], move[1]);
    else if (event.key === ' ' || event.key === 'Enter') this.#toggle();
    else if (event.key === 'Backspace') this.#undo();
    else if (event.key === 'Delete') this.#clear();
    else return;
    event.preventDefault();
    this.#showPen();
  }

  #move(dx: number, dy: number): void {
    const { width, height } = this.#ink;
    const x = Math.min(width, Math.max(0, this.#at.x + dx));
    const y = Math.min(height, Math.max(0, this.#at.y + dy));
    this.#at = { x, y };
    if (!this.#down) return;
    this.#ink.goOn(this.#at);
    this.#changed();
  }

  #toggle(): void {
    if (this.#down) {
      this.#lift();
      return;
    }
    this.#down = true;
    this.#photo = undefined;
    this.#ink.begin(this.#at);
    this.#say(WORDS.penDown);
    this.#changed();
  }

  #lift(): void {
    if (this.#down) this.#say(WORDS.penLifted);
    this.#down = false;
    this.#pen.hidden = true;
  }

  #undo(): void {
    this.#lift();
    this.#photo = undefined;
    this.#ink.undo();
    this.#changed();
  }

  #clear(): void {
    this.#lift();
    this.#photo = undefined;
    this.#ink.clear();
    this.#changed();
  }

  #showPen(): void {
    const { width, height } = this.#ink;
    this.#pen.hidden = false;
    this.#pen.classList.toggle('down', this.#down);
    this.#pen.style.left = `${(100 * this.#at.x) / width}%`;
    this.#pen.style.top = `${(100 * this.#at.y) / height}%`;
  }

  #say(text: string): void {
    document.querySelector('#pad-pen-state')!.textContent = text;
  }

  #place(event: PointerEvent): Point {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - left) / width) * this.#ink.width,
      y: ((event.clientY - top) / height) * this.#ink.height,
    };
  }

  #changed(): void {
    const { width, height, levels } = this.#ink;
    if (this.#photo) paintPhoto(this.#canvas, this.#photo.canvas);
    else paintInk(this.#canvas, { rows: height, columns: width }, levels);
    this.#onChange();
  }
}
