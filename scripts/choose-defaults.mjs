// Chooses the defaults of learning rate, schedule and batch size on images held out of the training
// set: 10,000 of the 60,000, other ones for each of five seeds. The test set is looked at only after
// the choice, once, to report what the choice is worth.
// With --hidden a smaller grid, of networks with these hidden layers: some minutes.
// Run: npm run build && node scripts/choose-defaults.mjs [--hidden 128] [--epochs 5] [--threads 2]
import { parseArgs } from 'node:util';
import {
  accuracy,
  createSimdKernel,
  DEFAULTS,
  defaultInit,
  initialParameters,
  loadDataset,
  meanNegativeLogLikelihood,
  train,
} from '../dist/src/index.js';
import { percent } from '../dist/src/text/numbers.js';

/**
 * @typedef {import('../dist/src/index.js').Hyperparameters} Hyperparameters
 * @typedef {Pick<Hyperparameters, 'batchSize' | 'learningRate' | 'learningRateSchedule'>} Setting
 * @typedef {{ loss: number, accuracy: number }} Score
 */

const { values: flags } = parseArgs({
  options: {
    hidden: { type: 'string' },
    epochs: { type: 'string', default: String(DEFAULTS.epochs) },
    threads: { type: 'string', default: '1' },
  },
});
const HIDDEN = flags.hidden?.split(',').map(Number) ?? [];
const deep = HIDDEN.length > 0;
const BATCH_SIZES = deep ? [16, 32] : [8, 16, 32, 64, 128];
const LEARNING_RATES = deep
  ? [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
  : [0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0];
/** @type {Hyperparameters['learningRateSchedule'][]} */
const SCHEDULES = deep ? ['linear'] : ['constant', 'linear', 'cosine'];
const SEEDS = [1, 2, 3, 4, 5];
const EPOCHS = Number(flags.epochs);
const HELD_OUT = 1 / 6;

const data = await loadDataset({ name: 'mnist' });
const { rows, columns, classes } = data.train;
const shape = { rows, columns, classes, hidden: HIDDEN };
const kernel = await createSimdKernel(shape, Number(flags.threads));
const trainingSet = kernel.load(data.train);
const testSet = kernel.load(data.test);

console.log(
  `${deep ? `Hidden layers ${HIDDEN}. ` : ''}Held-out accuracy, mean of seeds ${SEEDS.join(', ')}; ${EPOCHS} epochs on 50,000`,
);
console.log(
  'images, evaluated on 10,000 others. In brackets: mean over a rate and its two neighbours.\n',
);
const best = choose(SCHEDULES.flatMap((schedule) => BATCH_SIZES.flatMap((n) => row(schedule, n))));
console.log(`\nBest with its neighbours: ${describe(best.setting)}`);

const scores = SEEDS.map((seed) => test(best.setting, seed));
console.log(`\nThat setting on all 60,000 images, evaluated on the test set:`);
for (const [at, score] of scores.entries()) console.log(`  seed ${SEEDS[at]}  ${show(score)}`);
console.log(`  mean    ${show(meanScore(scores))}`);
await kernel.close();

/**
 * Accuracies of one schedule and batch size for all learning rates, printed as one line.
 * @param {Hyperparameters['learningRateSchedule']} schedule
 * @param {number} batchSize
 */
function row(schedule, batchSize) {
  const settings = LEARNING_RATES.map((learningRate) => ({
    batchSize,
    learningRate,
    learningRateSchedule: schedule,
  }));
  const results = settings.map((setting) => {
    const score = meanScore(SEEDS.map((seed) => validate(setting, seed)));
    return { setting, accuracy: score.accuracy };
  });
  const smooth = results.map(({ setting, accuracy: own }, at) => {
    const [below, above] = [results[at - 1], results[at + 1]];
    // A rate at the edge of the grid has one neighbour, and may be a slope's foot: not eligible.
    const flat = below && above ? (below.accuracy + own + above.accuracy) / 3 : 0;
    return { setting, accuracy: own, flat };
  });
  if (batchSize === BATCH_SIZES[0]) {
    console.log(
      `${schedule.padEnd(9)}${LEARNING_RATES.map((r) => `lr ${r}`.padStart(19)).join('')}`,
    );
  }
  const cells = smooth.map(({ accuracy: own, flat }) => {
    const around = flat > 0 ? ` (${percent(flat)})` : '';
    return `${percent(own)}${around}`.padStart(19);
  });
  console.log(`batch ${String(batchSize).padStart(3)}${cells.join('')}`);
  return smooth;
}

/**
 * The setting that is best together with its neighbours: a flat region, not a lucky point.
 * @param {{ setting: Setting, flat: number }[]} results
 */
function choose(results) {
  return results.reduce((a, b) => (b.flat > a.flat ? b : a));
}

/**
 * @param {Setting} setting
 * @param {number} seed
 * @returns {Score}
 */
function validate(setting, seed) {
  const { validation } = run({ ...setting, seed, validation: HELD_OUT });
  if (!validation) throw new Error('nothing was held out');
  return validation;
}

/**
 * @param {Setting} setting
 * @param {number} seed
 * @returns {Score}
 */
function test(setting, seed) {
  const { parameters } = run({ ...setting, seed, validation: 0 });
  kernel.setParameters(parameters);
  const { predicted, logLikelihood } = kernel.evaluate(testSet);
  return {
    loss: meanNegativeLogLikelihood(logLikelihood),
    accuracy: accuracy(predicted, data.test.labels),
  };
}

/** @param {Setting & Pick<Hyperparameters, 'seed' | 'validation'>} options */
function run(options) {
  const init = defaultInit(HIDDEN);
  const rest = { epochs: EPOCHS, hidden: HIDDEN, init };
  kernel.setParameters(initialParameters(shape, { init, seed: options.seed }));
  const events = train(kernel, trainingSet, { ...DEFAULTS, ...rest, ...options });
  for (;;) {
    const step = events.next();
    if (step.done) return step.value;
  }
}

/** @param {Score[]} scores */
function meanScore(scores) {
  const sum = scores.reduce((a, b) => ({
    loss: a.loss + b.loss,
    accuracy: a.accuracy + b.accuracy,
  }));
  return { loss: sum.loss / scores.length, accuracy: sum.accuracy / scores.length };
}

/** @param {Setting} setting */
function describe({ batchSize, learningRate, learningRateSchedule: schedule }) {
  return `--batch-size ${batchSize} --lr ${learningRate} --lr-schedule ${schedule}`;
}

/** @param {Score} score */
function show(score) {
  return `${percent(score.accuracy)}, loss ${score.loss.toFixed(4)}`;
}
