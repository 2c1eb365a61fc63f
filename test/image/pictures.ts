import type { Plane } from '../../src/image/plane.js';
import { resample } from '../../src/image/resample.js';
import type { Random } from '../../src/random.js';

/** Margins in pixels: left, top, right, bottom. */
export type Margins = readonly [number, number, number, number];

/** A picture by a function of its pixels. */
export function drawn(
  width: number,
  height: number,
  level: (x: number, y: number, i: number) => number,
): Plane<Uint8Array> {
  const values = Uint8Array.from({ length: width * height }, (_, i) =>
    Math.min(255, Math.max(0, Math.round(level(i % width, Math.floor(i / width), i)))),
  );
  return { width, height, values };
}

export function inverted({ width, height, values }: Plane<Uint8Array>): Plane<Uint8Array> {
  return drawn(width, height, (_x, _y, i) => 255 - values[i]!);
}

export function padded(
  picture: Plane<Uint8Array>,
  [l, t, r, b]: Margins,
  level = 0,
): Plane<Uint8Array> {
  const { width, height, values } = picture;
  return drawn(width + l + r, height + t + b, (x, y) => {
    const inside = x >= l && x < l + width && y >= t && y < t + height;
    return inside ? values[(y - t) * width + x - l]! : level;
  });
}

/** `scale` times as large; smoothly, or in squares. */
export function scaled(
  picture: Plane<Uint8Array>,
  scale: number,
  smooth: boolean,
): Plane<Uint8Array> {
  const width = Math.round(picture.width * scale);
  const height = Math.round(picture.height * scale);
  if (smooth) {
    const all = { left: 0, top: 0, width: picture.width, height: picture.height };
    const { values } = resample(picture, all, width, height);
    return { width, height, values: Uint8Array.from(values, Math.round) };
  }
  return drawn(width, height, (x, y) => {
    const [c, r] = [Math.floor(x / scale), Math.floor(y / scale)];
    return picture.values[r * picture.width + c]!;
  });
}

/** Normal noise of this standard deviation (Box and Muller). */
export function withNoise(
  { width, height, values }: Plane<Uint8Array>,
  deviation: number,
  random: Random,
): Plane<Uint8Array> {
  return drawn(width, height, (_x, _y, i) => {
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
    return values[i]! + deviation * radius * Math.cos(2 * Math.PI * random.uniform());
  });
}
