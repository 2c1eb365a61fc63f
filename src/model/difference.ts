/** The first value in which two JSON texts of models differ. */
export interface Difference {
  /** Its place, such as `layers[1].weight[300]` or `metrics.test.loss`. */
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Compares two values of JSON in the order of their fields; undefined if they are equal. */
export function firstDifference(
  before: unknown,
  after: unknown,
  field = '',
): Difference | undefined {
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let at = 0; at < Math.max(before.length, after.length); at++) {
      const difference = firstDifference(before[at], after[at], `${field}[${at}]`);
      if (difference) return difference;
    }
    return undefined;
  }
  if (isObject(before) && isObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const place = field === '' ? name : `${field}.${name}`;
      const difference = firstDifference(before[name], after[name], place);
      if (difference) return difference;
    }
    return undefined;
  }
  return Object.is(before, after) ? undefined : { field, before, after };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
