// What a run measures: tasks, each a peer with its work, in the order in which a round goes through them.

/**
 * @typedef {object} Task
 * @property {'agreement' | 'epoch' | 'batch' | 'count'} part
 * @property {string} peer
 * @property {number} threads
 * @property {number} batchSize
 * @property {number} images in an epoch
 * @property {number} epochs timed in one process; only peers with equally many can be compared
 * @property {number} every 2: only in every second round
 */
/** @typedef {{ tasks: Task[], rounds: number }} Part */
/**
 * @typedef {object} Plan
 * @property {Part} agreement
 * @property {Part} epoch
 * @property {Part} batch
 * @property {Part} count
 * @property {number} threadRounds
 * @property {{ commands: number, starts: number, memory: number }} commandRounds
 * @property {string[]} skipped what the full run measures and this one does not
 */

const MNIST = 60_000;
const BATCH = 64;

/**
 * Batch 1 with a learning rate of 0.1 is unstable: the last bits of a sum grow into another model, and
 * no two peers agree.
 * @param {number} batchSize
 */
export const learningRate = (batchSize) => (batchSize === 1 ? 0.01 : 0.1);

/**
 * @param {Task['part']} part @param {string[]} peers such as 'simd' (one and two threads) or 'simd 1'
 * @param {{ epochs: number, every?: number, batchSize?: number, images?: number }} work
 * @returns {Task[]}
 */
function tasks(part, peers, { epochs, every = 1, batchSize = BATCH, images = MNIST }) {
  return peers.flatMap((name) => {
    const [peer, only] = name.split(' ');
    const threads = only ? [Number(only)] : [1, 2];
    return threads.map((t) => ({ part, peer, threads: t, batchSize, images, epochs, every }));
  });
}

/** Enough epochs for 240,000 images, so that every peer is warm. @param {number} images */
const enough = (images) => Math.max(3, Math.ceil(240_000 / images));

/** @returns {Plan} */
function full() {
  const fast = ['simd', 'native', 'numpy'];
  const slow = ['reference 1', 'sklearn', 'tfjs-wasm', 'tfjs-cpu 1'];
  const torch = ['pytorch', 'pytorch-closed'];
  return {
    agreement: {
      rounds: 1,
      tasks: tasks('agreement', [...fast, ...torch, ...slow], { epochs: 1 }),
    },
    epoch: {
      rounds: 7,
      tasks: [
        ...tasks('epoch', fast, { epochs: 5 }),
        ...tasks('epoch', torch, { epochs: 3 }),
        ...tasks('epoch', ['sklearn'], { epochs: 3, every: 2 }),
        ...tasks('epoch', ['reference 1', 'tfjs-wasm', 'tfjs-cpu 1'], { epochs: 1, every: 3 }),
      ],
    },
    batch: {
      rounds: 5,
      tasks: [
        ...tasks('batch', ['simd', 'native'], { epochs: 2, batchSize: 1 }),
        ...tasks('batch', ['numpy'], { epochs: 2, batchSize: 1, every: 2 }),
        ...[16, 512, MNIST].flatMap((batchSize) => [
          ...tasks('batch', fast, { epochs: 3, batchSize }),
          ...tasks('batch', ['pytorch 1'], { epochs: 3, batchSize, every: 2 }),
        ]),
      ],
    },
    count: {
      rounds: 3,
      tasks: [1_000, 3_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000].flatMap((images) =>
        tasks('count', ['simd', 'native 1'], { epochs: enough(images), images }),
      ),
    },
    threadRounds: 100,
    commandRounds: { commands: 7, starts: 21, memory: 3 },
    skipped: [],
  };
}

/** Under a minute. @returns {Plan} */
function quick() {
  const fast = ['simd', 'native', 'numpy'];
  return {
    agreement: { rounds: 1, tasks: tasks('agreement', [...fast, 'pytorch 1'], { epochs: 1 }) },
    epoch: {
      rounds: 2,
      tasks: [
        ...tasks('epoch', fast, { epochs: 3 }),
        ...tasks('epoch', ['pytorch 1'], { epochs: 2 }),
      ],
    },
    batch: {
      rounds: 1,
      tasks: [
        ...tasks('batch', ['simd', 'native 1'], { epochs: 2, batchSize: 1 }),
        ...[16, 512, MNIST].flatMap((batchSize) =>
          tasks('batch', ['simd', 'native 1', 'numpy 1'], { epochs: 2, batchSize }),
        ),
      ],
    },
    count: {
      rounds: 1,
      tasks: [1_000, 10_000, 60_000].flatMap((images) =>
        tasks('count', ['simd'], { epochs: enough(images), images }),
      ),
    },
    threadRounds: 12,
    commandRounds: { commands: 2, starts: 5, memory: 1 },
    skipped: [
      'the kernel reference, scikit-learn, TF.js, PyTorch with the gradient by hand or with two threads',
      'NumPy with batch 1, or with two threads at other batches than 64; PyTorch at other batches than 64',
      'more than 60,000 images',
    ],
  };
}

/** @param {boolean} isQuick */
export const plan = (isQuick) => (isQuick ? quick() : full());
