import { decodeFloats, fromBase64 } from '../../base64.js';
import { inputsOf, type NetworkShape, type Parameters, parametersOf } from '../../network.js';
import { decodePixels } from '../codec.js';
import { DATA_ELEMENT, type PageData, type PagePicture } from '../page-data.js';

/** What the page shows, decoded. */
export interface PageModel extends Omit<PageData, 'parameters' | 'contributions'> {
  readonly shape: NetworkShape;
  /** The saved model's, in double precision. Nothing in the page changes them. */
  readonly parameters: Parameters<Float64Array>;
  /** K × H, see `contributionsOf`; only with hidden layers. */
  readonly contributions: Float32Array | undefined;
}

/** Reads the page's data block. */
export function readPageModel(page: Document): PageModel {
  const data = JSON.parse(page.getElementById(DATA_ELEMENT)!.textContent!) as PageData;
  const parameters = Float64Array.from(decodeFloats(data.parameters));
  return {
    ...data,
    parameters: parametersOf(parameters, data.shape),
    contributions: data.contributions === undefined ? undefined : decodeFloats(data.contributions),
  };
}

/** D bytes, 0 to 255. */
export function pixelsOf({ shape }: PageModel, picture: PagePicture): Uint8Array {
  return decodePixels(picture.pixels, inputsOf(shape));
}

/** The first layer's weights as they were at the snapshot's epoch. */
export function weightsOf({ snapshots }: PageModel, at: number): Float64Array {
  const { scale, weight } = snapshots[at]!;
  return Float64Array.from(new Int8Array(fromBase64(weight).buffer), (byte) => scale * byte);
}
