import { deriveForward } from './derivation.js';
import { pictureOf } from './images.js';
import { argmax, type Floats } from './layers/floats.js';
import { type NetworkShape, parametersOf } from './network.js';

/** A model's answer for one picture. */
export interface Prediction {
  /** The class with the largest score; the lowest of those if several share it. */
  readonly predicted: number;
  /** y, one number for each class. */
  readonly probabilities: readonly number[];
}

/**
 * The model's answers for pictures, in their order: each through the network in double precision. For
 * thousands of pictures with labels a kernel's `evaluate` is faster.
 *
 * @param model a saved one, or any network and its parameters
 * @param pictures rows × columns bytes each, 0 background to 255 ink: `pixels` of what `readPicture` and
 *   `normalise` give, `pixelsAt(images, n)` of a data set
 * @throws RangeError if a picture, or the parameters, are not of the model's size
 */
export function predict(
  model: NetworkShape & { readonly parameters: Floats },
  pictures: Iterable<Uint8Array>,
): Prediction[] {
  const parameters = parametersOf(Float64Array.from(model.parameters), model);
  return Array.from(pictures, (pixels) => {
    const { v, y } = deriveForward(parameters, pictureOf(pixels, model));
    return { predicted: argmax(v), probabilities: [...y] };
  });
}
