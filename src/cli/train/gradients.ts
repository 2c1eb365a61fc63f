import { BackpropError, ExitCode } from '../../errors.js';
import { checkGradients, GRADIENT_TOLERANCE, type GradientCheckRow } from '../../gradient-check.js';
import { firstImages, type LabelledImages, sampleAt } from '../../images.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { Floats } from '../../layers/floats.js';
import { Random, Stream } from '../../random.js';
import { table } from '../../text/page.js';

/** Each check takes some tenths of a second, with hidden layers about one. */
const IMAGES = 2;

/** Steps before one more check: cs231n's advice, since the start may hide a mistake. */
const BURN_IN = { steps: 50, batchSize: 16, learningRate: 0.1 };

/**
 * Checks every derivative on the first training images: at the parameters that training starts from, and
 * after some steps of SGD. At W = 0, ∂L/∂u and ∂L/∂x are 0 whatever their formulas say, so there small
 * random parameters take their turn too.
 *
 * @param kernel trains the steps; its parameters are changed
 * @param pause awaited between two checks, so that a signal gets through
 * @returns a row per quantity, with its largest error over all of them
 */
export async function checkOnImages(
  kernel: Kernel,
  images: LabelledImages,
  { initial, seed }: { initial: Floats; seed: number },
  pause: () => Promise<void>,
): Promise<GradientCheckRow[]> {
  const points: ArrayLike<number>[] = [initial, burnIn(kernel, images, initial)];
  if (initial.every((value) => value === 0)) points.push(smallRandom(initial.length, seed));
  let worst: GradientCheckRow[] | undefined;
  for (let index = 0; index < Math.min(IMAGES, images.count); index++) {
    for (const parameters of points) {
      const rows = checkGradients(kernel.shape, parameters, sampleAt(images, index));
      worst = worst?.map((row, r) => worstOf(row, rows[r]!)) ?? rows;
      await pause();
    }
  }
  return worst!;
}

/** The parameters after some dozens of steps from `initial`, on the first images. */
function burnIn(kernel: Kernel, images: LabelledImages, initial: Floats): Floats {
  const { steps, batchSize, learningRate } = BURN_IN;
  const few = firstImages(images, steps * batchSize);
  const set = kernel.load(few);
  kernel.setParameters(initial);
  kernel.train(set, {
    order: Uint32Array.from({ length: steps * batchSize }, (_, n) => n % few.count),
    batchSize,
    learningRates: new Float64Array(steps).fill(learningRate),
    momentum: 0,
    weightDecay: 0,
  });
  kernel.unload(set);
  return kernel.getParameters();
}

/** Of two checks of one quantity: the larger error, all that was left out. */
function worstOf(a: GradientCheckRow, b: GradientCheckRow): GradientCheckRow {
  return {
    ...a,
    error: Math.max(a.error, b.error),
    ok: a.ok && b.ok,
    entries: Math.min(a.entries, b.entries),
    directions: Math.min(a.directions, b.directions),
    leftOut: a.leftOut + b.leftOut,
  };
}

/** The rows as a table: quantity, shape, how much was checked, largest relative error, verdict. */
export function gradientTable(rows: readonly GradientCheckRow[]): string[] {
  const cells = rows.map((row) => [
    row.quantity,
    row.shape.join('×'),
    checkedInWords(row),
    row.error.toExponential(1),
    row.ok ? 'right' : 'WRONG',
  ]);
  const { steps, batchSize, learningRate } = BURN_IN;
  return [
    `Gradients against central differences (right: relative error ≤ ${GRADIENT_TOLERANCE}),`,
    `at the start and after ${steps} SGD steps (batch ${batchSize}, lr ${learningRate}), on ${IMAGES} images`,
    ...table([['quantity', 'shape', 'checked', 'largest error', 'verdict'], ...cells]),
  ];
}

/** `all`, or `200 + 10 directions`; and how many lay at a kink of ReLU. */
function checkedInWords({ entries, directions, leftOut }: GradientCheckRow): string {
  const checked = directions > 0 ? `${entries} + ${directions} directions` : 'all';
  return leftOut > 0 ? `${checked} − ${leftOut} at kinks` : checked;
}
/** @throws BackpropError (exit 1) naming the quantities that are wrong */
export function assertGradients(rows: readonly GradientCheckRow[]): void {
  const wrong = rows.filter((row) => !row.ok);
  if (wrong.length === 0) return;
  const list = wrong.map(({ quantity, error }) => `${quantity} (${error.toExponential(1)})`);
  throw new BackpropError(
    `wrong gradient: ${list.join(', ')}; expected a relative error of at most ${GRADIENT_TOLERANCE}`,
    {
      code: 'ERR_GRADIENT',
      exitCode: ExitCode.unexpected,
      hint: 'not trained; look at the backward function of the first quantity named',
    },
  );
}

/** Uniform in ±0.1: large enough to tell a wrong ∂L/∂u, small enough for no y_i to vanish. */
function smallRandom(count: number, seed: number): Float64Array {
  const random = new Random(seed, Stream.sample);
  return Float64Array.from({ length: count }, () => 0.2 * random.uniform() - 0.1);
}
