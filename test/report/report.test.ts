import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.js';
import type { PageAssets, PageData } from '../../src/report/page-data.js';
import { assertFitsPage, type ReportInput, reportPage } from '../../src/report/report.js';
import { builtAssets, trainedInput } from './input.js';

let input: ReportInput;
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
      ...{ program: hostile, epochs: [], snapshots: [] },
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
  expect(data.snapshots.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3]);
  const still = reportPage(
    { ...input, program: 'backprop-eval', epochs: [], snapshots: [] },
    assets,
  );
  expect(dataOf(still).snapshots).toHaveLength(1);
  expect(still).not.toContain('weights-slider"');
  expect(still).toContain('holds the weights of one moment');
});

describe('size', () => {
  test('stays below 1.5 MB for 10,000 noisy pictures, mostly wrong, and a thousand epochs', () => {
    const count = 10_000;
    const pixels = Uint8Array.from({ length: count * 784 }, (_, at) => (at % 2) * 200 + (at % 50));
    const labels = Uint8Array.from({ length: count }, (_, n) => n % 10);
    const predicted = Uint8Array.from(labels, (label, n) => (label + (n >> 4)) % 10);
    const epochs = Array.from({ length: 1000 }, (_, e) => ({ ...input.epochs[0]!, epoch: e + 1 }));
    const text = reportPage(
      {
        ...input,
        epochs,
        images: { count, rows: 28, columns: 28, classes: 10, pixels, labels },
        predictions: {
          predicted,
          probability: new Float32Array(count).fill(0.5),
          logLikelihood: new Float32Array(count).fill(-1),
        },
      },
      assets,
    );
    expect(text.length).toBeLessThan(1_500_000);
  });

  test('refuses a model that would not fit', () => {
    expect(() => assertFitsPage({ rows: 200, columns: 200, classes: 10 })).toThrow(UsageError);
  });
});
