import { workerData } from 'node:worker_threads';
import type { SimdExports } from './simd-module.js';
import { imports, type ThreadData } from './simd-threads.js';

// A further thread of the fast kernel: the same module over the same memory, told what to do through it.
const { module, memory, thread } = workerData as ThreadData;
const { serve } = new WebAssembly.Instance(module, imports(memory)).exports as SimdExports;
serve(thread);
