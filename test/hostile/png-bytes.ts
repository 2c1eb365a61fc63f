import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { inTurn, type Mutation } from './mutations.js';

/** CRC-32 as in PNG's annex D; zlib's own came with Node 20.15. */
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

function png(chunks: readonly Chunk[]): Uint8Array {
  const parts = chunks.map(({ type, data }) => {
    const bytes = Buffer.alloc(12 + data.length);
    bytes.writeUInt32BE(data.length, 0);
    bytes.write(type, 4, 'latin1');
    bytes.set(data, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
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

/** A dark box in the middle of a light picture. */
export function picture(kind: Kind, extra: readonly Chunk[] = []): Uint8Array {
  const samples = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[kind.colour]!;
  const row = 1 + Math.ceil((kind.width * samples * kind.depth) / 8);
  const boxed = (i: number): number => {
    const [r, c] = [Math.floor(i / row), (i % row) - 1];
    const isAlpha = samples % 2 === 0 && Math.floor((c * 8) / kind.depth) % samples === samples - 1;
    const inBox =
      Math.abs(2 * r - kind.height) < kind.height / 2 && Math.abs(2 * c - row) < row / 2;
    if (c < 0) return 0;
    return inBox && !isAlpha ? 0 : 255;
  };
  const raw = kind.interlaced
    ? adam7(kind, samples)
    : Uint8Array.from({ length: row * kind.height }, (_, i) => boxed(i));
  const data = { type: 'IDAT', data: deflateSync(raw) };
  return png([header(kind), ...extra, data, { type: 'IEND', data: Buffer.alloc(0) }]);
}

/** First column and row of Adam7's passes, and their steps. */
const PASSES = [
  ...[
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
  ],
  ...[
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ],
] as [number, number, number, number][];

/** The image data of an interlaced picture of 8 bits a sample: a dark box in the middle. */
function adam7({ width, height }: Kind, samples: number): Uint8Array {
  const bytes: number[] = [];
  for (const [left, top, across, down] of PASSES) {
    for (let r = top; r < height; r += down) {
      bytes.push(0);
      for (let c = left; c < width; c += across) {
        const inBox = Math.abs(2 * r - height) < height / 2 && Math.abs(2 * c - width) < width / 2;
        for (let k = 0; k < samples; k++) bytes.push(inBox ? 0 : 255);
      }
    }
  }
  return Uint8Array.from(bytes);
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

const TYPES = [
  'IHDR',
  'PLTE',
  'tRNS',
  'IDAT',
  'IEND',
  'iCCP',
  'tEXt',
  'zTXt',
  'acTL',
  'fdAT',
  'x\0y\n',
];

const chunkMutation = fc
  .tuple(fc.constantFrom(...TYPES), fc.uint8Array({ maxLength: 800 }), fc.nat({ max: 3 }))
  .chain(([type, data, kind]) =>
    ofChunk((chunks, index) => {
      if (kind === 0) return chunks.toSpliced(index, 0, { type, data });
      if (kind === 1) return chunks.toSpliced(index, 1, { type, data });
      if (kind === 2) return chunks.toSpliced(index, 1);
      return chunks.toSpliced(index, 0, ...chunks.slice(0, index + 1));
    }, `chunk ${type} of ${data.length}, kind ${kind}, at`),
  );

/** Changes of a PNG that keep its checksums right. */
export const pngMutations: fc.Arbitrary<Mutation> = fc
  .array(fc.oneof(headerMutation, dataMutation, chunkMutation), { minLength: 1, maxLength: 3 })
  .map(inTurn);
