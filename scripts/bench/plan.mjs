// What a run measures: tasks, each a peer with its work, in the order in which a round goes through them.

/**
 * @typedef {object} Task
 * @property {'agreement' | 'epoch' | 'batch' | 'count' | 'deep'} part
 * @property {string} peer
 * @property {number} threads
 * @property {number} batchSize
 * @property {number} hidden units of the hidden layer; 0: there is none
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
 * @property {Part} deep
 * @property {number} threadRounds
 * @property {import('./commands.mjs').Rounds} commandRounds
 * @property {string[]} skipped what the full run measures and this one does not
 */

const MNIST = 60_000;
const BATCH = 64;
/** Units of the hidden layer, and the batch that goes with it: the command's default. */
export const HIDDEN = 128;
export const DEEP_BATCH = 16;
/**
 * Images for those that would take minutes for an epoch, a hundred batches; with a hidden layer they are
 * few enough for all to agree as closely as without.
 */
export const FEW = 1_600;

/**
 * Batch 1 with a learning rate of 0.1 is unstable: the last bits of a sum grow into another model, and
 * no two peers agree.
 * @param {number} batchSize
 */
export const learningRate = (batchSize) => (batchSize === 1 ? 0.01 : 0.1);

/**
 * With a hidden layer that of the commands, plain a constant learning rate.
 * @param {Pick<Task, 'batchSize' | 'hidden'>} task
 */
export const recipe = ({ batchSize, hidden }) =>
  hidden > 0 ? { lr: 0.4, scheduleEpochs: 5 } : { lr: learningRate(batchSize) };

/**
 * @param {Task['part']} part @param {string[]} peers such as 'simd' (one and two threads) or 'simd 1'
 * @param {{ epochs: number, every?: number, batchSize?: number, images?: number, hidden?: number }} work
 * @returns {Task[]}
 */
function tasks(part, peers, { epochs, every = 1, batchSize = BATCH, images = MNIST, hidden = 0 }) {
  return peers.flatMap((name) => {
    const [peer, only] = name.split(' ');
    const threads = only ? [Number(only)] : [1, 2];
    return threads.map((t) => ({
      part,
      peer,
      threads: t,
      batchSize,
      hidden,
      images,
      epochs,
      every,
    }));
  });
}

/** Enough epochs for 240,000 images, so that every peer is warm. @param {number} images */
const enough = (images) => Math.max(3, Math.ceil(240_000 / images));

/** @returns {Plan} */
function full() {
  const fast = ['simd', 'native', 'numpy'];
  const slow = ['reference 1', 'sklearn', 'tfjs-wasm', 'tfjs-cpu 1'];
  const torch = ['pytorch', 'pytorch-closed'];
  const slowest = ['reference 1', 'tfjs-wasm', 'jax-js 1'];
  const deep = { hidden: HIDDEN, batchSize: DEEP_BATCH };
  return {
    agreement: {
      rounds: 1,
      tasks: [
        ...tasks('agreement', [...fast, ...torch, ...slow], { epochs: 1 }),
        ...tasks('agreement', [...fast, ...torch, 'sklearn', ...slowest], {
          ...deep,
          epochs: 1,
          images: FEW,
        }),
      ],
    },
    epoch: {
      rounds: 5,
      tasks: [
        ...tasks('epoch', fast, { epochs: 5 }),
        ...tasks('epoch', [...torch, 'sklearn'], { epochs: 3, every: 2 }),
        ...tasks('epoch', ['reference 1', 'tfjs-wasm', 'tfjs-cpu 1'], { epochs: 1, every: 4 }),
      ],
    },
    batch: {
      rounds: 3,
      tasks: [
        ...tasks('batch', ['simd', 'native'], { epochs: 2, batchSize: 1 }),
        ...tasks('batch', ['numpy'], { epochs: 2, batchSize: 1, every: 3 }),
        ...[DEEP_BATCH, 512, MNIST].flatMap((batchSize) => [
          ...tasks('batch', fast, { epochs: 3, batchSize }),
          ...tasks('batch', ['pytorch 1'], { epochs: 3, batchSize, every: 2 }),
        ]),
        ...tasks('batch', ['pytorch 2', 'pytorch-closed', 'sklearn'], {
          epochs: 3,
          batchSize: DEEP_BATCH,
          every: 2,
        }),
        ...tasks('batch', ['reference 1'], { epochs: 1, batchSize: DEEP_BATCH, every: 3 }),
        ...tasks('batch', ['tfjs-wasm', 'jax-js 1'], {
          epochs: 3,
          batchSize: DEEP_BATCH,
          images: FEW,
          every: 3,
        }),
      ],
    },
    count: {
      rounds: 2,
      tasks: [1_000, 3_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000].flatMap((images) =>
        tasks('count', ['simd', 'native 1'], { epochs: enough(images), images }),
      ),
    },
    deep: {
      rounds: 5,
      tasks: [
        ...tasks('deep', fast, { ...deep, epochs: 3 }),
        ...[1, 2].flatMap((threads) =>
          tasks(
            'deep',
            [...torch, 'sklearn'].map((peer) => `${peer} ${threads}`),
            { ...deep, epochs: 2, every: threads === 1 ? 3 : 5 },
          ),
        ),
        ...tasks('deep', slowest, { ...deep, epochs: 3, images: FEW, every: 5 }),
      ],
    },
    threadRounds: 60,
    commandRounds: { commands: 5, deep: 3, tryThreads: true, starts: 21, memory: 2 },
    skipped: [],
  };
}

/** About a minute. @returns {Plan} */
function quick() {
  const fast = ['simd', 'native', 'numpy'];
  const deep = { hidden: HIDDEN, batchSize: DEEP_BATCH };
  return {
    agreement: {
      rounds: 1,
      tasks: [
        ...tasks('agreement', [...fast, 'pytorch 1'], { epochs: 1 }),
        ...tasks('agreement', [...fast, 'reference 1'], { ...deep, epochs: 1, images: FEW }),
      ],
    },
    epoch: {
      rounds: 2,
      tasks: [
        ...tasks('epoch', fast, { epochs: 3 }),
        ...tasks('epoch', ['pytorch 1'], { epochs: 2, every: 2 }),
        ...tasks('epoch', ['reference 1'], { epochs: 1 }),
      ],
    },
    batch: {
      rounds: 1,
      tasks: [
        ...tasks('batch', ['simd'], { epochs: 2, batchSize: 1 }),
        ...[DEEP_BATCH, 512, MNIST].flatMap((batchSize) =>
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
    deep: { rounds: 1, tasks: tasks('deep', fast, { ...deep, epochs: 2 }) },
    threadRounds: 12,
    commandRounds: { commands: 2, deep: 1, tryThreads: false, starts: 5, memory: 1 },
    skipped: [
      'scikit-learn, TF.js, jax-js, PyTorch with the gradient by hand, with two threads or with a hidden layer',
      'NumPy with batch 1, or with two threads at other batches than 64; PyTorch at other batches than 64',
      'more than 60,000 images; scripts with a hidden layer and two threads',
    ],
  };
}

/** @param {boolean} isQuick */
export const plan = (isQuick) => (isQuick ? quick() : full());
