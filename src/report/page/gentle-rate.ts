/** The step is to raise y of the label by this much, or by half of what it lacks to 1. */
const RISE = 0.1;
const DOUBLINGS = 20;
const REFINEMENTS = 10;

/**
 * A learning rate, to three significant digits, whose step is felt and breaks little: the training's is
 * meant for the mean of a batch, and on one picture alone it is a leap. Found by doubling and bisection,
 * from below: with hidden layers a step that is too large may lower y again.
 *
 * @param yAfter y of the label after a step with this rate
 * @param most the largest rate to try
 * @returns where none raises y so far, of those tried the one that raises it most
 */
export function gentleRate(yAfter: (rate: number) => number, most: number): number {
  const y = yAfter(0);
  const target = y + Math.min(RISE, (1 - y) / 2);
  let best = { rate: most / 2 ** DOUBLINGS, y };
  for (let n = DOUBLINGS; n >= 0; n--) {
    const rate = most / 2 ** n;
    const raised = yAfter(rate);
    if (raised > target) return bisected(yAfter, target, rate);
    if (raised > best.y) best = { rate, y: raised };
  }
  return Number(best.rate.toPrecision(3));
}

/** Between half of `high` and it, just below where y reaches the target. */
function bisected(yAfter: (rate: number) => number, target: number, high: number): number {
  let low = high / 2;
  for (let n = 0; n < REFINEMENTS; n++) {
    const middle = (low + high) / 2;
    if (yAfter(middle) > target) high = middle;
    else low = middle;
  }
  return Number(low.toPrecision(3));
}
