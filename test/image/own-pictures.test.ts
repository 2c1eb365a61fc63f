import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/dataset/load.js';
import { normalise } from '../../src/image/normalise.js';
import type { Plane } from '../../src/image/plane.js';
import { decodePng } from '../../src/image/png.js';
import { firstImages, type LabelledImages, pixelsAt } from '../../src/images.js';
import type { Kernel } from '../../src/kernel/kernel.js';
import { createSimdKernel } from '../../src/kernel/simd.js';
import { accuracy } from '../../src/metrics.js';
import { Random, Stream } from '../../src/random.js';
import { DEFAULTS } from '../../src/sgd.js';
import { train } from '../../src/train.js';
import { mnist } from '../mnist.js';
import { drawn, inverted, padded, scaled, withNoise } from './pictures.js';

/** Real digits, from the test set of the whole MNIST if it is there. */
const COUNT = mnist ? 400 : 100;
const SIDE = 28;

let images: LabelledImages;
let kernel: Kernel;
let raw: number;

beforeAll(async () => {
  const data = mnist ?? (await mini());
  images = firstImages(data.test, COUNT);
  kernel = await createSimdKernel(data.train, 1);
  const set = kernel.load(data.train);
  for (const _ of train(kernel, set, { ...DEFAULTS, epochs: mnist ? 5 : 20 }));
  raw = correctlyRead(images.pixels);
});

afterAll(() => kernel.close());

async function mini() {
  const { train, test } = await loadDataset({ name: 'mnist-mini' });
  return { train, test };
}

function correctlyRead(pixels: Uint8Array): number {
  const { predicted } = kernel.evaluate(kernel.load({ ...images, pixels }));
  return accuracy(predicted, images.labels);
}

function digit(index: number): Plane<Uint8Array> {
  return { width: SIDE, height: SIDE, values: pixelsAt(images, index) };
}

/** All digits as PNGs, decoded and normalised again. */
async function readBack(toPng: (picture: Plane<Uint8Array>, random: Random) => Uint8Array) {
  const random = new Random(9, Stream.sample);
  const pixels = new Uint8Array(images.pixels.length);
  for (let index = 0; index < COUNT; index++) {
    const png = toPng(digit(index), random);
    const normal = normalise(await decodePng(png, `${index}.png`), { rows: SIDE, columns: SIDE });
    pixels.set(normal.pixels, index * SIDE * SIDE);
  }
  return pixels;
}

function greyPng({ width, height, values }: Plane<Uint8Array>): Uint8Array {
  return encode({ width, height, channels: 1, data: Uint8Array.from(values) });
}

/** Ink of one colour on paper of another, by the share of ink. */
function colourPng({ width, height, values }: Plane<Uint8Array>, ink: number[], paper: number[]) {
  const data = new Uint8Array(width * height * ink.length);
  for (const [i, level] of values.entries()) {
    for (const [k, colour] of ink.entries()) {
      data[i * ink.length + k] = Math.round(paper[k]! + ((colour - paper[k]!) * level) / 255);
    }
  }
  return encode({ width, height, channels: ink.length, data });
}

/** The digit's share of ink as transparency, in one colour. */
function alphaPng({ width, height, values }: Plane<Uint8Array>, colour: number): Uint8Array {
  const data = Uint8Array.from({ length: 2 * values.length }, (_, i) =>
    i % 2 === 0 ? colour : values[i >> 1]!,
  );
  return encode({ width, height, channels: 2, data });
}

function faded(picture: Plane<Uint8Array>, paper: number, ink: number): Plane<Uint8Array> {
  const { width, height, values } = picture;
  return drawn(width, height, (_x, _y, i) => paper + ((ink - paper) * values[i]!) / 255);
}

function slanting(picture: Plane<Uint8Array>): Plane<Uint8Array> {
  const { width, height, values } = picture;
  return drawn(
    width,
    height,
    (x, y, i) => values[i]! * (1 - (0.3 * x) / width - (0.2 * y) / height),
  );
}

const shift = (random: Random, scale: number) => {
  const margin = () => random.below(20 * scale);
  return [margin(), margin(), margin(), margin()] as const;
};

describe('real digits written out as PNGs', () => {
  it('in MNIST’s own form come back as they were, inverted ones too', async () => {
    for (const toPng of [greyPng, (picture: Plane<Uint8Array>) => greyPng(inverted(picture))]) {
      expect(await readBack(toPng)).toEqual(Uint8Array.from(images.pixels));
    }
  });

  it.each<[string, (picture: Plane<Uint8Array>, random: Random) => Uint8Array]>([
    ['× 3', (p) => greyPng(scaled(p, 3, false))],
    ['× 3, smooth', (p) => greyPng(scaled(p, 3, true))],
    ['× 6.5, smooth, inverted', (p) => greyPng(inverted(scaled(p, 6.5, true)))],
    ['× 10', (p) => greyPng(scaled(p, 10, false))],
    ['padded and shifted', (p, random) => greyPng(padded(scaled(p, 4, true), shift(random, 4)))],
    [
      'padded, shifted, inverted',
      (p, random) => greyPng(inverted(padded(scaled(p, 5, true), shift(random, 5)))),
    ],
    ['small on a large page', (p) => greyPng(padded(scaled(p, 2, true), [500, 200, 100, 150]))],
    ['blue on yellow', (p) => colourPng(scaled(p, 4, true), [20, 40, 160], [250, 240, 180])],
    ['red on green', (p) => colourPng(scaled(p, 4, true), [200, 60, 60], [90, 160, 90])],
    [
      'red on green of the same luminance',
      (p) => colourPng(scaled(p, 4, true), [200, 60, 60], [0, 125, 0]),
    ],
    [
      'blue on red of the same luminance',
      (p) => colourPng(scaled(p, 4, true), [0, 40, 255], [221, 0, 0]),
    ],
    ['black on nothing', (p) => alphaPng(scaled(p, 4, true), 0)],
    ['white on nothing', (p) => alphaPng(scaled(p, 4, true), 255)],
    ['pale', (p) => greyPng(faded(scaled(p, 5, true), 210, 150))],
    [
      'grainy, in slanting light',
      (p, random) => greyPng(withNoise(slanting(faded(scaled(p, 5, true), 230, 60)), 5, random)),
    ],
  ])('%s: are read with at most 1 point of accuracy lost', async (_, toPng) => {
    const read = correctlyRead(await readBack(toPng));
    expect(raw).toBeGreaterThan(mnist ? 0.9 : 0.7);
    expect(read).toBeGreaterThanOrEqual(raw - 0.01 - 1e-9);
  });
});
