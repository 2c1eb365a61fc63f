import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { chunk as chunkBytes, imageData, SIGNATURE } from '../image/png-bytes.js';
import { byteMutations, inTurn, type Mutation } from './mutations.js';

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

function png(chunks: readonly Chunk[]): Uint8Array {
  // A chunk that stands there a thousand times is written once.
  const written = new Map<Chunk, Uint8Array>();
  const parts = chunks.map((chunk) => {
    const bytes = written.get(chunk) ?? chunkBytes(chunk.type, chunk.data);
    written.set(chunk, bytes);
    return bytes;
  });
  return Buffer.concat([SIGNATURE, ...parts]);
}

/** A PNG's chunks, as far as they are whole. */
function chunksOf(bytes: Uint8Array): Chunk[] {
  const view = Buffer.from(bytes);
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= view.length; ) {
    const length = view.readUInt32BE(at);
    if (at + 12 + length > view.length) break;
    const type = view.toString('latin1', at + 4, at + 8);
    chunks.push({ type, data: view.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

export interface Kind {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly interlaced?: boolean;
}

function header({ width, height, depth, colour, interlaced = false }: Kind): Chunk {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([depth, colour, 0, 0, interlaced ? 1 : 0], 8);
  return { type: 'IHDR', data };
}

/** A dark box in the middle of a light picture; of a palette its first colour on its last. */
export function picture(kind: Kind, extra: readonly Chunk[] = []): Uint8Array {
  const { width, height, depth, colour, interlaced = false } = kind;
  const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colour]!;
  const inBox = (x: number, y: number): boolean =>
    Math.abs(2 * y - height) < height / 2 && Math.abs(2 * x - width) < width / 2;
  const rows = Array.from({ length: height }, (_y, y) =>
    Array.from({ length: width * channels }, (_x, at) => {
      const isAlpha = channels % 2 === 0 && at % channels === channels - 1;
      return inBox(Math.floor(at / channels), y) && !isAlpha ? 0 : 2 ** depth - 1;
    }),
  );
  const filters = (function* () {
    for (let k = 0; ; k++) yield k % 5;
  })();
  const data = { type: 'IDAT', data: imageData(rows, { depth, channels, interlaced, filters }) };
  return png([header(kind), ...extra, data, { type: 'IEND', data: Buffer.alloc(0) }]);
}

/** A picture whose header says one thing and whose image data are so many zeros. */
export function zeros(kind: Kind, length: number): Uint8Array {
  const data = { type: 'IDAT', data: deflateSync(new Uint8Array(length)) };
  return png([header(kind), data, { type: 'IEND', data: Buffer.alloc(0) }]);
}

const PALETTE = { type: 'PLTE', data: Uint8Array.from({ length: 48 }, (_, i) => 5 * i) };

/** Valid pictures of all kinds, the start of every hostile one. */
export const validPngs: readonly Uint8Array[] = [
  picture({ width: 28, height: 28, depth: 8, colour: 0 }),
  picture({ width: 40, height: 30, depth: 8, colour: 6 }),
  picture({ width: 9, height: 33, depth: 16, colour: 2 }),
  picture({ width: 13, height: 11, depth: 4, colour: 3 }, [
    PALETTE,
    { type: 'tRNS', data: Uint8Array.of(255, 128, 0) },
  ]),
  picture({ width: 64, height: 50, depth: 1, colour: 0 }),
  picture({ width: 10, height: 10, depth: 16, colour: 4 }),
  picture({ width: 20, height: 30, depth: 8, colour: 2, interlaced: true }),
  picture({ width: 31, height: 19, depth: 2, colour: 0, interlaced: true }, [
    { type: 'tRNS', data: Uint8Array.of(0, 3) },
    { type: 'gAMA', data: Uint8Array.of(0, 0, 0xb1, 0x8f) },
  ]),
  picture({ width: 17, height: 40, depth: 1, colour: 3, interlaced: true }, [
    { type: 'PLTE', data: Uint8Array.of(200, 60, 60, 0, 125, 0) },
  ]),
];

const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const ODD_SIDES = [0, 1, 2, 27, 28, 29, 255, 4096, 8192, 20_000, 65_536, 2 ** 31 - 1, 2 ** 32 - 1];

/** Changes one chunk, and sets its checksum right again, so that the decoder sees the change. */
function ofChunk(change: (chunks: Chunk[], index: number) => Chunk[], name: string) {
  return share.map((place): Mutation => {
    const mutation: Mutation = (bytes) => {
      const chunks = chunksOf(bytes);
      if (chunks.length === 0) return bytes;
      return png(change(chunks, Math.floor(place * chunks.length)));
    };
    return Object.assign(mutation, { toString: () => `${name} ${place}` });
  });
}

const headerMutation = fc
  .record({
    width: fc.constantFrom(...ODD_SIDES, ...[8, 13, 28, 40]),
    height: fc.constantFrom(...ODD_SIDES, ...[8, 11, 28, 30]),
    depth: fc.constantFrom(0, 1, 2, 3, 4, 8, 16, 255),
    colour: fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 255),
    interlaced: fc.boolean(),
  })
  .chain((kind) =>
    ofChunk((chunks) => [header(kind), ...chunks.slice(1)], `header ${JSON.stringify(kind)}`),
  );

/** Other image data: of any length, of nothing but zeros, or of any bytes. */
const dataMutation = fc
  .oneof(
    fc.nat({ max: 400_000 }).map((length) => new Uint8Array(length)),
    fc.uint8Array({ maxLength: 4000 }),
  )
  .chain((raw) => {
    const data = { type: 'IDAT', data: deflateSync(raw) };
    return ofChunk(
      (chunks) => chunks.map((chunk) => (chunk.type === 'IDAT' ? data : chunk)),
      `${raw.length} bytes of image data`,
    );
  });

const ANCILLARY =
  'acTL bKGD cHRM eXIf fcTL fdAT gAMA hIST iCCP iTXt oFFs pCAL pHYs sBIT sPLT sRGB tEXt tIME zTXt'.split(
    ' ',
  );
const TYPES = ['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND', 'x\0y\n', ...ANCILLARY];

const chunkMutation = fc
  .tuple(fc.constantFrom(...TYPES), fc.uint8Array({ maxLength: 800 }), fc.nat({ max: 4 }))
  .chain(([type, data, kind]) =>
    ofChunk((chunks, index) => {
      if (kind === 0) return chunks.toSpliced(index, 0, { type, data });
      if (kind === 1) return chunks.toSpliced(index, 1, { type, data });
      if (kind === 2) return chunks.toSpliced(index, 1);
      if (kind === 3) return [...chunks.slice(index), ...chunks.slice(0, index)];
      return [...chunks.slice(0, index), ...chunks.slice(0, index + 1), ...chunks.slice(index)];
    }, `chunk ${type} of ${data.length}, kind ${kind}, at`),
  );

/** One chunk again and again, whole or empty: to the bound on chunks and beyond. */
const repeatMutation = fc
  .tuple(fc.constantFrom(2, 100, 65_000, 65_536), fc.boolean())
  .chain(([times, empty]) =>
    ofChunk(
      (chunks, index) => {
        const { type, data } = chunks[index]!;
        const count = Math.min(times, Math.floor(4e6 / (12 + data.length)));
        const one = { type, data: empty ? Buffer.alloc(0) : data };
        return [chunks.slice(0, index), Array(count).fill(one), chunks.slice(index)].flat();
      },
      `${times} times ${empty ? 'nothing of ' : ''}chunk`,
    ),
  );

/** The bytes inside one chunk changed. */
const contentMutation = byteMutations.chain((mutation) =>
  ofChunk(
    (chunks, index) =>
      chunks.with(index, { ...chunks[index]!, data: mutation(chunks[index]!.data) }),
    `content ${mutation} of`,
  ),
);

/** Image data in pieces of one length, as of one byte in PngSuite. */
const splitMutation = fc
  .integer({ min: 1, max: 40 })
  .chain((length) =>
    ofChunk((chunks) => chunks.flatMap((chunk) => pieces(chunk, length)), `IDAT by ${length}`),
  );

function pieces(chunk: Chunk, length: number): Chunk[] {
  if (chunk.type !== 'IDAT') return [chunk];
  return Array.from({ length: Math.ceil(chunk.data.length / length) }, (_, k) => ({
    type: 'IDAT',
    data: chunk.data.subarray(k * length, (k + 1) * length),
  }));
}

const ancillaryMutation = fc
  .tuple(fc.constantFrom(...ANCILLARY), fc.uint8Array({ maxLength: 800 }))
  .chain(([type, data]) =>
    ofChunk((chunks, index) => chunks.toSpliced(Math.max(1, index), 0, { type, data }), type),
  );

/** Changes of a PNG after which the same picture has to be read from it. */
export const harmlessMutations: fc.Arbitrary<Mutation> = fc
  .array(fc.oneof(splitMutation, ancillaryMutation), { minLength: 1, maxLength: 4 })
  .map(inTurn);

/** Changes of a PNG that keep its checksums right. */
export const pngMutations: fc.Arbitrary<Mutation> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: headerMutation },
      { weight: 6, arbitrary: dataMutation },
      { weight: 6, arbitrary: chunkMutation },
      { weight: 6, arbitrary: contentMutation },
      { weight: 3, arbitrary: splitMutation },
      { weight: 1, arbitrary: repeatMutation },
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map(inTurn);
