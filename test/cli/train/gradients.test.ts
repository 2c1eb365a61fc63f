import { expect, test } from 'vitest';
import { assertGradients, checkOnImages, gradientTable } from '../../../src/cli/train/gradients.js';
import { ExitCode } from '../../../src/errors.js';
import { initialParameters } from '../../../src/sgd.js';

const images = {
  count: 3,
  rows: 2,
  columns: 2,
  classes: 3,
  pixels: Uint8Array.of(0, 255, 10, 30, 200, 0, 0, 90, 1, 2, 3, 4),
  labels: Uint8Array.of(2, 0, 1),
};

test('checks every quantity, also away from zero weights', async () => {
  const initial = initialParameters(images, { init: 'zeros', seed: 1 });
  let pauses = 0;
  const pause = async (): Promise<void> => {
    pauses += 1;
  };
  const rows = await checkOnImages(images, { initial, seed: 1 }, pause);
  expect(rows.map(({ ok }) => ok)).toEqual(Array(8).fill(true));
  // Two images, at zero and at small random parameters.
  expect(pauses).toBe(4);
  expect(() => assertGradients(rows)).not.toThrow();
  expect(await checkOnImages(images, { initial, seed: 1 }, pause)).toEqual(rows);
});

test('a wrong gradient is named, in the table and in the error', () => {
  const rows = [
    { quantity: '∂L/∂b', shape: [3], error: 2e-12, ok: true },
    { quantity: '∂L/∂W', shape: [3, 4], error: 0.5, ok: false },
  ];
  expect(gradientTable(rows).slice(1)).toEqual([
    'quantity  shape  largest error  verdict',
    '∂L/∂b         3        2.0e-12    right',
    '∂L/∂W       3×4         5.0e-1    WRONG',
  ]);
  expect(() => assertGradients(rows)).toThrow(
    expect.objectContaining({
      code: 'ERR_GRADIENT',
      exitCode: ExitCode.unexpected,
      message: expect.stringContaining('∂L/∂W (5.0e-1)'),
    }),
  );
});
