import { expect, test } from 'vitest';
import * as library from '../src/index.js';

test('gives layers, network, gradient check, data, kernels, training, model file, metrics, errors', () => {
  expect(Object.keys(library).sort()).toMatchSnapshot();
});

test('trains on the bundled digits without the command line', async () => {
  const { train: images, test } = await library.loadDataset({ name: 'mnist-mini' });
  const kernel = library.createReferenceKernel(images);
  kernel.setParameters(library.initialParameters(images, library.DEFAULTS));
  const set = kernel.load(images);
  const events = library.train(kernel, set, { ...library.DEFAULTS, epochs: 3 });
  const seen: string[] = [];
  let step = events.next();
  for (; !step.done; step = events.next()) seen.push(step.value.type);
  expect(seen).toContain('epoch');
  const { predicted } = kernel.evaluate(kernel.load(test));
  expect(library.accuracy(predicted, test.labels)).toBeGreaterThan(0.6);
});
