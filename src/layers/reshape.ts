import { assertLength, type Floats } from './floats.js';
import type { Layer } from './layer.js';

/** A picture: rows × columns values, stored row by row. */
export interface Picture<F extends Floats = Floats> {
  readonly rows: number;
  readonly columns: number;
  readonly values: F;
}

/**
 * u = reshape(x): the rows of the picture, one behind the other, u[r·columns + c] = x[r][c].
 *
 * x rows × columns → u D. In memory both are the same numbers, so u is a view and nothing is copied.
 */
export function reshapeForward<F extends Floats>(x: Picture<F>): F {
  assertLength('x', x.values, x.rows * x.columns);
  return x.values;
}

/**
 * ∂L/∂x = reshape⁻¹(∂L/∂u): every pixel gets back the derivative of its component.
 *
 * du D → dx rows × columns, a view.
 */
export function reshapeBackward<F extends Floats>(
  du: F,
  rows: number,
  columns: number,
): Picture<F> {
  assertLength('du', du, rows * columns);
  return { rows, columns, values: du };
}

/** Reshape as a layer of the chain. There every layer has an array of its own, so here u is a copy. */
export function reshape(rows: number, columns: number): Layer {
  return {
    type: 'reshape',
    inputs: rows * columns,
    outputs: rows * columns,
    parameters: [],
    forward: (u, x) => u.set(reshapeForward({ rows, columns, values: x })),
    backward: (dx, _, du) => dx?.set(reshapeBackward(du, rows, columns).values),
    initialise() {},
  };
}
