import jpegs from '../fixtures/jpegs.json' with { type: 'json' };
import { drawn } from './pictures.js';

/** A JPEG's segments, each from its marker on; the last has the scans. */
export function segmentsOf(bytes: Uint8Array): Uint8Array[] {
  const view = Buffer.from(bytes);
  const segments = [view.subarray(0, 2)];
  let at = 2;
  while (at + 4 <= view.length && view[at + 1] !== 0xda) {
    const end = Math.min(view.length, at + 2 + view.readUInt16BE(at + 2));
    segments.push(view.subarray(at, end));
    at = end;
  }
  return [...segments, view.subarray(at)];
}

export function segment(marker: number, content: Uint8Array): Uint8Array {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(2 + content.length, 2);
  return Buffer.concat([head, content]);
}

/** The picture with this segment behind its first two bytes. */
export function withSegment(bytes: Uint8Array, extra: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, 2), extra, bytes.subarray(2)]);
}

/** An APP1 segment of EXIF whose second entry is the orientation. */
export function exif(orientation: number, little: boolean): Uint8Array {
  const tiff = Buffer.alloc(8 + 2 + 2 * 12 + 4);
  const [short, long] = little
    ? ([tiff.writeUInt16LE, tiff.writeUInt32LE] as const)
    : ([tiff.writeUInt16BE, tiff.writeUInt32BE] as const);
  tiff.write(little ? 'II' : 'MM');
  short.call(tiff, 42, 2);
  long.call(tiff, 8, 4);
  short.call(tiff, 2, 8);
  for (const [k, [tag, value]] of [
    [256, 96],
    [274, orientation],
  ].entries()) {
    short.call(tiff, tag!, 10 + 12 * k);
    short.call(tiff, 3, 12 + 12 * k);
    long.call(tiff, 1, 14 + 12 * k);
    short.call(tiff, value!, 18 + 12 * k);
  }
  return segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]));
}

/** One picture, 96 × 64, as libjpeg-turbo's cjpeg writes it at quality 80. */
export const validJpegs: ReadonlyMap<string, Uint8Array> = new Map(
  Object.entries(jpegs).map(([name, base64]) => [name, Buffer.from(base64, 'base64')]),
);

/** What they show: a seven in dark blue on cream, here its luminance. */
export const seven = drawn(96, 64, (x, y) => {
  const bar = y >= 10 && y < 18 && x >= 30 && x < 66;
  const [dx, dy] = [-20, 42];
  const t = Math.min(1, Math.max(0, ((x - 62) * dx + (y - 14) * dy) / (dx * dx + dy * dy)));
  const ink = bar || Math.hypot(x - 62 - t * dx, y - 14 - t * dy) < 4;
  const [r, g, b] = ink ? [40, 48, 79] : [232, 226, 210];
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
});
