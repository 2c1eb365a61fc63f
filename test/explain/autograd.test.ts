import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { explanationJson } from '../../src/cli/explain/run.js';
import { loadDataset } from '../../src/dataset/load.js';
import { explain } from '../../src/explain/explanation.js';
import { firstImages, sampleAt } from '../../src/images.js';
import { createReferenceKernel } from '../../src/kernel/reference.js';
import { DEFAULTS, defaultInit, initialParameters } from '../../src/sgd.js';
import { train } from '../../src/train.js';
import { mnist } from '../mnist.js';

const looking = 'import sys, importlib.util; sys.exit(importlib.util.find_spec("torch") is None)';
/** A Python with PyTorch: Debian's python3-torch belongs to its own python3, which need not be the first. */
const python = [process.env.BACKPROP_PYTHON, '/usr/bin/python3', 'python3'].find(
  (command) => command !== undefined && spawnSync(command, ['-c', looking]).status === 0,
);

test.skipIf(python === undefined)(
  'trained models agree with autograd to 1e-9 (needs PyTorch: BACKPROP_PYTHON names its python)',
  async () => {
    const data = mnist ?? (await loadDataset({ name: 'mnist-mini' }));
    const images = firstImages(data.train, 1000);
    const { rows, columns, classes } = images;
    const lines: string[] = [];
    for (const hidden of [[], [16], [12, 7]]) {
      const plain = { rows, columns, classes };
      const shape = hidden.length > 0 ? { ...plain, hidden } : plain;
      const init = defaultInit(hidden);
      const hyperparameters = { ...DEFAULTS, hidden, init, epochs: 2, learningRate: 0.1 };
      const kernel = createReferenceKernel(shape);
      kernel.setParameters(initialParameters(shape, hyperparameters));
      for (const _ of train(kernel, kernel.load(images), hyperparameters));
      for (const index of [8, 33]) {
        const subject = { x: sampleAt(data.test, index).x, label: data.test.labels[index]! };
        const explanation = explain(shape, kernel.getParameters(), subject, 0.01);
        lines.push(JSON.stringify(explanationJson(explanation)));
      }
    }
    const script = fileURLToPath(new URL('autograd.py', import.meta.url));
    const { stdout, stderr } = spawnSync(python!, [script], { input: lines.join('\n') });
    const worst = JSON.parse(stdout.toString() || `{"failed": ${JSON.stringify(String(stderr))}}`);
    expect(Object.keys(worst).sort()).toEqual(
      'L dL_db dL_dh dL_dv dL_dv_by_jacobian dL_dW dL_du dL_dx dL_dy dy_dv h u v y'
        .split(' ')
        .sort(),
    );
    for (const [quantity, difference] of Object.entries(worst)) {
      expect(difference, quantity).toBeLessThan(1e-9);
    }
  },
);
