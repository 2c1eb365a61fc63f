// Goes through a plan's tasks in rounds, so that what slows a shared machine for a while slows all peers
// alike, and holds every result against the others that did the same work.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FEW, recipe } from './plan.mjs';
import { runPeer } from './run-peers.mjs';
import { MNIST_IMAGES, orderFile, repeatedData } from './work.mjs';

/** @typedef {import('./plan.mjs').Task} Task */
/** @typedef {Task & import('./run-peers.mjs').Result & { round: number }} Sample */
/** @typedef {{ work: string, lowest: Loss, highest: Loss, relative: number, tolerance: number, peers: string[] }} Agreement */
/** @typedef {{ peer: string, loss: number }} Loss */
/** @typedef {{ one: number, two: number, twice: number }} ThreadRound milliseconds, see peers/threads.mjs */

/** Relative. Measured: up to 7e-6 (batch 512, 5 epochs), from float32 sums in different orders. */
export const TOLERANCE = 1e-5;
/**
 * With a hidden layer, over more than some hundred steps: sooner or later rounding decides on which side
 * of ReLU's corner some v lies, and from there on the weights are others. Measured: up to 6e-2.
 */
export const DEEP_TOLERANCE = 0.25;
/** @param {Pick<Task, 'hidden' | 'images' | 'epochs'>} task */
export const toleranceOf = ({ hidden, images, epochs }) =>
  hidden > 0 && images * epochs > FEW ? DEEP_TOLERANCE : TOLERANCE;

/** @param {Pick<Task, 'hidden'>} task */
export const networkOf = ({ hidden }) => (hidden > 0 ? `784-${hidden}-10` : '784-10');

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
        const network = networkOf(task);
        log(
          `${part} ${round + 1}/${rounds}: ${peer}, ${threads} thr., ${network}, batch ${batchSize}, ${images} images`,
        );
        await this.#measure(task, round);
      }
    }
  }

  /** @param {Task} task @param {number} round */
  async #measure(task, round) {
    const { peer, threads, batchSize, images, epochs, hidden } = task;
    const repeats = Math.ceil(images / MNIST_IMAGES);
    const result = await runPeer(peer, {
      batchSize,
      epochs,
      threads,
      ...recipe(task),
      hidden,
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
  #compare(task, { testLoss: loss, parametersSha256 }) {
    const { peer, threads, batchSize, images, epochs } = task;
    const tolerance = toleranceOf(task);
    const work = `${networkOf(task)}, batch ${batchSize}, ${images} images, ${epochs} epochs`;
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
    this.agreements.set(work, { work, lowest, highest, relative, tolerance, peers });
    if (!(relative <= tolerance)) {
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
