import { decodeFloats } from '../../base64.js';
import { inputsOf, type NetworkShape, type Parameters, parametersOf } from '../../network.js';
import { decodePixels } from '../codec.js';
import type { PageData, PagePicture } from '../page-data.js';
import { DATA } from './data.js';

/** What the page shows, decoded. */
export interface PageModel extends Omit<PageData, 'words' | 'parameters' | 'contributions'> {
  readonly shape: NetworkShape;
  /** The saved model's, in double precision. Nothing in the page changes them. */
  readonly parameters: Parameters<Float64Array>;
  /** K × H, see `contributionsOf`; only with hidden layers. */
  readonly contributions: Float32Array | undefined;
}

/** Decodes the page's data block. */
export function readPageModel(): PageModel {
  const { shape, contributions } = DATA;
  const parameters = Float64Array.from(decodeFloats(DATA.parameters));
  return {
    ...DATA,
    parameters: parametersOf(parameters, shape),
    contributions: contributions === undefined ? undefined : decodeFloats(contributions),
  };
}

/** D bytes, 0 to 255. */
export function pixelsOf({ shape }: PageModel, picture: PagePicture): Uint8Array {
  return decodePixels(picture.pixels, inputsOf(shape));
}
