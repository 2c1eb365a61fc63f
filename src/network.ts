import { assertLength, type Floats, type FloatsConstructor, view } from './layers/floats.js';
import {
  FORMULAS,
  type Formulas,
  type Layer,
  type LayerParameters,
  linear,
  relu,
  reshape,
  softmax,
} from './layers/index.js';

/**
 * The network as a machine: a chain of layers over one flat θ, run forward and backward by two short
 * loops. `derivation.ts` writes the same out by hand, letter by letter.
 *
 * Sign: L is a log-likelihood, so training raises it. The gradients here are those of L; gradient
 * descent works on −L and changes the sign there (`sgd.ts`).
 */

/** x → Reshape → u → [Linear → v → ReLU → h]* → Linear → v → Softmax → y → log-likelihood → L. */
export interface NetworkShape {
  readonly rows: number;
  readonly columns: number;
  /** K, the number of classes. */
  readonly classes: number;
  /** H, the units of each hidden layer from the picture's side; none: the seminar's own network. */
  readonly hidden?: readonly number[];
}

/** D = rows × columns. */
export function inputsOf(shape: Pick<NetworkShape, 'rows' | 'columns'>): number {
  return shape.rows * shape.columns;
}

/** @throws RangeError unless all sides are whole numbers from 1 */
export function assertShape({ rows, columns, classes, hidden = [] }: NetworkShape): void {
  if (
    [rows, columns, classes, ...hidden].every((side) => Number.isSafeInteger(side) && side >= 1)
  ) {
    return;
  }
  const found = `${rows}×${columns} pixels, hidden [${hidden}], ${classes} classes`;
  throw new RangeError(`network: expected whole numbers from 1, got ${found}`);
}

/** The layers of a network, from the picture's side. */
export function layersOf(shape: NetworkShape, formulas: Formulas = FORMULAS): readonly Layer[] {
  const { rows, columns, classes, hidden = [] } = shape;
  const layers = [reshape(rows, columns)];
  let inputs = inputsOf(shape);
  for (const units of hidden) {
    layers.push(linear(inputs, units, formulas), relu(units, formulas));
    inputs = units;
  }
  return [...layers, linear(inputs, classes, formulas), softmax(classes, formulas)];
}

/** How many numbers θ has: without hidden layers K·D + K. */
export function parameterCount(shape: NetworkShape): number {
  let count = 0;
  for (const { parameters } of layersOf(shape)) for (const p of parameters) count += size(p.shape);
  return count;
}

/** All of the network's parameters, or their gradient, or their velocity: one flat array and its parts. */
export interface Parameters<F extends Floats = Floats> {
  /** From the picture's side: W¹ row by row, b¹, W² row by row, b², … */
  readonly all: F;
  /** Of each layer of the chain, views into `all`. */
  readonly layers: readonly LayerParameters<F>[];
  /** Of each linear layer: W¹ and b¹, W² and b², …; without hidden layers W and b alone. */
  readonly linear: readonly LayerParameters<F>[];
}

/** Views `all` layer by layer. @throws RangeError unless it has `parameterCount` numbers */
export function parametersOf<F extends Floats>(all: F, shape: NetworkShape): Parameters<F> {
  assertLength('parameters', all, parameterCount(shape));
  let first = 0;
  const layers = layersOf(shape).map(({ parameters }) => {
    const views = { weight: view(all, first, first), bias: view(all, first, first) };
    for (const { name, shape } of parameters) {
      views[name] = view(all, first, first + size(shape));
      first += size(shape);
    }
    return views;
  });
  return { all, layers, linear: layers.filter(({ weight }) => weight.length > 0) };
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** A network set up to run one image after another: its parameters and all buffers. */
export interface Network<F extends Floats = Floats> {
  readonly shape: NetworkShape;
  readonly formulas: Formulas;
  readonly layers: readonly Layer[];
  /** θ, and Σ ∂L/∂θ over the images since it was last set to 0. */
  readonly theta: Parameters<F>;
  readonly dtheta: Parameters<F>;
  /** x, row by row, and the output of each layer: u, v, y. */
  readonly x: F;
  readonly outputs: readonly F[];
  /** ∂L/∂ each of them. */
  readonly dx: F;
  readonly doutputs: readonly F[];
}

/** A network with all parameters 0. @throws RangeError unless all sides are whole numbers from 1 */
export function createNetwork<F extends Floats>(
  shape: NetworkShape,
  FloatArray: FloatsConstructor<F>,
  formulas: Formulas = FORMULAS,
): Network<F> {
  assertShape(shape);
  const layers = layersOf(shape, formulas);
  const count = parameterCount(shape);
  return {
    shape,
    formulas,
    layers,
    theta: parametersOf(new FloatArray(count), shape),
    dtheta: parametersOf(new FloatArray(count), shape),
    x: new FloatArray(inputsOf(shape)),
    outputs: layers.map(({ outputs }) => new FloatArray(outputs)),
    dx: new FloatArray(inputsOf(shape)),
    doutputs: layers.map(({ outputs }) => new FloatArray(outputs)),
  };
}

/** v, the scores that softmax takes. */
export function scoresOf<F extends Floats>({ outputs }: Network<F>): F {
  return outputs[outputs.length - 2]!;
}

/** y, the probabilities. */
export function probabilitiesOf<F extends Floats>({ outputs }: Network<F>): F {
  return outputs[outputs.length - 1]!;
}

/**
 * The forward pass of `network.x`: each layer makes of its input its output.
 *
 * labels K one-hot → L in nats, Σ_i labels_i log y_i, straight from the scores.
 *
 * @param from the first layer to run; those before it have been, or their outputs have been set
 */
export function forward(network: Network, labels: Floats, from = 0): number {
  const { layers, theta, outputs, formulas } = network;
  let input = from === 0 ? network.x : outputs[from - 1]!;
  for (let l = from; l < layers.length; l++) {
    layers[l]!.forward(outputs[l]!, input, theta.layers[l]!);
    input = outputs[l]!;
  }
  return formulas.softmaxLogLikelihoodForward(scoresOf(network), labels);
}

/**
 * The backward pass as training runs it: from ∂L/∂v = labels − y back to the first layer with
 * parameters. Adds this image's ∂L/∂θ to `network.dtheta`.
 */
export function backward(network: Network, labels: Floats): void {
  startBackward(network, labels);
  backwardThrough(
    network,
    network.layers.findIndex(({ parameters }) => parameters.length > 0),
  );
}

/** The same, and on to ∂L/∂x in `network.dx`: how L would change with the picture. */
export function backwardToInput(network: Network, labels: Floats): void {
  startBackward(network, labels);
  backwardThrough(network, -1);
}

/** Softmax and log-likelihood together: their product needs no division, see `log-likelihood.ts`. */
function startBackward(network: Network, labels: Floats): void {
  const dv = network.doutputs[network.layers.length - 2]!;
  network.formulas.softmaxLogLikelihoodBackward(dv, probabilitiesOf(network), labels);
}

/** Every layer below softmax gives back the derivative by its input; that of layer `last`, nobody needs. */
function backwardThrough(network: Network, last: number): void {
  const { layers, theta, dtheta, outputs, doutputs } = network;
  for (let l = layers.length - 2; l >= Math.max(0, last); l--) {
    const [input, dinput] = l > 0 ? [outputs[l - 1]!, doutputs[l - 1]!] : [network.x, network.dx];
    const [parameters, dparameters] = [theta.layers[l]!, dtheta.layers[l]!];
    const wanted = l === last ? undefined : dinput;
    layers[l]!.backward(wanted, dparameters, doutputs[l]!, input, outputs[l]!, parameters);
  }
}
