/** Bytes and float32 as base64, for a checkpoint and for the page. Only what Node and browsers share. */

/** Bytes turned into characters at once: a multiple of 3, so that the parts' base64 joins. */
const PART = 3 * 1024;

/** Base64 of bytes. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let from = 0; from < bytes.length; from += PART) {
    let characters = '';
    for (const byte of bytes.subarray(from, from + PART)) characters += String.fromCharCode(byte);
    text += btoa(characters);
  }
  return text;
}

/** Bytes of base64. @throws DOMException if it is not base64 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Base64 of little-endian float32, whatever the machine's own order. */
export function encodeFloats(values: Float32Array): string {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [at, value] of values.entries()) view.setFloat32(4 * at, value, true);
  return toBase64(new Uint8Array(view.buffer));
}

/** The floats of `encodeFloats`. @throws DOMException if it is not base64 */
export function decodeFloats(text: string): Float32Array {
  const { buffer, byteLength } = fromBase64(text);
  const view = new DataView(buffer);
  return Float32Array.from({ length: Math.floor(byteLength / 4) }, (_, at) =>
    view.getFloat32(4 * at, true),
  );
}
