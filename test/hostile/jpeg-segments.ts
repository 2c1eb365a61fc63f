import fc from 'fast-check';
import { exif, segment, segmentsOf } from '../image/jpeg-bytes.js';
import type { Mutation } from './mutations.js';

const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const ODD_SIDES = [0, 1, 7, 8, 64, 96, 97, 255, 2000, 8192, 65_535];

/** Changes the segments, one of them above all. */
function ofSegments(change: (segments: Uint8Array[], index: number) => Uint8Array[], name: string) {
  return share.map((place): Mutation => {
    const mutation: Mutation = (bytes) => {
      const segments = segmentsOf(bytes);
      return Buffer.concat(change(segments, Math.floor(place * segments.length)));
    };
    return Object.assign(mutation, { toString: () => `${name} ${place}` });
  });
}

/** Another frame: of any kind, size, depth, components and sampling. */
const frameMutation = fc
  .record({
    marker: fc.constantFrom(0xc0, 0xc1, 0xc2, 0xc2, 0xc3, 0xc5, 0xc9, 0xca),
    depth: fc.constantFrom(8, 8, 8, 8, 0, 12, 255),
    width: fc.constantFrom(...ODD_SIDES),
    height: fc.constantFrom(...ODD_SIDES),
    components: fc.constantFrom(1, 3, 3, 3, 0, 2, 4, 255),
    sampling: fc.constantFrom(0x11, 0x22, 0x41, 0x44, 0x00, 0x55),
    table: fc.constantFrom(0, 1, 3, 4),
  })
  .chain(({ marker, depth, width, height, components, sampling, table }) => {
    const content = Buffer.alloc(6 + 3 * components, 0x11);
    content.set([depth, height >> 8, height & 255, width >> 8, width & 255, components]);
    for (let k = 0; k < components; k++) content.set([k + 1, sampling, table], 6 + 3 * k);
    const frame = segment(marker, content);
    return ofSegments(
      (segments) => segments.map((one) => (one[1]! >= 0xc0 && one[1]! <= 0xc2 ? frame : one)),
      `frame ${marker} ${width}×${height} ${components} ${sampling}`,
    );
  });

/** Any orientation, in EXIF of which a byte is wrong. */
const exifMutation = fc
  .tuple(fc.nat({ max: 0xffff }), fc.boolean(), fc.nat({ max: 43 }), fc.nat({ max: 255 }))
  .chain(([orientation, little, at, value]) => {
    const extra = exif(orientation, little);
    extra[4 + at] = value;
    return ofSegments(
      ([start, ...rest]) => [start!, extra, ...rest],
      `EXIF ${orientation}, byte ${at} = ${value}`,
    );
  });

/** A segment out, twice, elsewhere, or of other content. */
const segmentMutation = fc.oneof(
  ofSegments((segments, i) => segments.filter((_, k) => k !== i), 'without segment'),
  ofSegments(
    (segments, i) => segments.flatMap((one, k) => (k === i ? [one, one] : [one])),
    'twice',
  ),
  ofSegments(
    (segments, i) => [...segments.slice(0, 1), segments[i]!, ...segments.slice(1)],
    'first',
  ),
  fc
    .tuple(fc.nat({ max: 255 }), fc.uint8Array({ maxLength: 300 }))
    .chain(([marker, content]) =>
      ofSegments(
        (segments, i) => segments.toSpliced(Math.max(1, i), 1, segment(marker, content)),
        `${content.length} bytes under ${marker} in place of segment`,
      ),
    ),
);

/** Scans that are only a header, as many as are let through and more. */
const scansMutation = fc.nat({ max: 80 }).chain((count) =>
  ofSegments((segments) => {
    const scan = segments.at(-1)!;
    const header = scan.subarray(0, Math.min(scan.length, 14));
    return [...segments.slice(0, -1), ...Array<Uint8Array>(count).fill(header), scan];
  }, `${count} empty scans`),
);

export const jpegMutations: fc.Arbitrary<Mutation> = fc.oneof(
  frameMutation,
  exifMutation,
  segmentMutation,
  scansMutation,
);
