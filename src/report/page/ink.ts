import type { Plane } from '../../image/plane.js';

/** A place on the pad, in its pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Empty paper around the drawing, so that ink at the pad's edge is not taken for the paper. */
const MARGIN = 8;

/** Strokes of a round pen as grey levels, computed here so that every browser draws the same digit. */
export class Ink {
  readonly width: number;
  readonly height: number;
  /** Half of the pen's width, in pixels. */
  readonly radius: number;
  /** width × height bytes: 0 paper, 255 ink. */
  readonly levels: Uint8Array;
  #strokes: Point[][] = [];

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    // MNIST's strokes are about a twelfth of the digit wide.
    this.radius = Math.max(width, height) / 26;
    this.levels = new Uint8Array(width * height);
  }

  get isEmpty(): boolean {
    return this.#strokes.length === 0;
  }

  /** Puts the pen down. */
  begin(point: Point): void {
    this.#strokes.push([point]);
    this.#draw(point, point);
  }

  /** Draws from where the pen is. */
  goOn(point: Point): void {
    const stroke = this.#strokes.at(-1);
    if (!stroke) return;
    this.#draw(stroke.at(-1)!, point);
    stroke.push(point);
  }

  /** Takes back the last stroke. */
  undo(): void {
    this.#strokes.pop();
    this.levels.fill(0);
    for (const stroke of this.#strokes) {
      for (const [n, point] of stroke.entries()) this.#draw(stroke[n - 1] ?? point, point);
    }
  }

  clear(): void {
    this.#strokes = [];
    this.levels.fill(0);
  }

  /** The drawing as a picture of light ink on black paper, for `normalise`. */
  get picture(): Plane<Uint8Array> {
    const width = this.width + 2 * MARGIN;
    const height = this.height + 2 * MARGIN;
    const values = new Uint8Array(width * height);
    for (let r = 0; r < this.height; r++) {
      const row = this.levels.subarray(r * this.width, (r + 1) * this.width);
      values.set(row, (r + MARGIN) * width + MARGIN);
    }
    return { width, height, values };
  }

  /** Every pixel near the segment gets the ink of a round pen with a soft edge of one pixel. */
  #draw(a: Point, b: Point): void {
    const reach = this.radius + 1;
    const first = (from: number, to: number): number =>
      Math.max(0, Math.floor(Math.min(from, to) - reach));
    const last = (from: number, to: number, count: number): number =>
      Math.min(count - 1, Math.ceil(Math.max(from, to) + reach));
    for (let y = first(a.y, b.y); y <= last(a.y, b.y, this.height); y++) {
      for (let x = first(a.x, b.x); x <= last(a.x, b.x, this.width); x++) {
        const away = distance({ x: x + 0.5, y: y + 0.5 }, a, b);
        const level = Math.round(255 * Math.min(1, Math.max(0, this.radius + 0.5 - away)));
        const at = y * this.width + x;
        if (level > this.levels[at]!) this.levels[at] = level;
      }
    }
  }
}

/** From a point to the segment between a and b. */
function distance(point: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const square = dx * dx + dy * dy;
  const along = square === 0 ? 0 : ((point.x - a.x) * dx + (point.y - a.y) * dy) / square;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(point.x - a.x - t * dx, point.y - a.y - t * dy);
}
