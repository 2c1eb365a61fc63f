import type { Box, Plane } from './plane.js';

/**
 * The mean width of the strokes, in pixels: twice their area by the length of their edge. The edge is
 * counted in steps between neighbours; over all directions π/4 of these is its length (Cauchy and
 * Crofton).
 */
export function strokeWidth({ width, values }: Plane, box: Box): number {
  let top = 0;
  for (const value of values) if (value > top) top = value;
  const inked = (r: number, c: number): boolean =>
    r >= 0 && c >= 0 && r < box.height && c < box.width
      ? values[(box.top + r) * width + box.left + c]! > top / 2
      : false;
  let [area, steps] = [0, 0];
  for (let r = 0; r <= box.height; r++) {
    for (let c = 0; c <= box.width; c++) {
      const here = inked(r, c);
      if (here) area += 1;
      if (here !== inked(r - 1, c)) steps += 1;
      if (here !== inked(r, c - 1)) steps += 1;
    }
  }
  return (2 * area) / ((Math.PI / 4) * steps);
}

/**
 * The ink inside `box` drawn again with a square pen of `pen` pixels a side (a dilation): every pixel
 * becomes the strongest one under the pen. The result is larger than the box by pen − 1 a side.
 */
export function thicken({ width, values }: Plane, box: Box, pen: number): Plane {
  const columns = box.width + pen - 1;
  const rows = box.height + pen - 1;
  const across = new Float32Array(columns * box.height);
  for (let r = 0; r < box.height; r++) {
    for (let c = 0; c < box.width; c++) {
      const value = values[(box.top + r) * width + box.left + c]!;
      if (value > 0) raise(across, r * columns + c, 1, pen, value);
    }
  }
  const both = new Float32Array(columns * rows);
  for (let i = 0; i < across.length; i++) {
    if (across[i]! > 0) raise(both, i, columns, pen, across[i]!);
  }
  return { width: columns, height: rows, values: both };
}

function raise(values: Float32Array, first: number, step: number, count: number, to: number): void {
  for (let k = 0, i = first; k < count; k++, i += step) if (values[i]! < to) values[i] = to;
}
