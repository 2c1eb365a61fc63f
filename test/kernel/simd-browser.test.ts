import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createSimdKernel as createForNode } from '../../src/kernel/simd.js';
import type { createSimdKernel } from '../../src/kernel/simd-browser.js';
import { hash, kernelContract, parameters, pictures, shuffled, steps } from './contract.js';

// The build is tested, which has the module in it; `npm run build` comes before.
const library = new URL('../../dist/src/browser.js', import.meta.url);
const { createSimdKernel: create }: { createSimdKernel: typeof createSimdKernel } = await import(
  library.href
);

describe('the fast kernel for pages', () => {
  kernelContract(create, 1e-4);

  it.each([undefined, [40, 18]])(
    'gives the bits of the one for Node, hidden layers %s',
    async (hidden) => {
      const shape = { rows: 9, columns: 11, classes: 5, ...(hidden && { hidden }) };
      const images = pictures(300, shape);
      const [page, node] = await Promise.all(
        [create, createForNode].map(async (make) => {
          const kernel = await make(shape);
          kernel.setParameters(parameters(shape, 0.3));
          const { losses } = kernel.train(
            kernel.load(images),
            steps(shuffled(300), 16, { momentum: 0.9 }),
          );
          return [hash(losses), hash(Float32Array.from(kernel.getParameters()))];
        }),
      );
      expect(page).toEqual(node);
    },
  );

  it('takes a memory that is not shared, and nothing to wait for other threads by', () => {
    const path = new URL('../../dist/src/kernel/simd-browser.wasm', import.meta.url);
    const module = new WebAssembly.Module(readFileSync(path));
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 65_536 });
    const imports = { env: { memory }, memory: { outOfMemory() {} } };
    expect(() => new WebAssembly.Instance(module, imports)).not.toThrow();
  });
});
