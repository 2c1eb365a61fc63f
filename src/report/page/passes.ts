import { scalePixels, sgdStep } from '../../kernel/reference.js';
import type { Floats } from '../../layers/floats.js';
import {
  type ActivationGradients,
  type Activations,
  backward,
  backwardInput,
  backwardInSteps,
  createActivationGradients,
  createActivations,
  forward,
  inputsOf,
  type NetworkShape,
  oneHot,
  type Parameters,
  parameterCount,
  parametersOf,
} from '../../network.js';

/** One picture's way through the network and back, in double precision. */
export interface Passes {
  readonly labels: Floats;
  readonly activations: Activations;
  readonly L: number;
  /** ∂L/∂y, softmax's Jacobian, ∂L/∂v = labels − y, ∂L/∂u. */
  readonly d: ActivationGradients;
  /** ∂L/∂v as the Jacobian's product with ∂L/∂y. */
  readonly product: Floats;
  /** ∂L/∂W and ∂L/∂b. */
  readonly gradient: Parameters;
}

/** Runs the program's own layers over one picture of bytes. */
export function runPasses(
  parameters: Parameters,
  shape: NetworkShape,
  pixels: Uint8Array,
  label: number,
): Passes {
  const { rows, columns, classes } = shape;
  const values = new Float64Array(inputsOf(shape));
  scalePixels(values, pixels);
  const labels = oneHot(new Float64Array(classes), label);
  const activations = createActivations(shape, Float64Array);
  const d = createActivationGradients(shape, Float64Array);
  const gradient = parametersOf(new Float64Array(parameterCount(shape)), shape);
  const L = forward(parameters, { rows, columns, values }, labels, activations);
  backwardInSteps(gradient, activations, labels, d);
  const product = d.dv.slice();
  gradient.all.fill(0);
  backward(gradient, activations, labels, d);
  backwardInput(parameters, shape, d);
  return { labels, activations, L, d, product, gradient };
}

/** The parameters after one step of plain SGD on this picture alone; the given ones stay. */
export function afterStep(
  parameters: Parameters,
  shape: NetworkShape,
  gradient: Parameters,
  learningRate: number,
): Parameters {
  const all = Float64Array.from(parameters.all);
  const plain = { lr: learningRate, momentum: 0, weightDecay: 0 };
  sgdStep(all, gradient.all, new Float64Array(all.length), 1, plain);
  return parametersOf(all, shape);
}
