import { describe, expect, test } from 'vitest';
import * as library from '../src/index.js';
import { reluJacobian } from '../src/layers/relu.js';

// D = 6 pixels, K = 2 classes.
const shape = { rows: 2, columns: 3, classes: 2 };
const D = 6;
const K = 2;
const f = (length: number) => new Float64Array(length);
const theta = library.parametersOf(f(K * D + K), shape);
const x = { rows: 2, columns: 3, values: f(D) };
const network = library.createNetwork({ ...shape, hidden: [4] }, Float64Array);

test.each<[name: string, call: () => unknown, expected: number | string, got: number | string]>([
  ['linearForward(u, v, …)', () => library.linearForward(f(D), f(K), f(K * D), f(K)), D, K],
  [
    'linearForward(…, bias, weight)',
    () => library.linearForward(f(K), f(D), f(K), f(K * D)),
    K * D,
    K,
  ],
  ['linearBackwardInput', () => library.linearBackwardInput(f(K), f(D), f(D)), K * D, D],
  ['linearBackwardBias', () => library.linearBackwardBias(f(D), f(K)), K, D],
  ['linearBackwardWeight', () => library.linearBackwardWeight(f(K), f(K), f(D)), K * D, K],
  ['reluForward', () => library.reluForward(f(3), f(4)), 4, 3],
  ['reluJacobian', () => reluJacobian(f(4), f(4)), 16, 4],
  ['reluBackward, dh', () => library.reluBackward(f(4), f(3), f(4)), 4, 3],
  ['reluBackward, dv', () => library.reluBackward(f(3), f(4), f(4)), 4, 3],
  ['softmaxForward', () => library.softmaxForward(f(3), f(K)), K, 3],
  ['softmaxJacobian', () => library.softmaxJacobian(f(K), f(K)), K * K, K],
  ['softmaxBackward, dydv', () => library.softmaxBackward(f(K), f(K), f(K)), K * K, K],
  ['softmaxBackward, dv', () => library.softmaxBackward(f(3), f(K * K), f(K)), K, 3],
  ['logLikelihoodForward', () => library.logLikelihoodForward(f(K), f(D)), K, D],
  ['logLikelihoodBackward, labels', () => library.logLikelihoodBackward(f(K), f(K), f(3)), K, 3],
  ['logLikelihoodBackward, dy', () => library.logLikelihoodBackward(f(3), f(K), f(K)), K, 3],
  ['softmaxLogLikelihoodForward', () => library.softmaxLogLikelihoodForward(f(K), f(3)), K, 3],
  [
    'softmaxLogLikelihoodBackward, labels',
    () => library.softmaxLogLikelihoodBackward(f(K), f(K), f(3)),
    K,
    3,
  ],
  [
    'softmaxLogLikelihoodBackward, dv',
    () => library.softmaxLogLikelihoodBackward(f(3), f(K), f(K)),
    K,
    3,
  ],
  ['reshapeForward', () => library.reshapeForward({ ...x, values: f(5) }), D, 5],
  ['reshapeBackward', () => library.reshapeBackward(f(5), 2, 3), D, 5],
  ['oneHot', () => library.oneHot(f(K), 2), '0 to 1', 2],
  ['parametersOf', () => library.parametersOf(f(K * D), shape), K * D + K, K * D],
  [
    'createNetwork',
    () => library.createNetwork({ ...shape, rows: 0 }, Float64Array),
    'from 1',
    '0×3',
  ],
  ['forward', () => library.forward(network, f(3)), K, 3],
  ['backward', () => library.backward(network, f(3)), K, 3],
  ['deriveForward, x', () => library.deriveForward(theta, { ...x, values: f(5) }), D, 5],
  [
    'derive, x of other sides',
    () => library.derive(theta, { rows: 1, columns: 5, values: f(5) }, f(K)),
    K * 5,
    K * D,
  ],
  ['derive, labels', () => library.derive(theta, x, f(3)), K, 3],
  [
    'checkGradients, x',
    () =>
      library.checkGradients(shape, theta.all, {
        x: { rows: 1, columns: 5, values: f(5) },
        labels: f(K),
      }),
    K * 5,
    K * D,
  ],
  ['relativeError', () => library.relativeError(f(4), f(3)), 4, 3],
  ['sgdStep, dtheta', () => library.sgdStep(f(4), f(3), f(4), 1, { ...library.DEFAULTS }), 4, 3],
  [
    'sgdStep, velocity',
    () => library.sgdStep(f(4), f(4), f(0), 1, { ...library.DEFAULTS, momentum: 0.9 }),
    4,
    0,
  ],
  ['pictureOf', () => library.pictureOf(new Uint8Array(5), shape), D, 5],
  [
    'predict',
    () => library.predict({ ...shape, parameters: theta.all }, [new Uint8Array(7)]),
    D,
    7,
  ],
  ['accuracy', () => library.accuracy(new Uint8Array(3), new Uint8Array(4)), 4, 3],
  ['perClassReport', () => library.perClassReport(new Uint32Array(3), K), '2×2', 3],
])('%s: sizes that do not fit', (_, call, expected, got) => {
  expect(call).toThrow(RangeError);
  expect(call).toThrow(new RegExp(`expected .*\\b${expected}\\b.*(got|found) ${got}`));
});

describe.each([
  ['reference', async () => library.createReferenceKernel(shape)],
  ['simd', () => library.createSimdKernel(shape)],
])('the %s kernel', (_, create) => {
  const images = { ...shape, count: 3, pixels: new Uint8Array(3 * D), labels: new Uint8Array(3) };
  const steps = {
    order: Uint32Array.of(0, 1, 2),
    batchSize: 2,
    learningRates: Float64Array.of(0.1, 0.1),
    momentum: 0,
    weightDecay: 0,
  };

  test('refuses what does not fit', async () => {
    const kernel = await create();
    const set = kernel.load(images);
    const calls: [() => unknown, string][] = [
      [
        () => kernel.load({ ...images, pixels: new Uint8Array(17) }),
        'pixels: expected 18 numbers, got 17',
      ],
      [
        () => kernel.load({ ...images, labels: new Uint8Array(2) }),
        'labels: expected 3 numbers, got 2',
      ],
      [
        () => kernel.load({ ...images, labels: Uint8Array.of(0, 2, 0) }),
        'label 1: expected 0 to 1, got 2',
      ],
      [
        () => kernel.train(set, { ...steps, learningRates: Float64Array.of(1) }),
        'learningRates: expected 2 numbers, got 1',
      ],
      [
        () =>
          kernel.train(set, {
            ...steps,
            order: Uint32Array.of(0, 3),
            learningRates: Float64Array.of(1),
          }),
        'order 1: expected 0 to 2, got 3',
      ],
      [() => kernel.evaluate(set, Uint32Array.of(9)), 'index 0: expected 0 to 2, got 9'],
      [() => kernel.setParameters(f(13)), 'parameters: expected 14 numbers, got 13'],
      [() => kernel.setVelocity(f(15)), 'velocity: expected 14 numbers, got 15'],
    ];
    for (const [call, message] of calls) expect(call).toThrow(new RangeError(message));
    expect(kernel.train(set, steps).losses.length).toBe(2);
    await kernel.close();
  });
});
