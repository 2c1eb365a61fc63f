import { fromBase64 } from '../base64.js';
import type { NetworkShape } from '../network.js';
import type { Kernel } from './kernel.js';
import { SimdKernel } from './simd-kernel.js';
import { COMPLAINTS, MAX_PAGES, type SimdExports } from './simd-module.js';

/** The module built for one thread, in base64: `scripts/build-browser.mjs` puts it here. */
declare const SIMD_WASM: string;

/**
 * The fast kernel in a page, or wherever else there is WebAssembly with SIMD: one thread and a memory of its
 * own, so no page needs cross-origin isolation. The same bits as in Node. A page whose
 * Content-Security-Policy restricts scripts must allow 'wasm-unsafe-eval'.
 */
export async function createSimdKernel(shape: NetworkShape): Promise<Kernel> {
  const module = await WebAssembly.compile(fromBase64(SIMD_WASM));
  const memory = new WebAssembly.Memory({ initial: 2, maximum: MAX_PAGES });
  const { exports } = await WebAssembly.instantiate(module, {
    env: { memory },
    memory: COMPLAINTS,
  });
  return new SimdKernel(shape, {
    memory,
    exports: exports as SimdExports,
    wanted: 1,
    ready: () => 1,
    start() {},
    close: async () => {},
  });
}
