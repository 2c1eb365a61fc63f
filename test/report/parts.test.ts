import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalise } from '../../src/image/normalise.js';
import { parameterCount } from '../../src/network.js';
import { niceTicks } from '../../src/report/chart.js';
import { decodePixels, encodePixels } from '../../src/report/codec.js';
import { html, jsonForScript } from '../../src/report/html.js';
import { gentleRate } from '../../src/report/page/gentle-rate.js';
import { Ink } from '../../src/report/page/ink.js';
import { quantised, WeightHistory } from '../../src/report/snapshots.js';

const MNIST = { rows: 28, columns: 28, classes: 10 };

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

describe('weight history', () => {
  test('keeps the first, the last and evenly spaced ones between within its room', () => {
    const history = new WeightHistory(MNIST);
    const parameters = new Float32Array(7850);
    for (let epoch = 0; epoch <= 1001; epoch++) history.add(epoch, parameters.fill(epoch));
    const epochs = history.snapshots.map(({ epoch }) => epoch);
    expect(epochs.length).toBeLessThanOrEqual(40);
    expect(epochs.slice(0, 3)).toEqual([0, 64, 128]);
    expect(epochs.at(-1)).toBe(1001);
  });

  test('keeps every one of a short run', () => {
    const history = new WeightHistory(MNIST);
    const parameters = new Float32Array(7850);
    for (let epoch = 0; epoch <= 5; epoch++) history.add(epoch, parameters.fill(epoch));
    expect(history.snapshots.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('keeps the first layer of a network with hidden layers, as often as there is room', () => {
    const shape = { ...MNIST, hidden: [128] };
    const history = new WeightHistory(shape);
    const parameters = new Float32Array(parameterCount(shape));
    for (let epoch = 0; epoch <= 20; epoch++) history.add(epoch, parameters.fill(epoch));
    const { snapshots } = history;
    expect(snapshots.map(({ epoch }) => epoch)).toEqual([0, 4, 8, 12, 16, 20]);
    for (const { weight } of snapshots) {
      expect(Buffer.from(weight, 'base64')).toHaveLength(128 * 784);
    }
  });

  test('rounds to a 127th of the largest weight, and zeros stay zeros', () => {
    expect(quantised(1, Float32Array.of(0, 2, -1, 0.5))).toEqual({
      epoch: 1,
      scale: 2 / 127,
      weight: Buffer.from(Int8Array.of(0, 127, -63, 32).buffer).toString('base64'),
    });
    expect(quantised(0, new Float32Array(3)).scale).toBe(0);
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

  test('is the most there is where no rate raises y so far', () => {
    expect(gentleRate((rate) => 0.2 + rate / 1000, 1)).toBe(1);
    expect(gentleRate(() => Number.NaN, 2)).toBe(2);
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
