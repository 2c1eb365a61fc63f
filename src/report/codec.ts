/**
 * Pixels as text for the page's data block. Both directions stand here: the command line writes, the
 * page reads. Uses only what Node and browsers share.
 */
import { fromBase64, toBase64 } from '../base64.js';

/**
 * Pixels with every run of zeros as two bytes, 0 and its length (1 to 255), in base64. A digit of MNIST
 * is four fifths background: 784 bytes become about 250.
 */
export function encodePixels(pixels: Uint8Array): string {
  const bytes: number[] = [];
  for (let j = 0; j < pixels.length; j++) {
    bytes.push(pixels[j]!);
    if (pixels[j] !== 0) continue;
    let run = 1;
    while (run < 255 && pixels[j + 1] === 0) {
      run++;
      j++;
    }
    bytes.push(run);
  }
  return toBase64(Uint8Array.from(bytes));
}

/** The `length` pixels that `encodePixels` was given. */
export function decodePixels(text: string, length: number): Uint8Array {
  const pixels = new Uint8Array(length);
  const bytes = fromBase64(text);
  for (let at = 0, j = 0; at < bytes.length; at++) {
    if (bytes[at] === 0) j += bytes[++at]!;
    else pixels[j++] = bytes[at]!;
  }
  return pixels;
}
