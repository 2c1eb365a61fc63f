import { range } from '../layers/floats.js';
import type { Plane } from './plane.js';

/** What a picture looks like where nothing is drawn: level(r, c) = base + down · r + across · c. */
export interface Paper {
  /** Grey levels, 0 to 255. */
  readonly base: number;
  /** Grey levels per pixel: light that falls from one side. */
  readonly down: number;
  readonly across: number;
  /** Standard deviation of the paper's own grain, in grey levels. */
  readonly noise: number;
}

/** A robust standard deviation is this times the median deviation, for a normal distribution. */
const NORMAL = 1.4826;
const FITS = 6;
/** Two classes of grey levels are told apart by this many of their standard deviations. */
const SEPARATION = 4;

/**
 * The paper of a picture: a plane through its border, fitted by least squares again and again
 * without what lies far from it, for there the ink touches the border. Where no border of one kind
 * is to be found (the picture was cut out tightly), the commoner of the two grey levels.
 */
export function findPaper(picture: Plane): Paper {
  const border = borderOf(picture);
  const plane = fitPlane(picture, border);
  const [minimum, maximum] = range(picture.values);
  const oneKind = plane.inliers >= 0.55 * border.length && plane.noise <= (maximum - minimum) / 12;
  return oneKind ? plane : (commonerLevel(picture.values) ?? plane);
}

/** Indices of the pixels within 1/32 of the shorter side from an edge, at least one pixel. */
function borderOf({ width, height }: Plane): Uint32Array {
  const thickness = Math.max(1, Math.round(Math.min(width, height) / 32));
  const indices: number[] = [];
  for (let r = 0; r < height; r++) {
    const inside = r >= thickness && r < height - thickness;
    for (let c = 0; c < width; c++) {
      if (inside && c === thickness) c = Math.max(c, width - thickness);
      if (c < width) indices.push(r * width + c);
    }
  }
  return Uint32Array.from(indices);
}

function fitPlane(picture: Plane, border: Uint32Array): Paper & { inliers: number } {
  const { width, height, values } = picture;
  const at = (paper: Paper, i: number): number =>
    paper.base + paper.down * Math.floor(i / width) + paper.across * (i % width);
  const greys = Float32Array.from(border, (i) => values[i]!);
  const base = median(greys);
  const noise = NORMAL * median(greys.map((grey) => Math.abs(grey - base)));
  let paper: Paper = { base, down: 0, across: 0, noise };
  let inliers = border;
  for (let fit = 0; fit < FITS; fit++) {
    const allowed = Math.max(2.5 * paper.noise, 4);
    inliers = border.filter((i) => Math.abs(values[i]! - at(paper, i)) <= allowed);
    if (inliers.length === 0) break;
    const plane = leastSquares(picture, inliers, width > 2 && height > 2);
    let squares = 0;
    for (const i of inliers) squares += (values[i]! - at(plane, i)) ** 2;
    paper = { ...plane, noise: Math.sqrt(squares / inliers.length) };
  }
  return { ...paper, inliers: inliers.length };
}

/** The plane with the least squared distance to the pixels at `indices`; a flat one if not `tilted`. */
function leastSquares({ width, values }: Plane, indices: Uint32Array, tilted: boolean): Paper {
  const n = indices.length;
  let [r0, c0, g0] = [0, 0, 0];
  for (const i of indices) {
    r0 += Math.floor(i / width) / n;
    c0 += (i % width) / n;
    g0 += values[i]! / n;
  }
  let [rr, rc, cc, rg, cg] = [0, 0, 0, 0, 0];
  for (const i of indices) {
    const r = Math.floor(i / width) - r0;
    const c = (i % width) - c0;
    const g = values[i]! - g0;
    rr += r * r;
    rc += r * c;
    cc += c * c;
    rg += r * g;
    cg += c * g;
  }
  const determinant = rr * cc - rc * rc;
  if (!tilted || determinant < 1e-6 * rr * cc) return { base: g0, down: 0, across: 0, noise: 0 };
  const down = (rg * cc - cg * rc) / determinant;
  const across = (cg * rr - rg * rc) / determinant;
  return { base: g0 - down * r0 - across * c0, down, across, noise: 0 };
}

/**
 * The level of the larger of the two classes into which Otsu's threshold (1979: the largest variance
 * between the classes) parts the pixels; undefined if these are not two classes.
 */
function commonerLevel(values: Float32Array): Paper | undefined {
  const threshold = otsu(values);
  const dark = values.filter((value) => value <= threshold);
  const light = values.filter((value) => value > threshold);
  if (dark.length === 0 || light.length === 0) return undefined;
  const contrast = mean(light) - mean(dark);
  if (contrast < (SEPARATION * (deviation(light) + deviation(dark))) / 2) return undefined;
  const paper = light.length >= dark.length ? light : dark;
  const base = median(paper);
  const noise = NORMAL * median(paper.map((value) => Math.abs(value - base)));
  return { base, down: 0, across: 0, noise };
}

function otsu(values: Float32Array): number {
  const histogram = new Float64Array(256);
  let total = 0;
  for (const value of values) {
    histogram[Math.min(255, Math.round(value))]! += 1;
    total += Math.round(value);
  }
  let [best, threshold, count, sum] = [-1, 0, 0, 0];
  for (let level = 0; level < 255; level++) {
    count += histogram[level]!;
    sum += level * histogram[level]!;
    const others = values.length - count;
    if (count === 0 || others === 0) continue;
    const between = count * others * (sum / count - (total - sum) / others) ** 2;
    if (between > best) [best, threshold] = [between, level + 0.5];
  }
  return threshold;
}

function median(values: Float32Array): number {
  return values.slice().sort()[values.length >> 1]!;
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: Float32Array): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}
