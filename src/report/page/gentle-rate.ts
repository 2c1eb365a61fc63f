/** The step is to raise y of the label by this much, or by half of what it lacks to 1. */
const RISE = 0.1;
const HALVINGS = 60;
const REFINEMENTS = 10;

/**
 * A learning rate, to three significant digits, whose step is felt and breaks little: the training's is
 * meant for the mean of a batch, and on one picture alone it is a leap. Found by halving and bisection.
 *
 * @param yAfter y of the label after a step with this rate
 * @param most what it is where even this rate does not raise y so far
 */
export function gentleRate(yAfter: (rate: number) => number, most: number): number {
  const y = yAfter(0);
  const target = y + Math.min(RISE, (1 - y) / 2);
  let high = most;
  for (let n = 0; n < HALVINGS && yAfter(high / 2) > target; n++) high /= 2;
  if (!(yAfter(high) > target)) return most;
  let low = high / 2;
  for (let n = 0; n < REFINEMENTS; n++) {
    const middle = (low + high) / 2;
    if (yAfter(middle) > target) high = middle;
    else low = middle;
  }
  return Number(low.toPrecision(3));
}
