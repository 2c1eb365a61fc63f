import { type Floats, zerosLike } from './layers/floats.js';
import { FORMULAS, type Formulas, type LayerParameters } from './layers/index.js';
import { type Picture, reshapeBackward, reshapeForward } from './layers/reshape.js';
import type { Parameters } from './network.js';

/**
 * The slide: every quantity of one picture, written out by hand in the seminar's order. Training runs
 * the same formulas as a chain of layers (`network.ts`), and a test says that the two agree.
 */

/** From the picture to the probabilities: what needs no label. */
export interface ForwardDerivation<F extends Floats = Float64Array> {
  /** rows × columns. */
  readonly x: Picture<F>;
  /** D. */
  readonly u: F;
  /** v¹ and h¹, v² and h², …: H scores and H outputs of each hidden layer; none in the seminar's network. */
  readonly hidden: readonly { readonly v: F; readonly h: F }[];
  /** K scores. */
  readonly v: F;
  /** K probabilities. */
  readonly y: F;
  /** K × K, row i = y_i, column j = v_j. */
  readonly dy_dv: F;
}

/** What a hidden layer of H units has besides, behind a layer of D numbers. */
export interface HiddenDerivation<F extends Floats = Float64Array> {
  /** H. */
  readonly v: F;
  readonly h: F;
  readonly dL_dh: F;
  readonly dL_dv: F;
  readonly dL_db: F;
  /** H × D row-major. */
  readonly dL_dW: F;
}

/** L, and every derivative of L. */
export interface Derivation<F extends Floats = Float64Array> extends ForwardDerivation<F> {
  readonly hidden: readonly HiddenDerivation<F>[];
  /** In nats. */
  readonly L: number;
  /** K. Infinite, and 0/0 beside it, where y underflows. */
  readonly dL_dy: F;
  /** K: the Jacobian's product with ∂L/∂y. */
  readonly dL_dv_by_jacobian: F;
  /** K: labels − y, the same multiplied out, and finite whatever y is. All below is made of it. */
  readonly dL_dv: F;
  /** D. */
  readonly dL_du: F;
  /** K. */
  readonly dL_db: F;
  /** K × D row-major; behind a hidden layer K × H. */
  readonly dL_dW: F;
  /** rows × columns. */
  readonly dL_dx: Picture<F>;
}

/** x → u → v → y, with v¹ → h¹ → v² → … between, and softmax's Jacobian. */
export function deriveForward<F extends Floats>(
  { linear }: Parameters<F>,
  x: Picture<F>,
  formulas: Formulas = FORMULAS,
): ForwardDerivation<F> {
  const { linearForward, reluForward, softmaxForward, softmaxJacobian } = formulas;

  const u = reshapeForward(x);

  const hidden: { v: F; h: F }[] = [];
  let h = u;
  for (const { weight: W, bias: b } of linear.slice(0, -1)) {
    const v = zerosLike(u, b.length);
    linearForward(v, h, W, b);
    h = zerosLike(u, b.length);
    reluForward(h, v);
    hidden.push({ v, h });
  }

  const { weight: W, bias: b } = linear.at(-1)!;
  const K = b.length;
  const v = zerosLike(u, K);
  linearForward(v, h, W, b);

  const y = zerosLike(u, K);
  softmaxForward(y, v);

  const dy_dv = zerosLike(u, K * K);
  softmaxJacobian(dy_dv, y);

  return { x, u, hidden, v, y, dy_dv };
}

/**
 * The whole derivation of one picture: forward to L, and back step by step.
 *
 * @param labels K, one-hot
 * @param formulas with a mistake in them, to study it
 */
export function derive<F extends Floats>(
  parameters: Parameters<F>,
  x: Picture<F>,
  labels: F,
  formulas: Formulas = FORMULAS,
): Derivation<F> {
  const { logLikelihoodBackward, softmaxBackward, softmaxLogLikelihoodBackward } = formulas;
  const { linear } = parameters;
  const forward = deriveForward(parameters, x, formulas);
  const { u, v, y, dy_dv } = forward;
  const K = v.length;

  // L = Σ_i labels_i log y_i, from v: finite also where y underflows.
  const L = formulas.softmaxLogLikelihoodForward(v, labels);

  const dL_dy = zerosLike(u, K);
  logLikelihoodBackward(dL_dy, y, labels);

  const dL_dv_by_jacobian = zerosLike(u, K);
  softmaxBackward(dL_dv_by_jacobian, dy_dv, dL_dy);

  const dL_dv = zerosLike(u, K);
  softmaxLogLikelihoodBackward(dL_dv, y, labels);

  // The last linear layer, whose input is u, or with hidden layers the last h.
  const inputs = [u, ...forward.hidden.map(({ h }) => h)];
  const last = linear.length - 1;
  const { dL_db, dL_dW, ...below } = deriveLinear(linear[last]!, inputs[last]!, dL_dv, formulas);
  let { dL_du } = below;

  // Each hidden layer from L's side: its h was the input of the layer above.
  const hidden: HiddenDerivation<F>[] = [];
  for (let l = last - 1; l >= 0; l--) {
    const { v, h } = forward.hidden[l]!;
    const dL_dh = dL_du;

    const dL_dv = zerosLike(u, v.length);
    formulas.reluBackward(dL_dv, dL_dh, v);

    const { dL_db, dL_dW, ...below } = deriveLinear(linear[l]!, inputs[l]!, dL_dv, formulas);
    hidden.unshift({ v, h, dL_dh, dL_dv, dL_db, dL_dW });
    dL_du = below.dL_du;
  }

  const dL_dx = reshapeBackward(dL_du, x.rows, x.columns);

  return { ...forward, hidden, L, dL_dy, dL_dv_by_jacobian, dL_dv, dL_du, dL_db, dL_dW, dL_dx };
}

/** Back through one linear layer, v = W u + b. */
function deriveLinear<F extends Floats>(
  { weight: W, bias: b }: LayerParameters<F>,
  u: F,
  dL_dv: F,
  { linearBackwardInput, linearBackwardBias, linearBackwardWeight }: Formulas,
): { dL_du: F; dL_db: F; dL_dW: F } {
  const dL_du = zerosLike(u, u.length);
  linearBackwardInput(dL_du, dL_dv, W);

  const dL_db = zerosLike(b, b.length);
  linearBackwardBias(dL_db, dL_dv);

  const dL_dW = zerosLike(W, W.length);
  linearBackwardWeight(dL_dW, dL_dv, u);

  return { dL_du, dL_db, dL_dW };
}
