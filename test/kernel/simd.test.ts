import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { createSimdKernel } from '../../src/kernel/simd.js';
import { startSimdThreads } from '../../src/kernel/simd-threads.js';
import type { NetworkShape } from '../../src/network.js';
import { DEFAULTS, initialParameters } from '../../src/sgd.js';
import { train } from '../../src/train.js';
import { finish } from '../cli/process.js';
import { mnist } from '../mnist.js';
import { hash, kernelContract, parameters, pictures, shuffled, steps } from './contract.js';
import { agreesWithTorch } from './torch.js';

describe.each([1, 2, 'auto'] as const)('the fast kernel with %s thread(s)', (threads) => {
  kernelContract((shape) => createSimdKernel(shape, threads), 1e-4);
  agreesWithTorch((shape) => createSimdKernel(shape, threads));
});

describe.each([
  { hidden: undefined, batchSize: 7 },
  { hidden: [40, 18], batchSize: 7 },
  { hidden: [20], batchSize: 70 },
])('the number of threads, hidden layers $hidden', async ({ hidden, batchSize }) => {
  const images = mnist?.train ?? pictures(2000, { rows: 9, columns: 11, classes: 5 });
  const shape: NetworkShape = { ...images, hidden };
  const two = await startSimdThreads(2);
  // One thread, then two, then one …: what `auto` does, without asking a clock.
  const alternating = { ...two, wanted: 1 };
  const kernels = [await createSimdKernel(shape, 1), await createSimdKernel(shape, 2)];
  const changing = await createSimdKernel(shape, alternating);
  afterAll(() => Promise.all([...kernels, changing].map((kernel) => kernel.close())));

  it.each([
    ['plain', {}],
    ['momentum and weight decay', { momentum: 0.9, weightDecay: 0.001 }],
  ])('changes no bit of the result, also when it changes on the way: %s', (_, more) => {
    const [one, ...others] = [...kernels, changing].map((kernel) => {
      const set = kernel.load(images);
      kernel.setParameters(parameters(shape, 0.1));
      kernel.setVelocity(new Float32Array(kernel.getParameters().length));
      const order = shuffled(2000);
      const losses = [];
      for (let part = 0; part < 2000; part += 100) {
        alternating.wanted = 3 - alternating.wanted;
        const work = steps(order.subarray(part, part + 100), batchSize, more);
        losses.push(...kernel.train(set, work).losses);
      }
      const { predicted, probability, logLikelihood } = kernel.evaluate(set);
      const trained = [Float64Array.from(losses), kernel.getParameters(), kernel.getVelocity()];
      return [...trained, predicted, probability, logLikelihood].map(hash);
    });
    for (const other of others) expect(other).toEqual(one);
  });
});

it('needs no more memory for 2,000 sets in turn than for two', async () => {
  const shape = { rows: 28, columns: 28, classes: 10 };
  const images = pictures(50, shape);
  const threads = await startSimdThreads(1);
  const kernel = await createSimdKernel(shape, threads);
  const evaluateOnce = () => {
    const set = kernel.load(images);
    kernel.evaluate(set);
    kernel.unload(set);
  };
  for (let turn = 0; turn < 2; turn++) evaluateOnce();
  const bytes = threads.memory.buffer.byteLength;
  for (let turn = 0; turn < 2000; turn++) evaluateOnce();
  expect(threads.memory.buffer.byteLength).toBe(bytes);
  await kernel.close();
});

it('comes to the same bits where threads have to wait for a processor and work alone', async () => {
  // Twice as many busy threads as processors: sooner or later one of the kernel's two has none.
  const busy = Array.from(
    { length: 2 * availableParallelism() },
    () => new Worker('for (;;);', { eval: true }),
  );
  onTestFinished(async () => void (await Promise.all(busy.map((worker) => worker.terminate()))));
  const images = pictures(2000, { rows: 20, columns: 20, classes: 10 });
  for (const hidden of [undefined, [40]]) {
    const shape: NetworkShape = { ...images, hidden };
    const threads = await startSimdThreads(2);
    const [one, two] = [await createSimdKernel(shape, 1), await createSimdKernel(shape, threads)];
    const sets = [one.load(images), two.load(images)];
    for (const kernel of [one, two]) kernel.setParameters(parameters(shape, 0.1));
    let alone = 0;
    for (let run = 0; alone < 2 && run < 1000; run++) {
      const work = steps(shuffled(2000), 16, { momentum: run % 2 ? 0.5 : 0 });
      const results = [one, two].map((kernel, k) => kernel.train(sets[k]!, work));
      alone += threads.exports.wasLeftAlone();
      expect(hash(results[1]!.losses)).toBe(hash(results[0]!.losses));
      expect(hash(two.getParameters() as Float32Array)).toBe(
        hash(one.getParameters() as Float32Array),
      );
    }
    expect(alone).toBe(2);
    await Promise.all([one.close(), two.close()]);
  }
});

// --hidden 16 --epochs 1: initial parameters and the order of images by seed 1.
it.runIf(mnist).each([1, 2])(
  'trains 784-16-10 to its golden bits, with %s thread(s)',
  async (n) => {
    const shape: NetworkShape = { rows: 28, columns: 28, classes: 10, hidden: [16] };
    const hyperparameters = { ...DEFAULTS, init: 'he', epochs: 1 } as const;
    const kernel = await createSimdKernel(shape, n);
    kernel.setParameters(initialParameters(shape, hyperparameters));
    const training = train(kernel, kernel.load(mnist!.train), hyperparameters);
    while (!training.next().done);
    expect(hash(kernel.getParameters() as Float32Array)).toBe(
      'c5408b8d0384beed54c7c8bdba3768860c8747fc883ced3b14da8c4702a919fc',
    );
    await kernel.close();
  },
);

describe('where the fast kernel cannot start, an error says what helps', () => {
  const start = (command: string, args: string[]) =>
    finish(spawn(command, args, { cwd: fileURLToPath(new URL('../../', import.meta.url)) }));
  const script =
    "import('./dist/src/kernel/simd.js')" +
    '.then((module) => module.createSimdKernel({ rows: 1, columns: 1, classes: 2 }))' +
    ".then((kernel) => kernel.close().then(() => console.log('started')))" +
    '.catch(({ code, message, hint }) => console.log(code, message, hint))';

  it('without WebAssembly', async () => {
    const { stdout } = await start(process.execPath, ['--jitless', '-e', script]);
    expect(stdout).toContain('ERR_USAGE the fast kernel needs WebAssembly');
    expect(stdout).toContain('--kernel reference');
  });

  it.runIf(process.platform === 'linux')('under ulimit -v', async () => {
    const node = `ulimit -v 8000000; exec "$0" -e "$1"`;
    const limited = (code: string) => start('sh', ['-c', node, process.execPath, code]);
    const { stdout } = await limited(script);
    // From Node 24 on such a limit makes V8 check bounds, and set no addresses aside.
    const memory = 'new WebAssembly.Memory({ initial: 2, maximum: 65536, shared: true })';
    if ((await limited(memory)).code === 0) return expect(stdout).toBe('started\n');
    expect(stdout).toContain('ERR_USAGE the fast kernel cannot set aside the addresses');
    expect(stdout).toContain('ulimit -v');
  });
});
