import type { Floats } from './floats.js';

/** A picture: rows × columns values, stored row by row. */
export interface Picture {
  readonly rows: number;
  readonly columns: number;
  readonly values: Floats;
}

/**
 * u = reshape(x): the rows of the picture, one behind the other, u[r·columns + c] = x[r][c].
 *
 * x rows × columns → u D. In memory both are the same numbers, so u is a view and nothing is copied.
 */
export function reshapeForward(x: Picture): Floats {
  return x.values;
}

/**
 * ∂L/∂x = reshape⁻¹(∂L/∂u): every pixel gets back the derivative of its component.
 *
 * du D → dx rows × columns, a view.
 */
export function reshapeBackward(du: Floats, rows: number, columns: number): Picture {
  return { rows, columns, values: du };
}
