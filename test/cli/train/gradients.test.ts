import { expect, test } from 'vitest';
import { assertGradients, checkOnImages, gradientTable } from '../../../src/cli/train/gradients.js';
import { ExitCode } from '../../../src/errors.js';
import { createReferenceKernel } from '../../../src/kernel/reference.js';
import { initialParameters } from '../../../src/sgd.js';
import { widest } from '../../../src/text/page.js';

const images = {
  count: 3,
  rows: 2,
  columns: 2,
  classes: 3,
  pixels: Uint8Array.of(0, 255, 10, 30, 200, 0, 0, 90, 1, 2, 3, 4),
  labels: Uint8Array.of(2, 0, 1),
};

test.each([
  ['also away from zero weights', [], 'zeros', 8, 6],
  ['of hidden layers too', [5, 4], 'he', 16, 4],
] as const)('checks every quantity, %s', async (_, hidden, init, quantities, checks) => {
  const shape = { rows: 2, columns: 2, classes: 3, hidden };
  const initial = initialParameters(shape, { init, seed: 1 });
  let pauses = 0;
  const pause = async (): Promise<void> => {
    pauses += 1;
  };
  const check = () =>
    checkOnImages(createReferenceKernel(shape), images, { initial, seed: 1 }, pause);
  const rows = await check();
  expect(rows.map(({ ok }) => ok)).toEqual(Array(quantities).fill(true));
  // Two images, at the start and after the burn-in; from zero also at small random parameters.
  expect(pauses).toBe(checks);
  expect(() => assertGradients(rows)).not.toThrow();
  expect(await check()).toEqual(rows);
});

test('checks after some steps too, and shows what only that check finds', async () => {
  const shape = { rows: 2, columns: 2, classes: 3 };
  const initial = initialParameters(shape, { init: 'xavier', seed: 1 });
  const kernel = createReferenceKernel(shape);
  await checkOnImages(kernel, images, { initial, seed: 1 }, async () => {});
  expect(kernel.getParameters()).not.toEqual(initial);
  kernel.getParameters = () => new Float32Array(initial.length).fill(Number.NaN);
  const rows = await checkOnImages(kernel, images, { initial, seed: 1 }, async () => {});
  expect(rows.map(({ ok }) => ok)).toEqual(Array(8).fill(false));
});

test('a wrong gradient is named, in the table and in the error', () => {
  const whole = { directions: 0, leftOut: 0 };
  const rows = [
    { quantity: '∂L/∂b', shape: [3], error: 2e-12, ok: true, entries: 3, ...whole },
    { quantity: '∂L/∂h¹', shape: [7], error: 2e-12, ok: true, entries: 5, ...whole, leftOut: 2 },
    {
      quantity: '∂L/∂W',
      shape: [128, 784],
      error: 0.5,
      ok: false,
      entries: 200,
      directions: 9,
      leftOut: 31,
    },
  ];
  const table = gradientTable(rows);
  expect(table.slice(1)).toEqual([
    'at the start and after 50 SGD steps (batch 16, lr 0.1), on 2 images',
    'quantity    shape                           checked  largest error  verdict',
    '∂L/∂b           3                               all        2.0e-12    right',
    '∂L/∂h¹          7                  all − 2 at kinks        2.0e-12    right',
    '∂L/∂W     128×784  200 + 9 directions − 31 at kinks         5.0e-1    WRONG',
  ]);
  expect(widest(table)).toBeLessThanOrEqual(80);
  expect(() => assertGradients(rows)).toThrow(
    expect.objectContaining({
      code: 'ERR_GRADIENT',
      exitCode: ExitCode.unexpected,
      message: expect.stringContaining('∂L/∂W (5.0e-1)'),
    }),
  );
});
