import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalise } from '../../src/image/normalise.js';
import { largestMagnitude } from '../../src/layers/floats.js';
import { Random, Stream } from '../../src/random.js';
import { niceTicks } from '../../src/report/chart.js';
import { decodePixels, encodePixels } from '../../src/report/codec.js';
import { html, jsonForScript } from '../../src/report/html.js';
import { type Position, positionInWords, timeAxis } from '../../src/report/moments.js';
import { gentleRate } from '../../src/report/page/gentle-rate.js';
import { Ink } from '../../src/report/page/ink.js';
import { snapshotsOf, weightsOf } from '../../src/report/snapshots.js';
import { PAGE_EN } from '../../src/report/words/en.js';
import { PAGE_RU } from '../../src/report/words/ru.js';

describe('codec', () => {
  test('gives back every picture', () => {
    const pixels = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 })), {
      maxLength: 900,
    });
    fc.assert(
      fc.property(pixels, (values) => {
        const bytes = Uint8Array.from(values);
        expect(decodePixels(encodePixels(bytes), bytes.length)).toEqual(bytes);
      }),
      { seed: 4 },
    );
    const blank = new Uint8Array(784);
    expect(encodePixels(blank)).toHaveLength(12);
    expect(decodePixels(encodePixels(blank), 784)).toEqual(blank);
  });
});

describe('snapshots', () => {
  /** Moments whose weights take steps at random, the first all zero. */
  const walk = (count: number, size: number, step: number) => {
    const random = new Random(1, Stream.weights);
    const weight = new Float64Array(size);
    const score = { loss: 1, accuracy: 0.5 };
    return Array.from({ length: count }, (_, epoch) => {
      if (epoch > 0) for (let j = 0; j < size; j++) weight[j]! += step * (random.uniform() - 0.5);
      return { epoch, batch: 0, train: null, test: score, weight: weight.slice() };
    });
  };

  /** How far the weights that come back are from those given, in parts of the moment's largest. */
  const errors = (moments: ReturnType<typeof walk>) =>
    weightsOf(snapshotsOf(moments)).map((weights, at) => {
      const { weight } = moments[at]!;
      const largest = largestMagnitude(weight) || 1;
      return largestMagnitude(weights.map((w, j) => w - weight[j]!)) / largest;
    });

  test('come back to within a 127th of the moment’s largest weight', () => {
    for (const error of errors(walk(30, 500, 0.1))) expect(error).toBeLessThan(1 / 127);
    const sizes = [0, 1, 1e-3, 0, 40, 40, 1e-30];
    const alternating = walk(sizes.length, 5, 0).map((moment, at) => ({
      ...moment,
      weight: Float64Array.of(1, -1, 0.5, -0.25, 0).map((w) => w * sizes[at]!),
    }));
    for (const error of errors(alternating)) expect(error).toBeLessThan(1 / 127);
  });

  test('take little room where little changes', () => {
    const still = snapshotsOf(walk(30, 7840, 0).map((m) => ({ ...m, weight: m.weight.fill(1) })));
    for (const { weight } of still.slice(1)) expect(weight.length).toBeLessThan(100);
  });

  test('are rounded more coarsely, then fewer, where there is no room', () => {
    const coarse = walk(8, 200_000, 0.1);
    const snapshots = snapshotsOf(coarse);
    const room = (all: typeof snapshots) => all.reduce((sum, { weight }) => sum + weight.length, 0);
    expect(snapshots).toHaveLength(8);
    expect(room(snapshots)).toBeLessThanOrEqual(1_100_000);
    const worst = Math.max(...errors(coarse));
    expect(worst).toBeGreaterThan(1 / 127);
    expect(worst).toBeLessThan(1 / 15);
    const few = snapshotsOf(walk(30, 300_000, 0.1));
    expect(room(few)).toBeLessThanOrEqual(1_100_000);
    expect(few.map(({ epoch }) => epoch)).toEqual([0, 8, 16, 24, 29]);
    const kept = snapshotsOf(walk(30, 300_000, 0.1), ({ epoch }) => epoch === 13);
    expect(kept.map(({ epoch }) => epoch)).toContain(13);
  });
});

