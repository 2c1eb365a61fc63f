import type { Plane } from './plane.js';

/**
 * Connected parts of a plane: labels from 1 for the pixels above `threshold` that touch, by an edge
 * or a corner, 0 for the rest; and the sum of the values for each label.
 */
export function findComponents(
  { width, height, values }: Plane,
  threshold: number,
): { labels: Int32Array; masses: number[] } {
  const labels = new Int32Array(values.length);
  const masses = [0];
  const open: number[] = [];
  for (let start = 0; start < values.length; start++) {
    if (labels[start] !== 0 || values[start]! <= threshold) continue;
    const label = masses.length;
    labels[start] = label;
    open.push(start);
    let mass = 0;
    for (let i = open.pop(); i !== undefined; i = open.pop()) {
      mass += values[i]!;
      const r = Math.floor(i / width);
      const c = i % width;
      for (let y = Math.max(0, r - 1); y <= Math.min(height - 1, r + 1); y++) {
        for (let x = Math.max(0, c - 1); x <= Math.min(width - 1, c + 1); x++) {
          const next = y * width + x;
          if (labels[next] !== 0 || values[next]! <= threshold) continue;
          labels[next] = label;
          open.push(next);
        }
      }
    }
    masses.push(mass);
  }
  return { labels, masses };
}
