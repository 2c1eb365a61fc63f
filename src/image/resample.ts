import type { Box, Plane } from './plane.js';

/** What one output pixel takes: `weights[k]` of input pixel `first + k`; they sum to 1. */
interface Tap {
  readonly first: number;
  readonly weights: Float32Array;
}

/**
 * The part of a picture inside `box`, as `width` × `height` pixels.
 *
 * Shrinking averages over the exact area that an output pixel covers, as MNIST's anti-aliasing did;
 * enlarging interpolates linearly. At scale 1 nothing changes. First along the rows, then the columns.
 */
export function resample(
  source: Plane<ArrayLike<number>>,
  box: Box,
  width: number,
  height: number,
): Plane {
  const across = taps(box.left, box.width, width);
  const down = taps(box.top, box.height, height);
  const top = down[0]!.first;
  const { first, weights } = down[height - 1]!;
  const narrow = new Float32Array((first + weights.length - top) * width);
  for (let r = 0; r * width < narrow.length; r++) {
    const row = (top + r) * source.width;
    for (let c = 0; c < width; c++) {
      const tap = across[c]!;
      let sum = 0;
      for (let k = 0; k < tap.weights.length; k++) {
        sum += tap.weights[k]! * source.values[row + tap.first + k]!;
      }
      narrow[r * width + c] = sum;
    }
  }
  const values = new Float32Array(width * height);
  for (let r = 0; r < height; r++) {
    const tap = down[r]!;
    for (let k = 0; k < tap.weights.length; k++) {
      const row = (tap.first - top + k) * width;
      for (let c = 0; c < width; c++) {
        values[r * width + c]! += tap.weights[k]! * narrow[row + c]!;
      }
    }
  }
  return { width, height, values };
}

/** The taps of `count` output pixels that share `length` input pixels from `start` on. */
function taps(start: number, length: number, count: number): Tap[] {
  const scale = length / count;
  return Array.from({ length: count }, (_, i) =>
    scale >= 1 ? average(start, length, i * scale, scale) : interpolate(start, length, i, scale),
  );
}

/** The inputs under [from, from + scale), each by the part of it that is covered. */
function average(start: number, length: number, from: number, scale: number): Tap {
  const first = Math.floor(from);
  const end = Math.min(length, Math.ceil(from + scale));
  const weights = Float32Array.from({ length: end - first }, (_, k) => {
    const covered = Math.min(first + k + 1, from + scale) - Math.max(first + k, from);
    return Math.max(0, covered) / scale;
  });
  return { first: start + first, weights };
}

/** The two inputs around the output pixel's centre; beyond the box its edge goes on. */
function interpolate(start: number, length: number, i: number, scale: number): Tap {
  const at = Math.min(length - 1, Math.max(0, (i + 0.5) * scale - 0.5));
  const first = Math.min(Math.floor(at), Math.max(0, length - 2));
  const share = at - first;
  return {
    first: start + first,
    weights: length === 1 ? Float32Array.of(1) : Float32Array.of(1 - share, share),
  };
}
