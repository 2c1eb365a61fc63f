import type { Explanation } from '../../explain/explanation.js';
import type { Why } from '../../explain/why.js';

/**
 * Every quantity under the name that `test/fixtures/gradients.json` gives it, matrices row by row.
 * What is not a finite number is null, as JSON.stringify writes it; so is all that needs a label
 * where there is none.
 */
export function explanationJson(explanation: Explanation): object {
  const { shape, x, W, b, u, v, y, dydv, predicted, way } = explanation;
  const list = (values: ArrayLike<number> | undefined) => values && Array.from(values);
  const quantities = {
    x: list(x.values),
    W: list(W),
    b: list(b),
    u: list(u),
    v: list(v),
    y: list(y),
    L: way?.L ?? null,
    dL_dy: list(way?.dy) ?? null,
    dy_dv: list(dydv),
    dL_dv: list(way?.dv) ?? null,
    dL_dv_by_jacobian: list(way?.dvByJacobian) ?? null,
    dL_du: list(way?.du) ?? null,
    dL_db: list(way?.db) ?? null,
    dL_dW: list(way?.dw) ?? null,
    dL_dx: list(way?.dx.values) ?? null,
  };
  const { check = null, step = null } = way ?? {};
  const label = way?.label ?? null;
  return { event: 'explanation', ...shape, label, predicted, ...quantities, check, step };
}

export function whyJson(why: Why, label: number | undefined): object {
  return { event: 'why', label: label ?? null, ...why, pixels: Array.from(why.pixels) };
}
