/**
 * As much of Protocol Buffers as is needed to write: a message is its fields one after the other, each
 * a key and a value. https://protobuf.dev/programming-guides/encoding/
 */
const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** A whole number from 0, a text, or the bytes of anything else: a message, raw data. */
export type Value = number | string | Uint8Array;

/** A message of these fields: number, value; in a message's own order. */
export function message(
  ...fields: readonly (readonly [number: number, value: Value])[]
): Uint8Array {
  return concatenated(fields.flatMap(([number, value]) => field(number, value)));
}

function field(number: number, value: Value): Uint8Array[] {
  if (typeof value === 'number') return [varint((number << 3) | VARINT), varint(value)];
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return [varint((number << 3) | LENGTH_DELIMITED), varint(bytes.length), bytes];
}

/** Seven bits a byte, the lowest first; the eighth says that more follow. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128);
  return Uint8Array.from([...bytes, rest]);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
