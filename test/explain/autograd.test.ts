import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { explanationJson } from '../../src/cli/explain/run.js';
import { loadDataset } from '../../src/dataset/load.js';
import { explain } from '../../src/explain/explanation.js';
import { firstImages, sampleAt } from '../../src/images.js';
import { createReferenceKernel } from '../../src/kernel/reference.js';
import { DEFAULTS } from '../../src/sgd.js';
import { train } from '../../src/train.js';
import { mnist } from '../mnist.js';

/** A Python with PyTorch: name one in BACKPROP_PYTHON if `python3` has none. */
const python = process.env.BACKPROP_PYTHON ?? 'python3';
const looking = 'import sys, importlib.util; sys.exit(importlib.util.find_spec("torch") is None)';
const hasTorch = spawnSync(python, ['-c', looking]).status === 0;

test.skipIf(!hasTorch)(
  'a trained model agrees with autograd to 1e-9 (needs PyTorch: BACKPROP_PYTHON names its python)',
  async () => {
    const data = mnist ?? (await loadDataset({ name: 'mnist-mini' }));
    const kernel = createReferenceKernel(data.train);
    const images = firstImages(data.train, 2000);
    for (const _ of train(kernel, kernel.load(images), { ...DEFAULTS, epochs: 2 }));
    const { rows, columns, classes } = images;
    const shape = { rows, columns, classes };
    const lines = [0, 8, 33, 99].map((index) => {
      const subject = { x: sampleAt(data.test, index).x, label: data.test.labels[index]! };
      return JSON.stringify(explanationJson(explain(shape, kernel.getParameters(), subject, 0.01)));
    });
    const script = fileURLToPath(new URL('autograd.py', import.meta.url));
    const { stdout, stderr } = spawnSync(python, [script], { input: lines.join('\n') });
    const worst = JSON.parse(stdout.toString() || `{"failed": ${JSON.stringify(String(stderr))}}`);
    expect(Object.keys(worst)).toContain('dL_dW');
    for (const [quantity, difference] of Object.entries(worst)) {
      expect(difference, quantity).toBeLessThan(1e-9);
    }
  },
);
