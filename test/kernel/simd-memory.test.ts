import asc from 'assemblyscript/asc';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernel } from '../../src/kernel/kernel.js';
import { createSimdKernel } from '../../src/kernel/simd.js';
import type { SimdExports } from '../../src/kernel/simd-module.js';
import { imports } from '../../src/kernel/simd-threads.js';
import type { NetworkShape } from '../../src/network.js';
import { parameters, pictures, shuffled, steps } from './contract.js';

// The module built with assertions: new memory is full of NaN, and behind every block lie bytes that
// nobody may change.

let module: WebAssembly.Module;

beforeAll(async () => {
  const built: Uint8Array<ArrayBuffer>[] = [];
  const { error, stderr } = await asc.main(
    ['--config', 'src/kernel/assembly/asconfig.json', '--target', 'debug'],
    { writeFile: (_, bytes) => void built.push(Uint8Array.from(Buffer.from(bytes))) },
  );
  expect(error, stderr.toString()).toBeNull();
  module = await WebAssembly.compile(built[0]!);
}, 120_000);

interface Debug {
  readonly kernel: Kernel;
  readonly exports: SimdExports;
  readonly memory: WebAssembly.Memory;
}

async function debugKernel(shape: NetworkShape): Promise<Debug> {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 65_536, shared: true });
  const exports = new WebAssembly.Instance(module, imports(memory)).exports as SimdExports;
  const kernel = await createSimdKernel(shape, {
    memory,
    exports,
    wanted: 1,
    ready: () => 1,
    start() {},
    close: async () => {},
  });
  return { kernel, exports, memory };
}

describe.each<Pick<NetworkShape, 'classes' | 'hidden'>>([
  { classes: 10 },
  { classes: 11 },
  { classes: 256 },
  { classes: 10, hidden: [1] },
  { classes: 3, hidden: [17, 33] },
  { classes: 40, hidden: [16, 5, 1, 50] },
])('the memory of a network of $classes classes and hidden layers $hidden', (layers) => {
  const shape = { rows: 7, columns: 9, ...layers };

  it.each([
    [1, {}],
    [7, { weightDecay: 0.01 }],
    [64, { momentum: 0.9 }],
    [130, {}],
    [150, { momentum: 0.9, weightDecay: 0.01 }],
  ])(
    'is whole after batches of %s, %o, and what was never written is never used',
    async (batchSize, more) => {
      const { kernel, exports } = await debugKernel(shape);
      const judge = await createSimdKernel(shape, 1);
      const [expected, actual] = [judge, kernel].map((k) => {
        const losses = [];
        k.setParameters(parameters(shape, 0.3));
        for (const [count, fill] of [
          [150, () => 255],
          [149, undefined],
          [150, undefined],
        ] as const) {
          const set = k.load(pictures(count, shape, fill));
          const work = steps(shuffled(count), Math.min(batchSize, count), more);
          losses.push(...k.train(set, work).losses, ...k.evaluate(set).logLikelihood);
          k.unload(set);
        }
        return [losses, k.getParameters(), k.getVelocity()];
      });
      expect(exports.damagedBlock()).toBe(0);
      expect(actual).toEqual(expected);
    },
  );
});

it('a byte written behind a block is found', async () => {
  const { exports, memory } = await debugKernel({ rows: 2, columns: 2, classes: 2 });
  const address = exports.allocate(100);
  exports.allocate(100);
  new Uint8Array(memory.buffer)[address + 99] = 0;
  expect(exports.damagedBlock()).toBe(0);
  new Uint8Array(memory.buffer)[address + 100] = 0;
  expect(exports.damagedBlock()).toBe(address);
});

it('blocks given back are used again, and the memory shrinks to what is in use', async () => {
  const { exports } = await debugKernel({ rows: 2, columns: 2, classes: 2 });
  const [a, b, c] = [1000, 2000, 3000].map((bytes) => exports.allocate(bytes));
  exports.free(a!);
  exports.free(b!);
  // Two holes side by side are one, of which what is left over is a hole again.
  expect(exports.allocate(2500)).toBe(a);
  const rest = exports.allocate(100);
  expect(rest).toBeGreaterThan(a!);
  expect(rest).toBeLessThan(c!);
  for (const address of [a!, c!, rest]) exports.free(address);
  expect(exports.allocate(100_000)).toBe(a);
  expect(exports.damagedBlock()).toBe(0);
});
