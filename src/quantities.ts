import type { Derivation } from './derivation.js';
import { inputsOf, type NetworkShape } from './network.js';

/** A quantity of the derivation: what every table, file and page calls it. */
export interface Quantity {
  /** Its field in the derivation, or in that of its hidden layer, and its name in JSON. */
  readonly key: QuantityKey;
  /** Which linear layer, from 0, where each has one of its own; the last is the derivation's own. */
  readonly layer?: number;
  /** As on the slides. */
  readonly sign: string;
  readonly formula: string;
  /** The formula in TeX. */
  readonly tex: string;
  /** Its sides; [] for a number. */
  shape(network: NetworkShape): readonly number[];
  /** Row by row. */
  values(derivation: Derivation): Float64Array;
}

export type QuantityKey =
  | ('u' | 'v' | 'h' | 'y' | 'L' | 'dL_dy' | 'dy_dv' | 'dL_dv_by_jacobian' | 'dL_dv')
  | ('dL_dh' | 'dL_du' | 'dL_db' | 'dL_dW' | 'dL_dx');

/** Without hidden layers: the seminar's, in its order. */
export const QUANTITIES: readonly Quantity[] = quantitiesOf(0);

/**
 * All quantities of a network with so many hidden layers, in the order in which they are derived. Then
 * letters carry their layer's number: v¹, h¹, W¹, … v².
 */
export function quantitiesOf(hiddenLayers: number): readonly Quantity[] {
  const last = hiddenLayers;
  const byClass = ({ classes }: NetworkShape) => [classes];
  const perLayer = Array.from({ length: last + 1 }, (_, l) => linearQuantities(l, last));
  const [v, tv] = letter('v', last, last);
  return [
    {
      key: 'u',
      sign: 'u',
      formula: 'u = reshape(x)',
      tex: String.raw`u = \operatorname{reshape}(x)`,
      shape: (network) => [inputsOf(network)],
      values: ({ u }) => u,
    },
    ...perLayer.flatMap(({ forward }) => forward),
    {
      key: 'y',
      sign: 'y',
      formula: `y = softmax(${v})`,
      tex: String.raw`y = \operatorname{Softmax}(${tv}), \qquad y_i = \frac{e^{${tv}_i}}{\sum_k e^{${tv}_k}}`,
      shape: byClass,
      values: ({ y }) => y,
    },
    {
      key: 'L',
      sign: 'L',
      formula: 'L = Σ labels_i log y_i',
      tex: String.raw`L = \sum_i \mathit{labels}_i \log y_i`,
      shape: () => [],
      values: ({ L }) => Float64Array.of(L),
    },
    {
      key: 'dL_dy',
      sign: '∂L/∂y',
      formula: '∂L/∂y = labels / y',
      tex: String.raw`${by('y_i')} = \frac{\mathit{labels}_i}{y_i}`,
      shape: byClass,
      values: ({ dL_dy }) => dL_dy,
    },
    {
      key: 'dy_dv',
      sign: `∂y/∂${v}`,
      formula: `∂y_i/∂${v}_j = y_i (1[i = j] − y_j)`,
      tex: String.raw`\frac{\partial y_i}{\partial ${tv}_j} = y_i \left( 1[i = j] - y_j \right)`,
      shape: ({ classes }) => [classes, classes],
      values: ({ dy_dv }) => dy_dv,
    },
    {
      key: 'dL_dv_by_jacobian',
      sign: `∂L/∂${v}`,
      formula: `∂L/∂${v} = (∂y/∂${v})ᵀ ∂L/∂y`,
      tex: String.raw`${by(tv)} = \left( \frac{\partial y}{\partial ${tv}} \right)^T ${by('y')}`,
      shape: byClass,
      values: (derivation) => derivation.dL_dv_by_jacobian,
    },
    {
      key: 'dL_dv',
      layer: last,
      sign: 'labels − y',
      formula: `∂L/∂${v} = labels − y`,
      tex: String.raw`${by(tv)} = \mathit{labels} - y`,
      shape: byClass,
      values: ({ dL_dv }) => dL_dv,
    },
    ...perLayer.reverse().flatMap(({ backward }) => backward),
    {
      key: 'dL_dx',
      sign: '∂L/∂x',
      formula: '∂L/∂x = reshape⁻¹(∂L/∂u)',
      tex: String.raw`${by('x')} = \operatorname{reshape}^{-1} \left( ${by('u')} \right)`,
      shape: ({ rows, columns }) => [rows, columns],
      values: ({ dL_dx }) => dL_dx.values,
    },
  ];
}

/** The row of a quantity of the seminar's network. */
export function quantityOf(key: QuantityKey): Quantity {
  return QUANTITIES.find((quantity) => quantity.key === key)!;
}

