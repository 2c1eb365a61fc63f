/** One digit in every kind of PNG that there is, as PngSuite has its pictures, each with its sample values. */
import { describe, expect, it } from 'vitest';
import { normalise } from '../../src/image/normalise.js';
import { decodePng } from '../../src/image/png.js';
import { imageData, png } from './png-bytes.js';

const [WIDTH, HEIGHT] = [33, 31];
const isInk = (x: number, y: number): boolean =>
  (x >= 14 && x < 18 && y >= 5 && y < 26) || (x >= 9 && x < 14 && y >= 5 && y < 9);

interface Kind {
  readonly colourType: number;
  readonly depth: number;
}

const KINDS: readonly Kind[] = [
  ...[1, 2, 4, 8, 16].map((depth) => ({ colourType: 0, depth })),
  ...[8, 16].map((depth) => ({ colourType: 2, depth })),
  ...[1, 2, 4, 8].map((depth) => ({ colourType: 3, depth })),
  ...[8, 16].map((depth) => ({ colourType: 4, depth })),
  ...[8, 16].map((depth) => ({ colourType: 6, depth })),
];

/** Red and green, and what they weigh in a grey picture. */
const [RED, GREEN] = [
  [200, 60, 60],
  [30, 180, 40],
] as const;

/** Samples of ink and paper in a kind, and the luminances, 0 to 255, that they stand for. */
function samplesOf({ colourType, depth }: Kind) {
  const largest = 2 ** depth - 1;
  const weigh = ([r, g, b]: readonly number[]): number => 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  const full = (colour: readonly number[]): number[] =>
    colour.map((level) => (depth === 16 ? 257 * level : level));
  if (colourType === 3) return { ink: [0], paper: [1], levels: [weigh(RED), weigh(GREEN)] };
  if (colourType === 0) return { ink: [0], paper: [largest], levels: [0, 255] };
  if (colourType === 4) return { ink: [0, largest], paper: [largest, largest], levels: [0, 255] };
  const alpha = colourType === 6 ? [largest] : [];
  const levels = [weigh(RED), weigh(GREEN)];
  return { ink: [...full(RED), ...alpha], paper: [...full(GREEN), ...alpha], levels };
}

/** tRNS that makes the paper transparent; alpha samples do so in the kinds that have them. */
function transparentPaper({ colourType }: Kind, paper: readonly number[]): Uint8Array {
  if (colourType === 3) return Uint8Array.of(255, 0);
  return Uint8Array.from(paper.flatMap((sample) => [sample >> 8, sample & 255]));
}

function bytesOf(kind: Kind, interlaced: boolean, transparent: boolean, extra: Extra): Uint8Array {
  const { colourType, depth } = kind;
  const { ink, paper } = samplesOf(kind);
  const hasAlpha = colourType >= 4;
  const ground = transparent && hasAlpha ? [...paper.slice(0, -1), 0] : paper;
  const rows = Array.from({ length: HEIGHT }, (_y, y) =>
    Array.from({ length: WIDTH }, (_x, x) => (isInk(x, y) ? ink : ground)).flat(),
  );
  const filters = (function* () {
    for (let k = 0; ; k++) yield k % 5;
  })();
  const data = imageData(rows, { depth, channels: ink.length, interlaced, filters });
  const palette = Uint8Array.from([RED, GREEN].flat());
  const chunks = [
    ...extra(kind),
    ...(colourType === 3 ? ([['PLTE', palette]] as const) : []),
    ...(transparent && !hasAlpha ? ([['tRNS', transparentPaper(kind, paper)]] as const) : []),
  ];
  const sides = { width: WIDTH, height: HEIGHT, interlace: interlaced ? 1 : 0 };
  return png({ ...sides, depth, colourType, rows: [], data, extra: chunks });
}

type Extra = (kind: Kind) => readonly (readonly [string, Uint8Array])[];

/** Chunks that say how a picture should look, none of which changes where its ink is. */
const EXTRAS: readonly (readonly [string, Extra])[] = [
  ['', () => []],
  ['gAMA 0.35', () => [['gAMA', Uint8Array.of(0, 0, 0x88, 0xb8)]]],
  ['gAMA 0', () => [['gAMA', new Uint8Array(4)]]],
  [
    'sBIT',
    ({ colourType, depth }) => [
      ['sBIT', new Uint8Array([1, 0, 3, 3, 2, 0, 4][colourType]!).fill(Math.min(depth, 5))],
    ],
  ],
  [
    'bKGD',
    ({ colourType }) => [
      ['bKGD', new Uint8Array(colourType === 3 ? 1 : colourType % 4 === 2 ? 6 : 2)],
    ],
  ],
  [
    'all the others',
    () => [
      ['cHRM', new Uint8Array(32)],
      ['sRGB', Uint8Array.of(0)],
      ['iCCP', Buffer.from('broken\0\0no zlib')],
      ['pHYs', Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 4, 0)],
      ['tIME', Uint8Array.of(7, 0xd0, 12, 31, 23, 59, 60)],
      ['zTXt', Buffer.from('broken\0\0no zlib')],
      ['iTXt', Buffer.from('a\0\0\0\0\0b')],
      ['sPLT', Buffer.from('a\0\x08')],
      ['eXIf', Buffer.from('MM\0*')],
      ['acTL', new Uint8Array(8)],
    ],
  ],
];

describe.each(KINDS)('colour type $colourType, $depth bits', (kind) => {
  const { levels } = samplesOf(kind);
  const { pixels: expected } = normalise(
    {
      width: WIDTH,
      height: HEIGHT,
      values: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) =>
        isInk(i % WIDTH, Math.floor(i / WIDTH)) ? 0 : 255,
      ),
    },
    { rows: 28, columns: 28 },
  );

  it.each(EXTRAS)('is read, interlaced or not, transparent or not: %s', async (_, extra) => {
    for (const interlaced of [false, true]) {
      for (const transparent of [false, true]) {
        const bytes = bytesOf(kind, interlaced, transparent, extra);
        const picture = await decodePng(bytes, 'a.png');
        const [ink, paper] = transparent ? [0, 255] : levels;
        for (let y = 0; y < HEIGHT; y++) {
          for (let x = 0; x < WIDTH; x++) {
            const level = picture.values[y * WIDTH + x]!;
            expect(Math.abs(level - (isInk(x, y) ? ink! : paper!))).toBeLessThan(1e-3);
          }
        }
        const { pixels, box } = normalise(picture, { rows: 28, columns: 28 });
        expect(box).toEqual({ left: 9, top: 5, width: 9, height: 21 });
        expect(pixels).toEqual(expected);
      }
    }
  });
});
