/**
 * Bytes as text for the page's data block. Both directions stand here: the command line writes, the
 * page reads. Uses only what Node and browsers share.
 */

/** Base64 of bytes. */
export function toBase64(bytes: Uint8Array): string {
  let characters = '';
  for (const byte of bytes) characters += String.fromCharCode(byte);
  return btoa(characters);
}

/** Bytes of base64. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

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

/** Base64 of little-endian float32, whatever the machine's own order. */
export function encodeFloats(values: Float32Array): string {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [at, value] of values.entries()) view.setFloat32(4 * at, value, true);
  return toBase64(new Uint8Array(view.buffer));
}

/** The floats of `encodeFloats`, in double precision. */
export function decodeFloats(text: string): Float64Array {
  const { buffer, byteLength } = fromBase64(text);
  const view = new DataView(buffer);
  return Float64Array.from({ length: byteLength / 4 }, (_, at) => view.getFloat32(4 * at, true));
}