/** Of linear layer `l`, counted from 0: v and h on the way forward; on the way back by its input, b, W, v below. */
function linearQuantities(l: number, last: number): { forward: Quantity[]; backward: Quantity[] } {
  const [W, tW] = letter('W', l, last);
  const [b, tb] = letter('b', l, last);
  const [v, tv] = letter('v', l, last);
  // The layer's input: u, or the h below, which is numbered as its own layer.
  const [h, th] = l === 0 ? ['u', 'u'] : letter('h', l - 1, last);
  const [vBelow, tvBelow] = letter('v', l - 1, last);
  const outputs = ({ classes, hidden = [] }: NetworkShape): number => hidden[l] ?? classes;
  const inputs = (network: NetworkShape): number =>
    l === 0 ? inputsOf(network) : network.hidden![l - 1]!;
  const of = (derivation: Derivation) => derivation.hidden[l] ?? derivation;
  const forward: Quantity[] = [
    {
      key: 'v',
      layer: l,
      sign: v,
      formula: `${v} = ${W} ${h} + ${b}`,
      tex: String.raw`${tv} = ${tW} ${th} + ${tb}, \qquad ${tv}_i = \sum_j ${letter('w', l, last)[1]}_{i,j} ${th}_j + ${tb}_i`,
      shape: (network) => [outputs(network)],
      values: (derivation) => of(derivation).v,
    },
  ];
  if (l < last) {
    const [hOwn, thOwn] = letter('h', l, last);
    forward.push({
      key: 'h',
      layer: l,
      sign: hOwn,
      formula: `${hOwn} = ReLU(${v}) = max(0, ${v})`,
      tex: String.raw`${thOwn} = \operatorname{ReLU}(${tv}), \qquad ${thOwn}_i = \max(0, ${tv}_i)`,
      shape: (network) => [outputs(network)],
      values: (derivation) => derivation.hidden[l]!.h,
    });
  }
  const backward: Quantity[] = [
    {
      key: l === 0 ? 'dL_du' : 'dL_dh',
      layer: l === 0 ? undefined : l - 1,
      sign: `∂L/∂${h}`,
      formula: `∂L/∂${h} = ${W}ᵀ ∂L/∂${v}`,
      tex: String.raw`\frac{\partial ${tv}_i}{\partial ${th}_j} = ${letter('w', l, last)[1]}_{i,j} \;\Rightarrow\; ${by(th)} = ${transposed(tW)} ${by(tv)}`,
      shape: (network) => [inputs(network)],
      values: (derivation) => (l === 0 ? derivation.dL_du : derivation.hidden[l - 1]!.dL_dh),
    },
    {
      key: 'dL_db',
      layer: l,
      sign: `∂L/∂${b}`,
      formula: `∂L/∂${b} = ∂L/∂${v}`,
      tex: String.raw`\frac{\partial ${tv}_i}{\partial ${tb}_j} = 1[i = j] \;\Rightarrow\; ${by(tb)} = ${by(tv)}`,
      shape: (network) => [outputs(network)],
      values: (derivation) => of(derivation).dL_db,
    },
    {
      key: 'dL_dW',
      layer: l,
      sign: `∂L/∂${W}`,
      formula: `∂L/∂${W} = ∂L/∂${v} ${h}ᵀ`,
      tex: `${by(tW)} = ${by(tv)} ${transposed(th)}`,
      shape: (network) => [outputs(network), inputs(network)],
      values: (derivation) => of(derivation).dL_dW,
    },
  ];
  if (l > 0) {
    backward.push({
      key: 'dL_dv',
      layer: l - 1,
      sign: `∂L/∂${vBelow}`,
      formula: `∂L/∂${vBelow} = ∂L/∂${h} ⊙ 1[${vBelow} > 0]`,
      tex: String.raw`${by(tvBelow)} = ${by(th)} \odot 1[${tvBelow} > 0]`,
      shape: (network) => [inputs(network)],
      values: (derivation) => derivation.hidden[l - 1]!.dL_dv,
    });
  }
  return { forward, backward };
}

/** A letter with its layer's number, as text and in TeX; without hidden layers it has none. */
export function letter(name: string, l: number, last: number): [text: string, tex: string] {
  if (last === 0) return [name, name];
  return [name + '¹²³⁴⁵'.charAt(l), `{${name}^{${l + 1}}}`];
}

/** ∂L/∂quantity in TeX. */
function by(quantity: string): string {
  return String.raw`\frac{\partial L}{\partial ${quantity}}`;
}

function transposed(quantity: string): string {
  return quantity.startsWith('{') ? `${quantity}^{T}` : `${quantity}^T`;
}
