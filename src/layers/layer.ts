import type { Random } from '../random.js';
import type { Floats } from './floats.js';

/** How the weights begin; b is 0 in all. */
export type Initialisation = 'zeros' | 'xavier' | 'he';

/** A layer's own part of θ, or of ∂L/∂θ, as views; both empty where a layer has no parameters. */
export interface LayerParameters<F extends Floats = Floats> {
  readonly weight: F;
  readonly bias: F;
}

/**
 * A layer as the chain in `network.ts` sees it. Each member is one call of the formulas that stand
 * above it in the layer's file.
 */
export interface Layer {
  readonly type: 'reshape' | 'linear' | 'relu' | 'softmax';
  /** Numbers in, numbers out. */
  readonly inputs: number;
  readonly outputs: number;
  /** Its own parameters, in the order in which they lie in θ. */
  readonly parameters: readonly {
    readonly name: keyof LayerParameters;
    readonly shape: readonly number[];
  }[];
  /** input → output. */
  forward(output: Floats, input: Floats, parameters: LayerParameters): void;
  /**
   * ∂L/∂output → ∂L/∂input, and adds to ∂L/∂parameters.
   *
   * @param dinput filled if it is given; nobody needs it below the first layer with parameters
   * @param output what `forward` made of `input`
   */
  backward(
    dinput: Floats | undefined,
    dparameters: LayerParameters,
    doutput: Floats,
    input: Floats,
    output: Floats,
    parameters: LayerParameters,
  ): void;
  /** Fills the parameters, which are 0, for the first step. */
  initialise(parameters: LayerParameters, how: Initialisation, random: Random): void;
}
