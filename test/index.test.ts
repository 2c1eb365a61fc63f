import { expect, test } from 'vitest';
import * as library from '../src/index.js';
import { type Signatures, signaturesOf } from './signatures.js';

const builtForBrowsers = new URL('../dist/src/browser.js', import.meta.url).href;

const [node, browser] = ['index.d.ts', 'browser.d.ts'].map(signaturesOf) as [
  Signatures,
  Signatures,
];

test('exports what it did: layers, network, gradient check, data, kernels, training, models, errors', async () => {
  const listing = [...node.values()].map((signature) => `${signature}\n`).join('');
  await expect(listing).toMatchFileSnapshot('__snapshots__/signatures.txt');
});

test('gives a browser the same, but for what needs a disk, the network or threads', () => {
  const differing = [...node].filter(([name, signature]) => browser.get(name) !== signature);
  expect(differing.map(([name]) => name)).toMatchInlineSnapshot(`
    [
      "Dataset",
      "DatasetFile",
      "DatasetIdentity",
      "DatasetSplit",
      "DiskError",
      "DownloadProgress",
      "ExitCode",
      "LoadOptions",
      "OwnPicture",
      "PictureModel",
      "SavedModel",
      "Source",
      "Split",
      "Unreadable",
      "createSimdKernel",
      "loadDataset",
      "loadSplit",
      "readModel",
      "readPicture",
      "saveModel",
    ]
  `);
  expect(browser.get('createSimdKernel')).toBe(
    'function createSimdKernel(shape: NetworkShape): Promise<Kernel>;',
  );
  expect([...browser.keys()].filter((name) => !node.has(name))).toEqual([]);
});

test.each([
  ['backprop-train', node, async () => library],
  // As built: only then the fast kernel is in it.
  ['backprop-train/browser', browser, () => import(builtForBrowsers)],
])('%s declares every name that it exports', async (_, signatures, load: () => Promise<object>) => {
  for (const name of Object.keys(await load())) expect(signatures.get(name), name).toContain(name);
});

test('trains on the bundled digits without the command line', async () => {
  const { train: images, test } = await library.loadDataset({ name: 'mnist-mini' });
  const kernel = library.createReferenceKernel(images);
  kernel.setParameters(library.initialParameters(images, library.DEFAULTS));
  const set = kernel.load(images);
  const seen: string[] = [];
  const events = library.train(kernel, set, { ...library.DEFAULTS, epochs: 3 });
  const result = library.runToEnd(events, ({ type }) => seen.push(type));
  expect(result.epochsRun).toBe(3);
  expect(seen).toContain('epoch');
  const { predicted } = kernel.evaluate(kernel.load(test));
  expect(library.accuracy(predicted, test.labels)).toBeGreaterThan(0.6);
});
