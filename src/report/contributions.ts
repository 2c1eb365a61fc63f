import { deriveForward } from '../derivation.js';
import { firstImages, type LabelledImages, sampleAt } from '../images.js';
import { zerosLike } from '../layers/floats.js';
import { FORMULAS } from '../layers/index.js';
import { type NetworkShape, parametersOf } from '../network.js';

/** Pictures of the test set that the mean is taken over: a second's work for the largest page. */
export const MOST_PICTURES = 1000;

/**
 * What unit i of the first hidden layer adds to score k: the mean of h_i ∂v_k/∂h_i over the pictures.
 * With one hidden layer that is w²_{k,i} times the mean of h_i.
 *
 * A unit that no picture turns on has 0 in every row.
 *
 * @returns K × H row-major
 */
export function contributionsOf(
  model: NetworkShape & { readonly parameters: Float32Array },
  images: LabelledImages,
): Float32Array {
  const { linearBackwardInput, reluBackward } = FORMULAS;
  const { classes: K, hidden = [] } = model;
  const H = hidden[0]!;
  const parameters = parametersOf(Float64Array.from(model.parameters), model);
  const scores = parameters.linear.at(-1)!;
  const { count } = firstImages(images, MOST_PICTURES);
  const contributions = new Float64Array(K * H);
  for (let n = 0; n < count; n++) {
    const { hidden } = deriveForward(parameters, sampleAt(images, n).x);
    const { h } = hidden[0]!;
    for (let k = 0; k < K; k++) {
      // ∂v_k/∂h of the last hidden layer, and from there back to the first.
      const inputs = scores.weight.length / K;
      let dh = scores.weight.subarray(k * inputs, (k + 1) * inputs);
      for (let l = hidden.length - 1; l > 0; l--) {
        const dv = zerosLike(dh, dh.length);
        reluBackward(dv, dh, hidden[l]!.v);
        dh = zerosLike(dh, hidden[l - 1]!.h.length);
        linearBackwardInput(dh, dv, parameters.linear[l]!.weight);
      }
      for (let i = 0; i < H; i++) contributions[k * H + i]! += (h[i]! * dh[i]!) / count;
    }
  }
  return Float32Array.from(contributions);
}
