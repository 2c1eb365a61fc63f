// Numbers in, numbers out.

/** @param {readonly number[]} values at least one */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}

/** @typedef {{ median: number, quartiles: [number, number], low: number, high: number, count: number }} Summary */

/** @param {readonly number[]} values at least one @returns {Summary} */
export function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.ceil(sorted.length / 2);
  return {
    median: median(sorted),
    quartiles: [median(sorted.slice(0, half)), median(sorted.slice(-half))],
    low: Math.min(...values),
    high: Math.max(...values),
    count: values.length,
  };
}

/**
 * How many times as large `a` is as `b`: the quotient within each round that has both, so that what
 * slows a shared machine for some rounds cancels out.
 * @param {ReadonlyMap<number, number>} a round → value @param {ReadonlyMap<number, number>} b
 * @returns {Summary | undefined} undefined without a common round
 */
export function ratio(a, b) {
  const quotients = [...a].flatMap(([round, value]) => {
    const other = b.get(round);
    return other === undefined ? [] : [value / other];
  });
  return quotients.length > 0 ? summary(quotients) : undefined;
}

/** The exponent p of y = c · xᵖ, by least squares of log y on log x. @param {[number, number][]} points */
export function exponent(points) {
  const x = points.map((point) => Math.log(point[0]));
  const y = points.map((point) => Math.log(point[1]));
  /** @param {number[]} values */
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const mx = mean(x);
  const my = mean(y);
  const covariance = x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0);
  return covariance / x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
}

/**
 * a and b of y = a + b · x, by least squares of the relative deviation.
 * @param {[number, number][]} points
 */
export function line(points) {
  let [w, wx, wxx, wy, wxy] = [0, 0, 0, 0, 0];
  for (const [x, y] of points) {
    const weight = 1 / y ** 2;
    w += weight;
    wx += weight * x;
    wxx += weight * x * x;
    wy += weight * y;
    wxy += weight * x * y;
  }
  const determinant = w * wxx - wx * wx;
  return { a: (wy * wxx - wxy * wx) / determinant, b: (w * wxy - wx * wy) / determinant };
}
