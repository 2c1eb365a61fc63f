import { type Floats, zerosLike } from './layers/floats.js';
import { FORMULAS, type Formulas } from './layers/index.js';
import { type Picture, reshapeBackward, reshapeForward } from './layers/reshape.js';
import { inputsOf, type NetworkShape, type Parameters } from './network.js';

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
  /** K scores. */
  readonly v: F;
  /** K probabilities. */
  readonly y: F;
  /** K × K, row i = y_i, column j = v_j. */
  readonly dy_dv: F;
}

/** L, and every derivative of L. */
export interface Derivation<F extends Floats = Float64Array> extends ForwardDerivation<F> {
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
  /** K × D row-major. */
  readonly dL_dW: F;
  /** rows × columns. */
  readonly dL_dx: Picture<F>;
}

/** x → u → v → y, and softmax's Jacobian. */
export function deriveForward<F extends Floats>(
  { weight: W, bias: b }: Parameters<F>,
  x: Picture<F>,
  formulas: Formulas = FORMULAS,
): ForwardDerivation<F> {
  const { linearForward, softmaxForward, softmaxJacobian } = formulas;
  const K = b.length;

  const u = reshapeForward(x);

  const v = zerosLike(u, K);
  linearForward(v, u, W, b);

  const y = zerosLike(u, K);
  softmaxForward(y, v);

  const dy_dv = zerosLike(u, K * K);
  softmaxJacobian(dy_dv, y);

  return { x, u, v, y, dy_dv };
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
  const { linearBackwardInput, linearBackwardBias, linearBackwardWeight } = formulas;
  const forward = deriveForward(parameters, x, formulas);
  const { u, v, y, dy_dv } = forward;
  const { weight: W } = parameters;
  const K = v.length;
  const D = u.length;

  // L = Σ_i labels_i log y_i, from v: finite also where y underflows.
  const L = formulas.softmaxLogLikelihoodForward(v, labels);

  const dL_dy = zerosLike(u, K);
  logLikelihoodBackward(dL_dy, y, labels);

  const dL_dv_by_jacobian = zerosLike(u, K);
  softmaxBackward(dL_dv_by_jacobian, dy_dv, dL_dy);

  const dL_dv = zerosLike(u, K);
  softmaxLogLikelihoodBackward(dL_dv, y, labels);

  const dL_du = zerosLike(u, D);
  linearBackwardInput(dL_du, dL_dv, W);

  const dL_db = zerosLike(u, K);
  linearBackwardBias(dL_db, dL_dv);

  const dL_dW = zerosLike(u, K * D);
  linearBackwardWeight(dL_dW, dL_dv, u);

  const dL_dx = reshapeBackward(dL_du, x.rows, x.columns);

  return { ...forward, L, dL_dy, dL_dv_by_jacobian, dL_dv, dL_du, dL_db, dL_dW, dL_dx };
}

/** A quantity of the derivation: what every table, file and page calls it. */
export interface Quantity {
  /** Its field in {@link Derivation} and its name in JSON. */
  readonly key: Exclude<keyof Derivation, 'x'>;
  /** As on the slides. */
  readonly sign: string;
  readonly formula: string;
  /** The formula in TeX. */
  readonly tex: string;
  /** Its sides; [] for a number. */
  shape(network: NetworkShape): readonly number[];
}

const byClass = ({ classes }: NetworkShape): number[] => [classes];

/** In the seminar's order. */
export const QUANTITIES: readonly Quantity[] = [
  {
    key: 'u',
    sign: 'u',
    formula: 'u = reshape(x)',
    tex: String.raw`u = \operatorname{reshape}(x)`,
    shape: (network) => [inputsOf(network)],
  },
  {
    key: 'v',
    sign: 'v',
    formula: 'v = W u + b',
    tex: String.raw`v = W u + b, \qquad v_i = \sum_j w_{i,j} u_j + b_i`,
    shape: byClass,
  },
  {
    key: 'y',
    sign: 'y',
    formula: 'y = softmax(v)',
    tex: String.raw`y = \operatorname{Softmax}(v), \qquad y_i = \frac{e^{v_i}}{\sum_k e^{v_k}}`,
    shape: byClass,
  },
  {
    key: 'L',
    sign: 'L',
    formula: 'L = Σ labels_i log y_i',
    tex: String.raw`L = \sum_i \mathit{labels}_i \log y_i`,
    shape: () => [],
  },
  {
    key: 'dL_dy',
    sign: '∂L/∂y',
    formula: '∂L/∂y = labels / y',
    tex: String.raw`\frac{\partial L}{\partial y_i} = \frac{\mathit{labels}_i}{y_i}`,
    shape: byClass,
  },
  {
    key: 'dy_dv',
    sign: '∂y/∂v',
    formula: '∂y_i/∂v_j = y_i (1[i = j] − y_j)',
    tex: String.raw`\frac{\partial y_i}{\partial v_j} = y_i \left( 1[i = j] - y_j \right)`,
    shape: ({ classes }) => [classes, classes],
  },
  {
    key: 'dL_dv_by_jacobian',
    sign: '∂L/∂v',
    formula: '∂L/∂v = (∂y/∂v)ᵀ ∂L/∂y',
    tex: String.raw`\frac{\partial L}{\partial v} = \left( \frac{\partial y}{\partial v} \right)^T \frac{\partial L}{\partial y}`,
    shape: byClass,
  },
  {
    key: 'dL_dv',
    sign: 'labels − y',
    formula: '∂L/∂v = labels − y',
    tex: String.raw`\frac{\partial L}{\partial v} = \mathit{labels} - y`,
    shape: byClass,
  },
  {
    key: 'dL_du',
    sign: '∂L/∂u',
    formula: '∂L/∂u = Wᵀ ∂L/∂v',
    tex: String.raw`\frac{\partial v_i}{\partial u_j} = w_{i,j} \;\Rightarrow\; \frac{\partial L}{\partial u} = W^T \frac{\partial L}{\partial v}`,
    shape: (network) => [inputsOf(network)],
  },
  {
    key: 'dL_db',
    sign: '∂L/∂b',
    formula: '∂L/∂b = ∂L/∂v',
    tex: String.raw`\frac{\partial v_i}{\partial b_j} = 1[i = j] \;\Rightarrow\; \frac{\partial L}{\partial b} = \frac{\partial L}{\partial v}`,
    shape: byClass,
  },
  {
    key: 'dL_dW',
    sign: '∂L/∂W',
    formula: '∂L/∂W = ∂L/∂v uᵀ',
    tex: String.raw`\frac{\partial L}{\partial W} = \frac{\partial L}{\partial v} u^T`,
    shape: (network) => [network.classes, inputsOf(network)],
  },
  {
    key: 'dL_dx',
    sign: '∂L/∂x',
    formula: '∂L/∂x = reshape⁻¹(∂L/∂u)',
    tex: String.raw`\frac{\partial L}{\partial x} = \operatorname{reshape}^{-1} \left( \frac{\partial L}{\partial u} \right)`,
    shape: ({ rows, columns }) => [rows, columns],
  },
];

/** The row of a quantity. */
export function quantityOf(key: Quantity['key']): Quantity {
  return QUANTITIES.find((quantity) => quantity.key === key)!;
}
