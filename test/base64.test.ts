import { expect, test } from 'vitest';
import { decodeFloats, encodeFloats, fromBase64, toBase64 } from '../src/base64.js';

test('gives back every float', () => {
  const floats = Float32Array.of(0, -0, -1.5, 3.4e38, 1e-45, 0.1);
  expect(decodeFloats(encodeFloats(floats))).toEqual(floats);
  expect(encodeFloats(Float32Array.of(1))).toBe('AACAPw==');
});

test.each([0, 1, 2, 3071, 3072, 3073, 10_000])('writes %d bytes as Node does', (length) => {
  const bytes = Uint8Array.from({ length }, (_, at) => 31 * at);
  expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
  expect(fromBase64(toBase64(bytes))).toEqual(bytes);
});
