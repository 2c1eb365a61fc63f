import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeFloats } from '../../src/base64.js';
import { deriveForward } from '../../src/derivation.js';
import { UsageError } from '../../src/errors.js';
import { sampleAt } from '../../src/images.js';
import { parameterCount, parametersOf } from '../../src/network.js';
import { Random, Stream } from '../../src/random.js';
import { contributionsOf } from '../../src/report/contributions.js';
import type { PageAssets, PageData } from '../../src/report/page-data.js';
import { assertFitsPage, reportPage } from '../../src/report/report.js';
import { depth } from '../../src/report/sections/confusion.js';
import { PAGE_EN } from '../../src/report/words/en.js';
import { PAGE_RU } from '../../src/report/words/ru.js';
import { builtAssets, type TrainedInput, trainedInput } from './input.js';

/** Of `trainedInput`. */
const MOMENTS = [
  [0, 0],
  [0, 1],
  [0, 2],
  [0, 4],
  [1, 0],
  [2, 0],
  [3, 0],
];
let input: TrainedInput;
let assets: PageAssets;
let page: string;

beforeAll(async () => {
  input = await trainedInput();
  assets = builtAssets();
  page = reportPage(input, assets);
});

const elements = (text: string, name: string): string[] =>
  [...text.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs'))].map(([, content]) => content!);

const dataOf = (text: string): PageData => {
  const [, json] = text.match(/<script type="application\/json" id="page-data">(.*?)<\/script>/s)!;
  return JSON.parse(json!);
};

test('the same input gives the same page', () => {
  expect(reportPage(input, assets)).toBe(page);
});

test('allows its own script and style by their hashes, and nothing else', () => {
  const [, policy] = page.match(/Content-Security-Policy" content="([^"]*)"/)!;
  const hash = (text: string): string => createHash('sha256').update(text).digest('base64');
  const [script] = elements(page, 'script');
  const [style] = elements(page, 'style');
  expect(policy!.split('; ')).toEqual([
    "default-src 'none'",
    `script-src 'sha256-${hash(script!)}'`,
    `style-src 'sha256-${hash(style!)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  expect(page).not.toMatch(/ style="| on[a-z]+="|javascript:/);
});

test('refers to nothing outside', () => {
  const namespaces = page.replaceAll(/http:\/\/www\.w3\.org\/[\w/]+/g, '');
  expect(namespaces).not.toMatch(/https?:\/\/|url\(|@import|<link|<img|<iframe|src="/);
});

test('escapes hostile names, in text, in attributes and in data', () => {
  const hostile = `"><img src=x onerror=alert(1)></title></script><script>alert(2)</script>'<!--`;
  const text = reportPage(
    {
      ...input,
      ...{ program: hostile, epochs: [], moments: [] },
      file: { path: hostile, sha256: hostile },
      dataset: { name: hostile, split: hostile },
    },
    assets,
  );
  expect(text).not.toContain('<img');
  expect(text).not.toContain('<script>alert');
  expect(elements(text, 'script')).toHaveLength(1);
  expect(text.match(/<script/g)).toHaveLength(2);
  expect(elements(text, 'title')[0]).toContain('&lt;img src=x onerror=alert(1)&gt;');
});

test('is named after the model and the data set, and tells nobody where the model lies', () => {
  for (const path of ['/home/ada/secret/m.json', 'C:\\Users\\ada\\m.json', 'm.json']) {
    const text = reportPage({ ...input, file: { ...input.file, path } }, assets);
    expect(elements(text, 'title')).toEqual(['m.json · mnist-mini']);
    expect(text).not.toContain('ada');
  }
});

test('the matrix has named axes, grouped counts and colours by the logarithm of a count', () => {
  const [table] = page.match(/<table class="confusion".*?<\/table>/s)!;
  expect(table).toMatch(/<th scope="colgroup" colspan="10" class="axis">predicted class</);
  expect(table).toMatch(/<th scope="rowgroup" rowspan="10" class="axis"><span[^>]*>true class</);
  expect([1, 2, 6, 34, 40].map((count) => depth(count, 40))).toEqual([1, 2, 4, 8, 8]);
  expect(depth(1, 1)).toBe(1);
  const count = 1200;
  const images = {
    ...input.images,
    count,
    pixels: new Uint8Array(784 * count),
    labels: new Uint8Array(count),
  };
  const predicted = new Uint8Array(count);
  const numbers = new Float32Array(count).fill(-1);
  const predictions = { predicted, probability: numbers, logLikelihood: numbers };
  const large = reportPage({ ...input, images, predictions }, assets);
  expect(large).toContain('data-count="1200" aria-label="0 recognised: 1,200 images"');
  expect(large).toContain('aria-haspopup="dialog">1,200<');
});

test('refuses a script that would end its element', () => {
  const broken = { ...assets, script: 'const a = "</script>";' };
  expect(() => reportPage(input, broken)).toThrow(RangeError);
});

test('has a text for every picture and a label for every control', () => {
  const unnamed = [...page.matchAll(/<(canvas|svg)[^>]*>/g)]
    .map(([tag]) => tag)
    .filter((tag) => !/aria-label|aria-labelledby|aria-hidden="true"/.test(tag));
  expect(unnamed).toEqual([]);
  for (const [, id] of page.matchAll(
    /<(?:select|input type="(?:range|number)")[^>]* ?id="([^"]+)"/g,
  )) {
    expect(page).toContain(`<label for="${id}"`);
  }
});

test('holds the parameters exactly, and tells of one state where no history is known', () => {
  const data = dataOf(page);
  const bytes = Buffer.from(data.parameters, 'base64');
  const floats = new Float32Array(new Uint8Array(bytes).buffer);
  expect(floats).toEqual(input.model.parameters);
  expect(data.snapshots.map(({ epoch, batch }) => [epoch, batch])).toEqual(MOMENTS);
  const still = reportPage({ ...input, program: 'backprop-eval', epochs: [], moments: [] }, assets);
  expect(dataOf(still).snapshots).toHaveLength(1);
  expect(still).not.toContain('weights-slider"');
  expect(still).toContain('holds the weights of one moment');
});

test('without hidden layers no letter has a number', () => {
  const [body] = page.split('<script');
  const numbers = /<msubsup>|<msup><mi[^>]*>[vhWb]<\/mi><mn>|data-units|units-order/;
  expect(body!.match(numbers)).toBeNull();
});

describe('with hidden layers', () => {
  let deep: TrainedInput;

  beforeAll(async () => {
    deep = await trainedInput([12, 8]);
  });

  test('the same input gives the same page, under the same policy', () => {
    const text = reportPage(deep, assets);
    expect(reportPage(deep, assets)).toBe(text);
    const policyOf = (text: string) => text.match(/Content-Security-Policy.*/)![0];
    expect(policyOf(text)).toBe(policyOf(page));
    expect(text).not.toMatch(/ style="| on[a-z]+="|javascript:/);
    expect(dataOf(text).shape.hidden).toEqual([12, 8]);
    expect(dataOf(text).snapshots.map(({ epoch, batch }) => [epoch, batch])).toEqual(MOMENTS);
    expect(dataOf(text).parameters).toBe(encodeFloats(deep.model.parameters));
  });

  test.each([[[3]], [[3, 2]], [[4, 3, 2]], [[4, 3, 2, 5]]])(
    'a page about %j has each layer’s steps',
    (hidden) => {
      const shape = { rows: 28, columns: 28, classes: 10, hidden };
      const training = { ...input.model.training, hidden };
      const parameters = new Float32Array(parameterCount(shape)).fill(0.01);
      const model = { ...input.model, ...shape, training, parameters };
      const text = reportPage({ ...input, moments: [], model }, assets);
      // dy, dv and dx; of each layer one forward and three backward, and ReLU's where it is hidden.
      expect(text.match(/<li class="step">/g)).toHaveLength(
        3 + 4 * (hidden.length + 1) + hidden.length,
      );
    },
  );

  test('with one hidden layer a unit adds its weight times its mean output', () => {
    const shape = { rows: 1, columns: 2, classes: 2, hidden: [2] };
    const W1 = [1, 1, -1, 0];
    const b1 = [0, -0.5];
    const W2 = [2, 3, -1, 5];
    const parameters = Float32Array.of(...W1, ...b1, ...W2, 0, 0);
    const pixels = Uint8Array.of(255, 255, 0, 255);
    const images = { ...shape, count: 2, pixels, labels: Uint8Array.of(0, 1) };
    // h of the first unit is 2 and 1, the second is off.
    expect([...contributionsOf({ ...shape, parameters }, images)]).toEqual([3, 0, -1.5, 0]);
  });

  test('without biases above the first hidden layer the units add up to the mean scores', () => {
    const { model, images } = deep;
    const parameters = model.parameters.slice();
    const { linear } = parametersOf(parameters, model);
    for (const { bias } of linear.slice(1)) bias.fill(0);
    const added = contributionsOf({ ...model, parameters }, images);
    const double = parametersOf(Float64Array.from(parameters), model);
    const count = Math.min(1000, images.count);
    for (let k = 0; k < 10; k++) {
      let mean = 0;
      for (let n = 0; n < count; n++) {
        mean += deriveForward(double, sampleAt(images, n).x).v[k]! / count;
      }
      const sum = added.subarray(12 * k, 12 * (k + 1)).reduce((sum, unit) => sum + unit, 0);
      expect(sum).toBeCloseTo(mean, 4);
    }
  });
});

describe('size', () => {
  const count = 10_000;
  const pixels = Uint8Array.from({ length: count * 784 }, (_, at) => (at % 2) * 200 + (at % 50));
  const labels = Uint8Array.from({ length: count }, (_, n) => n % 10);
  const noisy = {
    images: { count, rows: 28, columns: 28, classes: 10, pixels, labels },
    predictions: {
      predicted: Uint8Array.from(labels, (label, n) => (label + (n >> 4)) % 10),
      probability: new Float32Array(count).fill(0.5),
      logLikelihood: new Float32Array(count).fill(-1),
    },
  };

  test('stays below 1.5 MB for 10,000 noisy pictures, mostly wrong, and a thousand epochs', () => {
    const epochs = Array.from({ length: 1000 }, (_, e) => ({ ...input.epochs[0]!, epoch: e + 1 }));
    const text = reportPage({ ...input, epochs, ...noisy }, assets);
    expect(text.length).toBeLessThan(1_500_000);
  });

  test('stays below 4 MB for the largest network', () => {
    const shape = { rows: 28, columns: 28, classes: 10, hidden: [377] };
    const random = new Random(1, Stream.weights);
    const noise = (length: number) => Float32Array.from({ length }, () => random.uniform() - 0.5);
    const parameters = noise(parameterCount(shape));
    const moments = Array.from({ length: 30 }, (_, batch) => ({
      ...input.moments[0]!,
      batch,
      weight: noise(784 * 377),
    }));
    const training = { ...input.model.training, hidden: shape.hidden };
    const model = { ...input.model, ...shape, training, parameters };
    const text = reportPage({ ...input, model, moments, ...noisy }, assets);
    expect(dataOf(text).snapshots.map(({ batch }) => batch)).toEqual([0, 16, 0]);
    expect(text.length).toBeLessThan(4_000_000);
  });

  test('refuses a model that would not fit', () => {
    const shape = { rows: 28, columns: 28, classes: 10 };
    expect(() => assertFitsPage({ rows: 200, columns: 200, classes: 10 })).toThrow(UsageError);
    expect(() => assertFitsPage({ ...shape, hidden: [377] })).not.toThrow();
    expect(() => assertFitsPage({ ...shape, hidden: [378] })).toThrow(
      'at most 300000 parameters, found 300520',
    );
  });
});

describe('in Russian', () => {
  /** Formulas, and names that stay as they are in every language. */
  const LATIN =
    /^(backprop|train|eval|report|validation|model|json|mnist|mini|JavaScript|SHA|SGD|Softmax|seed|labels|zeros|xavier|linear|simd|reference|Backspace|Delete)$/;

  test.each([[[]], [[5, 4]]])('every text, with hidden layers %j', async (hidden) => {
    const russian = await trainedInput(hidden);
    for (const epochs of [russian.epochs, []]) {
      const text = reportPage({ ...russian, epochs }, assets, PAGE_RU);
      expect(text).toContain('<html lang="ru">');
      const [, body] = text.match(/<body>(.*?)<script/s)!;
      const named = [...body!.matchAll(/aria-label="([^"]*)"/g)].map(([, name]) => name!);
      const plain = body!
        .replaceAll(/<math.*?<\/math>/gs, '')
        .replaceAll(/<[^>]*>|&\w+;|0{64}/g, ' ');
      const words = [plain, ...named].join(' ').match(/[A-Za-z]{3,}/g) ?? [];
      expect(words.filter((word) => !LATIN.test(word))).toEqual([]);
      expect(plain).not.toMatch(/\d\.\d/);
    }
  });

  test("the script's texts take what the English ones take", () => {
    const places = (text: unknown): string[] =>
      [...new Set(JSON.stringify(text).match(/\{\w+\}/g))].sort();
    const english: Readonly<Record<string, unknown>> = { ...PAGE_EN.script };
    for (const [name, text] of Object.entries(PAGE_RU.script)) {
      expect(places(text), name).toEqual(places(english[name]));
    }
  });
});
