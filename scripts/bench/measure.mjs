// Goes through a plan's tasks in rounds, so that what slows a shared machine for a while slows all peers
// alike, and holds every result against the others that did the same work.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { learningRate } from './plan.mjs';
import { runPeer } from './run-peers.mjs';
import { MNIST_IMAGES, orderFile, repeatedData } from './work.mjs';

/** @typedef {import('./plan.mjs').Task} Task */
/** @typedef {Task & import('./run-peers.mjs').Result & { round: number }} Sample */
/** @typedef {{ work: string, lowest: Loss, highest: Loss, relative: number, peers: string[] }} Agreement */
/** @typedef {{ peer: string, loss: number }} Loss */
/** @typedef {{ one: number, two: number, twice: number }} ThreadRound milliseconds, see peers/threads.mjs */

/** Relative. Measured: up to 7e-6 (batch 512, 5 epochs), from float32 sums in different orders. */
export const TOLERANCE = 1e-5;

export class Measurements {
  /** @type {Sample[]} */
  samples = [];
  /** Who could not be run, and why. @type {Map<string, string>} */
  absent = new Map();
  /** @type {Map<string, Agreement>} */
  agreements = new Map();
  /** Of our kernels, by kernel and work. @type {Map<string, string>} */
  #hashes = new Map();

  /** @param {import('./plan.mjs').Part} part @param {(text: string) => void} log */
  async run({ tasks, rounds }, log) {
    for (let round = 0; round < rounds; round++) {
      for (const task of tasks) {
        if (round % task.every !== 0 || this.absent.has(task.peer)) continue;
        const { part, peer, threads, batchSize, images } = task;
        log(
          `${part} ${round + 1}/${rounds}: ${peer}, ${threads} thr., batch ${batchSize}, ${images} images`,
        );
        await this.#measure(task, round);
      }
    }
  }

  /** @param {Task} task @param {number} round */
  async #measure(task, round) {
    const { peer, threads, batchSize, images, epochs } = task;
    const repeats = Math.ceil(images / MNIST_IMAGES);
    const result = await runPeer(peer, {
      batchSize,
      epochs,
      threads,
      lr: learningRate(batchSize),
      orderFile: orderFile(images, epochs),
      dataDir: repeats > 1 ? repeatedData(repeats) : undefined,
    });
    if ('absent' in result) {
      const ours = peer === 'simd' || peer === 'reference';
      if (ours || result.absent.startsWith('failed')) throw new Error(`${peer}: ${result.absent}`);
      this.absent.set(peer, result.absent);
      return;
    }
    this.#compare(task, result);
    this.samples.push({ ...result, ...task, round });
  }

  /** @param {Task} task @param {import('./run-peers.mjs').Result} result */
  #compare({ peer, threads, batchSize, images, epochs }, { testLoss: loss, parametersSha256 }) {
    const work = `batch ${batchSize}, ${images} images, ${epochs} epochs`;
    if (parametersSha256) {
      const key = `${peer}, ${work}`;
      const first = this.#hashes.get(key) ?? parametersSha256;
      this.#hashes.set(key, first);
      if (first !== parametersSha256)
        throw new Error(`not the same bits with other threads: ${key}`);
    }
    const mine = { peer: `${peer}, threads: ${threads}`, loss };
    const before = this.agreements.get(work) ?? { lowest: mine, highest: mine, peers: [] };
    const lowest = loss < before.lowest.loss ? mine : before.lowest;
    const highest = loss > before.highest.loss ? mine : before.highest;
    const relative = highest.loss / lowest.loss - 1;
    const peers = [...new Set([...before.peers, peer])];
    this.agreements.set(work, { work, lowest, highest, relative, peers });
    if (!(relative <= TOLERANCE)) {
      throw new Error(
        `the same work, but not the same test loss (${work}): ` +
          `${lowest.peer}: ${lowest.loss}; ${highest.peer}: ${highest.loss}; new: ${mine.peer}: ${loss}`,
      );
    }
  }
}

/** @param {number} rounds @param {(text: string) => void} log @returns {ThreadRound[]} */
export function measureThreads(rounds, log) {
  log(`one thread, two threads, and one thread twice at once: ${rounds} epochs in turn`);
  const program = fileURLToPath(new URL('peers/threads.mjs', import.meta.url));
  return JSON.parse(
    execFileSync(process.execPath, [program, '--rounds', `${rounds}`], { encoding: 'utf8' }),
  );
}
