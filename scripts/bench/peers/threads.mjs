// What a second thread gains: epochs of the kernel simd with one thread, with two, and twice at once with
// one each, in turn. The last share nothing, so they show what a second processor is worth here and now.
//   node scripts/bench/peers/threads.mjs [--rounds 40]

import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createSimdKernel, loadDataset, Random } from '../../../dist/src/index.js';
import { mnistData } from '../work.mjs';

/** @typedef {import('../../../dist/src/index.js').LabelledImages} LabelledImages */
/** @typedef {{ images: LabelledImages, turns: Int32Array }} Shared */

const BATCH = 64;
/** Rounds before those that count. */
const WARM_UP = 3;

/** A kernel that trains epoch after epoch. @param {LabelledImages} images @param {number} threads */
async function trainer(images, threads) {
  const kernel = await createSimdKernel(images, threads);
  const set = kernel.load(images);
  const random = new Random(1, 0);
  const order = Uint32Array.from({ length: images.count }, (_, i) => i);
  const learningRates = new Float64Array(Math.ceil(images.count / BATCH)).fill(0.1);
  return {
    shuffle: () => random.shuffle(order),
    epoch: () =>
      kernel.train(set, { order, batchSize: BATCH, learningRates, momentum: 0, weightDecay: 0 }),
  };
}

/** @param {() => void} work */
function milliseconds(work) {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}

async function main() {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '40' } } });
  const { train: images } = await loadDataset({ dataDir: mnistData });
  const one = await trainer(images, 1);
  const two = await trainer(images, 2);
  /** Turns announced to the other trainer, and turns that it has done. */
  const turns = new Int32Array(new SharedArrayBuffer(8));
  const other = new Worker(new URL(import.meta.url), { workerData: { images, turns } });
  await new Promise((ready) => other.once('message', ready));
  const twice = () => {
    const turn = Atomics.add(turns, 0, 1) + 1;
    Atomics.notify(turns, 0);
    one.epoch();
    while (Atomics.load(turns, 1) < turn);
  };
  const rounds = [];
  for (let round = 0; round < WARM_UP + Number(values.rounds); round++) {
    one.shuffle();
    two.shuffle();
    const ms = { one: 0, two: 0, twice: 0 };
    const kinds = /** @type {const} */ ([
      ['one', one.epoch],
      ['two', two.epoch],
      ['twice', twice],
    ]);
    for (let i = 0; i < kinds.length; i++) {
      const [name, work] = kinds[(i + round) % kinds.length];
      ms[name] = milliseconds(work);
    }
    if (round >= WARM_UP) rounds.push(ms);
  }
  console.log(JSON.stringify(rounds));
  process.exit();
}

/** @param {Shared} shared */
async function serve({ images, turns }) {
  const mine = await trainer(images, 1);
  mine.shuffle();
  mine.epoch();
  parentPort?.postMessage('ready');
  for (let turn = 0; ; turn++) {
    Atomics.wait(turns, 0, turn);
    mine.epoch();
    Atomics.store(turns, 1, turn + 1);
  }
}

if (isMainThread) await main();
else await serve(workerData);
