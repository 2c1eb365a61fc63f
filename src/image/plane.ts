/** Numbers on a grid, row by row; of a picture its grey levels, 0 black to 255 white. */
export interface Plane<Values extends ArrayLike<number> = Float32Array> {
  readonly width: number;
  readonly height: number;
  readonly values: Values;
}

/** A picture's luminance, and ways to its red, green and blue. */
export interface ColourPlane<Values extends ArrayLike<number> = Float32Array>
  extends Plane<Values> {
  /** Each made when it is asked for, and good until the next is; none of a grey picture. */
  readonly channels: () => Iterable<Plane<Values>>;
}

/** A rectangle in pixels; `left` and `top` count from 0. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Around all that is above `level`; undefined if nothing is. */
export function boundingBox(
  { width, height, values }: Plane<ArrayLike<number>>,
  level = 0,
): Box | undefined {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let r = 0, i = 0; r < height; r++) {
    for (let c = 0; c < width; c++, i++) {
      if (values[i]! <= level) continue;
      left = Math.min(left, c);
      right = Math.max(right, c);
      top = Math.min(top, r);
      bottom = r;
    }
  }
  return right < 0 ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** Mean row and column of the values, each weighed by itself; the first pixel's centre is at 0. */
export function centreOfMass({ width, height, values }: Plane): { row: number; column: number } {
  let [mass, row, column] = [0, 0, 0];
  for (let r = 0, i = 0; r < height; r++) {
    for (let c = 0; c < width; c++, i++) {
      mass += values[i]!;
      row += r * values[i]!;
      column += c * values[i]!;
    }
  }
  return { row: row / mass, column: column / mass };
}