describe('moments', () => {
  const at = (epoch: number, batch = 0): Position => ({ epoch, batch });

  test('stand on the time axis by the logarithm in the first epoch, then evenly', () => {
    const axis = timeAxis([at(0), at(0, 1), at(3), at(5)], 63);
    const places = [at(0), at(0, 1), at(0, 3), at(0, 7), at(0, 31), at(1), at(2), at(3), at(5)];
    const expected = [0, 0.4 / 6, 0.8 / 6, 0.2, 2 / 6, 0.4, 0.55, 0.7, 1];
    for (const [n, place] of places.entries()) expect(axis(place)).toBeCloseTo(expected[n]!, 12);
    expect(axis(at(1, 31.5))).toBeCloseTo(0.475, 12);
  });

  test('take the whole axis where there is nothing but the first epoch, or no first epoch', () => {
    const first = timeAxis([at(0), at(0, 7), at(1)], 63);
    expect([at(0), at(0, 7), at(1)].map(first)).toEqual([0, 0.5, 1]);
    const later = timeAxis([at(1), at(3)], 63);
    expect([at(1), at(2), at(3)].map(later)).toEqual([0, 0.5, 1]);
    expect(timeAxis([at(1)], 63)(at(1))).toBe(0.5);
  });

  test.each([
    [PAGE_EN, ['before training', 'batch 8', 'epoch 2', 'epoch 3, batch 7']],
    [PAGE_RU, ['до обучения', 'мини-батч 8', 'эпоха 2', 'эпоха 3, мини-батч 7']],
  ])('have names', ({ script }, names) => {
    const places = [at(0), at(0, 8), at(2), at(2, 7)];
    expect(places.map((place) => positionInWords(place, script.position))).toEqual(names);
  });
});

describe('the suggested rate', () => {
  const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

  test.each([
    [-4, 0.1],
    [0, 0.1],
    // Half of what is left.
    [3, (1 - sigmoid(3)) / 2],
  ])('from a score of %d raises y by %d', (score, rise) => {
    // One step moves the score by 100 for each unit of the rate.
    const yAfter = (rate: number): number => sigmoid(score + 100 * rate);
    expect(yAfter(gentleRate(yAfter, 1)) - yAfter(0)).toBeCloseTo(rise, 2);
  });

  test('is the smallest that does, where a larger step lowers y again', () => {
    const yAfter = (rate: number): number => 0.2 + rate * (0.4 - rate);
    expect(gentleRate((rate) => 10 * yAfter(rate) - 1.8, 1)).toBeCloseTo(0.0268, 3);
    // It raises y by 0.04 at most, and at 1 lowers it.
    expect(gentleRate(yAfter, 1)).toBe(0.25);
  });

  test('is the largest tried where no rate raises y so far', () => {
    expect(gentleRate((rate) => 0.2 + rate / 1000, 1)).toBe(1);
  });
});

test('ticks are round and cover the range', () => {
  expect(niceTicks(0.26, 0.39)).toHaveLength(4);
  expect(niceTicks(5, 5)).toEqual([5, 6]);
  for (const [low, high] of [
    [0, 1],
    [0.88, 0.93],
    [1e-5, 3000],
  ] as const) {
    const ticks = niceTicks(low, high);
    expect(ticks[0]).toBeLessThanOrEqual(low);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(high);
    expect(ticks.length).toBeLessThanOrEqual(8);
  }
});

test('a template escapes what is put in, also inside data', () => {
  expect(html`<p title="${'"x'}">${'<b>&'}</p>`.text).toBe('<p title="&quot;x">&lt;b&gt;&amp;</p>');
  expect(jsonForScript({ a: '</script><!--' }).text).toBe('{"a":"\\u003c/script>\\u003c!--"}');
});

describe('the pad', () => {
  test('draws the same ink again after undo, and none after clear', () => {
    const ink = new Ink(60, 60);
    ink.begin({ x: 20, y: 10 });
    ink.goOn({ x: 20, y: 50 });
    const before = ink.levels.slice();
    ink.begin({ x: 5, y: 5 });
    expect(ink.levels).not.toEqual(before);
    ink.undo();
    expect(ink.levels).toEqual(before);
    expect(ink.levels[30 * 60 + 20]).toBe(255);
    ink.clear();
    expect(ink.isEmpty && ink.levels.every((level) => level === 0)).toBe(true);
  });

  test('takes a scribble over the whole sheet for ink, not for paper', () => {
    const ink = new Ink(60, 60);
    for (let y = 0; y <= 60; y += 2) {
      ink.begin({ x: 0, y });
      ink.goOn({ x: 60, y });
    }
    expect(normalise(ink.picture, { rows: 28, columns: 28 }).inverted).toBe(false);
  });
});
