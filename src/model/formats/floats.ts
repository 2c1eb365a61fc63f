/** Floats in files: little-endian float32 to write, and what others write to read. */

/** Bytes of a float32 in a file. */
export const FLOAT32_BYTES = 4;

export function float32Bytes(values: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(FLOAT32_BYTES * values.length));
  for (let i = 0; i < values.length; i++) view.setFloat32(FLOAT32_BYTES * i, values[i]!, true);
  return new Uint8Array(view.buffer);
}

/** A kind of float: bytes of one, and the number at an offset. */
export interface FloatKind {
  readonly bytes: number;
  read(view: DataView, offset: number): number;
}

export const FLOAT16: FloatKind = {
  bytes: 2,
  read: (view, offset) => float16(view.getUint16(offset, true)),
};
/** The upper half of a float32. */
export const BFLOAT16: FloatKind = {
  bytes: 2,
  read(view, offset) {
    const word = new DataView(new ArrayBuffer(4));
    word.setUint16(0, view.getUint16(offset, true));
    return word.getFloat32(0);
  },
};
export const FLOAT32: FloatKind = {
  bytes: FLOAT32_BYTES,
  read: (view, offset) => view.getFloat32(offset, true),
};
export const FLOAT64: FloatKind = {
  bytes: 8,
  read: (view, offset) => view.getFloat64(offset, true),
};

/** A sign, 5 bits of exponent, 10 of fraction; DataView has no getter for it before Node 24. */
function float16(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}
