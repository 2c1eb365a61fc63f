import { BackpropError, ExitCode } from '../../errors.js';
import { checkGradients, GRADIENT_TOLERANCE, type GradientCheckRow } from '../../gradient-check.js';
import { type LabelledImages, sampleAt } from '../../images.js';
import type { Floats } from '../../layers/floats.js';
import { Random, Stream } from '../../random.js';
import { table } from '../../text/page.js';

/** Each image costs some tenths of a second: (4·K·D)² multiplications. */
const IMAGES = 2;

/**
 * Checks every derivative on the first training images, at the parameters that training starts from.
 * At W = 0, ∂L/∂u and ∂L/∂x are 0 whatever their formulas say, so there small random parameters take
 * their turn too.
 *
 * @param pause awaited between two images, so that a signal gets through
 * @returns a row per quantity, with its largest error over all of them
 */
export async function checkOnImages(
  images: LabelledImages,
  { initial, seed }: { initial: Floats; seed: number },
  pause: () => Promise<void>,
): Promise<GradientCheckRow[]> {
  const points: ArrayLike<number>[] = [initial];
  if (initial.every((value) => value === 0)) points.push(smallRandom(initial.length, seed));
  const worst: GradientCheckRow[] = [];
  for (let index = 0; index < Math.min(IMAGES, images.count); index++) {
    for (const parameters of points) {
      for (const [r, row] of checkGradients(
        images,
        parameters,
        sampleAt(images, index),
      ).entries()) {
        if (!(row.error <= (worst[r]?.error ?? -1))) worst[r] = row;
      }
      await pause();
    }
  }
  return worst;
}

/** The rows as a table: quantity, shape, largest relative error, verdict. */
export function gradientTable(rows: readonly GradientCheckRow[]): string[] {
  const cells = rows.map(({ quantity, shape, error, ok }) => [
    quantity,
    shape.join('×'),
    error.toExponential(1),
    ok ? 'right' : 'WRONG',
  ]);
  return [
    `Gradients against central differences (right: relative error ≤ ${GRADIENT_TOLERANCE})`,
    ...table([['quantity', 'shape', 'largest error', 'verdict'], ...cells]),
  ];
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
