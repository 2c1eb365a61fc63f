import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { FileError } from '../../src/errors.js';
import { decodePng } from '../../src/image/png.js';
import { chunk, header, imageData, type PngParts, png, SIGNATURE } from './png-bytes.js';

const SEED = { seed: 5, numRuns: 200 };
const PALETTE = Uint8Array.of(0, 0, 0, 255, 0, 0, 0, 255, 0, 255, 255, 255);

async function greys(parts: PngParts | Uint8Array): Promise<number[]> {
  const { values } = await decodePng(parts instanceof Uint8Array ? parts : png(parts), 'a.png');
  return [...values].map((value) => Math.round(value));
}

describe('a PNG’s luminance', () => {
  it.each<[string, PngParts, number[]]>([
    [
      '1 bit',
      { width: 10, height: 1, depth: 1, rows: [[0b10100000, 0b01000000]] },
      [255, 0, 255, 0, 0, 0, 0, 0, 0, 255],
    ],
    [
      '2 bits',
      { width: 3, height: 2, depth: 2, rows: [[0b00011000], [0b11000000]] },
      [0, 85, 170, 255, 0, 0],
    ],
    ['4 bits', { width: 3, height: 1, depth: 4, rows: [[0x0f, 0x80]] }, [0, 255, 136]],
    [
      '8 bits',
      {
        width: 2,
        height: 2,
        rows: [
          [0, 1],
          [254, 255],
        ],
      },
      [0, 1, 254, 255],
    ],
    ['16 bits', { width: 2, height: 1, depth: 16, rows: [[0x80, 0x80, 0xff, 0xff]] }, [128, 255]],
    [
      'colour',
      { width: 3, height: 1, colourType: 2, rows: [[255, 0, 0, 0, 255, 0, 0, 0, 255]] },
      [54, 182, 18],
    ],
    [
      'colour of 16 bits',
      { width: 1, height: 1, colourType: 2, depth: 16, rows: [[255, 255, 0, 0, 0, 0]] },
      [54],
    ],
    [
      'palette',
      {
        width: 4,
        height: 1,
        colourType: 3,
        depth: 2,
        rows: [[0b00011011]],
        extra: [['PLTE', PALETTE]],
      },
      [0, 54, 182, 255],
    ],
    [
      'palette with transparency',
      {
        width: 4,
        height: 1,
        colourType: 3,
        depth: 8,
        rows: [[0, 1, 2, 3]],
        extra: [
          ['PLTE', PALETTE],
          ['tRNS', Uint8Array.of(0, 255)],
        ],
      },
      [255, 54, 182, 255],
    ],
    [
      'grey with alpha, over white',
      { width: 3, height: 1, colourType: 4, rows: [[0, 255, 200, 255, 0, 0]] },
      [0, 200, 255],
    ],
    [
      'colour with alpha, over white',
      { width: 3, height: 1, colourType: 6, rows: [[0, 0, 0, 255, 0, 0, 0, 51, 90, 90, 90, 255]] },
      [0, 204, 90],
    ],
    [
      'colour with a palette that only advises',
      { width: 1, height: 1, colourType: 2, rows: [[0, 255, 0]], extra: [['PLTE', PALETTE]] },
      [182],
    ],
    [
      'one transparent grey',
      { width: 3, height: 1, rows: [[7, 0, 90]], extra: [['tRNS', Uint8Array.of(0, 7)]] },
      [255, 0, 90],
    ],
    [
      'an empty list of transparent greys',
      { width: 2, height: 1, rows: [[7, 0]], extra: [['tRNS', new Uint8Array(0)]] },
      [7, 0],
    ],
    [
      'one transparent grey with bits above its depth',
      {
        width: 4,
        height: 1,
        depth: 2,
        rows: [[0b00011011]],
        extra: [['tRNS', Uint8Array.of(0xff, 0xfd)]],
      },
      [0, 255, 170, 255],
    ],
    [
      'one transparent colour of 16 bits',
      {
        width: 2,
        height: 1,
        colourType: 2,
        depth: 16,
        rows: [[1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 7]],
        extra: [['tRNS', Uint8Array.of(1, 2, 3, 4, 5, 6)]],
      },
      [255, 0],
    ],
    [
      'white ink on nothing',
      { width: 3, height: 1, colourType: 4, rows: [[255, 0, 255, 255, 255, 102]] },
      [255, 0, 153],
    ],
    ['nothing at all', { width: 2, height: 1, colourType: 4, rows: [[9, 0, 99, 0]] }, [255, 255]],
  ])('%s', async (_, parts, expected) => {
    expect(await greys(parts)).toEqual(expected);
  });

  it('is the same interlaced as not', async () => {
    const sides = fc.integer({ min: 1, max: 20 });
    const samples = fc.infiniteStream(fc.nat(65_535));
    const depths = fc.constantFrom<8 | 16>(8, 16);
    await fc.assert(
      fc.asyncProperty(sides, sides, depths, samples, async (width, height, depth, stream) => {
        const numbers = [...stream.take(width * height)];
        const data = depth === 16 ? Uint16Array.from(numbers) : Uint8Array.from(numbers);
        const image = { width, height, depth, channels: 1, data };
        const plain = await greys(encode(image));
        expect(await greys(encode(image, { interlace: 'Adam7' }))).toEqual(plain);
        expect(plain).toEqual(
          [...data].map((value) => Math.round((255 * value) / (2 ** depth - 1))),
        );
      }),
      SEED,
    );
  });

  it.each([
    ...[1, 2, 4, 8, 16].map((depth) => ({ colourType: 0, channels: 1, depth })),
    ...[8, 16].map((depth) => ({ colourType: 2, channels: 3, depth })),
    ...[1, 2, 4, 8].map((depth) => ({ colourType: 3, channels: 1, depth })),
    ...[8, 16].map((depth) => ({ colourType: 4, channels: 2, depth })),
    ...[8, 16].map((depth) => ({ colourType: 6, channels: 4, depth })),
  ])(
    'is the same with all filters, interlaced or not: $colourType, $depth bits',
    async ({ colourType, channels, depth }) => {
      const sides = fc.integer({ min: 1, max: 20 });
      const samples = fc.infiniteStream(fc.nat(2 ** depth - 1));
      const someFilters = fc.infiniteStream(fc.nat(4));
      const palette = Uint8Array.from({ length: 3 * 2 ** Math.min(8, depth) }, (_, i) => 7 * i);
      const write = (rows: number[][], interlaced: boolean, filters: Iterator<number>) => {
        const data = imageData(rows, { depth, channels, interlaced, filters });
        const extra = colourType === 3 ? [['PLTE', palette] as const] : [];
        const interlace = interlaced ? 1 : 0;
        const [width, height] = [rows[0]!.length / channels, rows.length];
        return png({ width, height, depth, colourType, interlace, rows: [], extra, data });
      };
      await fc.assert(
        fc.asyncProperty(sides, sides, samples, someFilters, async (width, height, s, filters) => {
          const rows = Array.from({ length: height }, () => [...s.take(width * channels)]);
          const none = (function* () {
            for (;;) yield 0;
          })();
          const plain = await greys(write(rows, false, none));
          expect(await greys(write(rows, false, filters))).toEqual(plain);
          expect(await greys(write(rows, true, filters))).toEqual(plain);
        }),
        { ...SEED, numRuns: 40 },
      );
    },
  );

  it('is read from several data chunks, and past chunks that do not matter', async () => {
    const data = deflateSync(Uint8Array.of(0, 10, 20));
    const parts = { width: 2, height: 1 };
    const bytes = Buffer.concat([
      SIGNATURE,
      header(parts),
      chunk('tEXt', Buffer.from('a\0b')),
      chunk('IDAT', data.subarray(0, 3)),
      chunk('IDAT', data.subarray(3)),
      chunk('IEND', new Uint8Array(0)),
      Buffer.from('trailing'),
    ]);
    expect(await greys(bytes)).toEqual([10, 20]);
  });
});

/** A picture of 1 × 1 in `count` chunks, most of them of `type` and empty. */
function inChunks(count: number, type: string): Uint8Array {
  const empty = chunk(type, new Uint8Array(0));
  return Buffer.concat([
    SIGNATURE,
    header({ width: 1, height: 1 }),
    Buffer.alloc(empty.length * (count - 3), empty),
    chunk('IDAT', deflateSync(Uint8Array.of(0, 77))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

describe('chunks', () => {
  it('are read up to 65,536, whatever is in them', async () => {
    expect(await greys(inChunks(2 ** 16, 'IDAT'))).toEqual([77]);
    expect(await greys(inChunks(2 ** 16, 'tEXt'))).toEqual([77]);
  });

  it.each([
    ['65,537', 2 ** 16 + 1, 'IDAT'],
    ['65,537 without meaning', 2 ** 16 + 1, 'teXt'],
    ['five million, which took 27 s and 1.4 GB', 5_000_000, 'IDAT'],
  ])('are refused if there are %s', async (_, count, type) => {
    const error = await decodePng(inChunks(count, type), 'a.png').catch((thrown) => thrown);
    expect(error).toMatchObject({
      message: 'a.png: expected at most 65536 chunks, found more',
      exitCode: 4,
    });
  });
});

describe('the kind of what is no PNG is named:', () => {
  const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';
  it.each<[string, Uint8Array]>([
    ['a JPEG picture', latin1('\xff\xd8\xff\xe0\0\x10JFIF')],
    ['a GIF picture', latin1('GIF89a')],
    ['a WebP picture', latin1('RIFF\x10\n\0\0WEBPVP8 ')],
    ['a BMP picture', latin1('BM\x36\n\x03\0\0\0\0\0\x36\0\0\0')],
    ['an ICO icon', latin1('\0\0\x01\0\x01\0\x10\x10')],
    ['a TIFF picture', latin1('II*\0\x08\0\0\0')],
    ['a TIFF picture', latin1('MM\0*\0\0\0\x08')],
    ['a BigTIFF picture', latin1('II+\0\x08\0\0\0')],
    ['a BigTIFF picture', latin1('MM\0+\0\x08\0\0')],
    ['a JPEG XL picture', latin1('\xff\x0a\xfa\x1f')],
    ['a JPEG XL picture', latin1('\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl ')],
    ['a JPEG 2000 picture', latin1('\xff\x4f\xff\x51\0\x2f')],
    ['a JPEG 2000 picture', latin1('\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ')],
    ['an AVIF picture', latin1('\0\0\0\x20ftypavif\0\0\0\0')],
    ['a HEIC picture', latin1('\0\0\0\x18ftypheic\0\0\0\0')],
    ['a HEIC picture', latin1('\0\0\0\x18ftypmif1\0\0\0\0')],
    ['a camera’s raw picture', latin1('\0\0\0\x18ftypcrx \0\0\0\x01')],
    ['a video', latin1('\0\0\0\x18ftypmp42\0\0\0\0')],
    ['a Photoshop picture (PSD)', latin1('8BPS\0\x01')],
    ['a GIMP picture (XCF)', latin1('gimp xcf v011\0')],
    ['a QOI picture', latin1('qoif\0\0\0\x1c')],
    ['a PDF', latin1('%PDF-1.7\n')],
    ['a PostScript drawing', latin1('%!PS-Adobe-3.0 EPSF-3.0\n')],
    ['an SVG drawing', latin1(svg)],
    ['an SVG drawing', Buffer.from(`\ufeff${svg}`)],
    ['an SVG drawing', Buffer.from(`\ufeff${svg}`, 'utf16le')],
    ['an SVG drawing', Buffer.from(`\ufeff${svg}`, 'utf16le').swap16()],
    [
      'an SVG drawing',
      latin1(`<!-- Created with - a -- pen -->\n\n<!-- ${'é'.repeat(3000)} -->${svg}`),
    ],
    ['an SVG drawing', latin1(`<?xml version="1.0"?>\n<!-- <html> -->\n<!DOCTYPE svg>\n${svg}`)],
    ['an SVG drawing', latin1('<!DOCTYPE svg PUBLIC "a" "b" [ <!ENTITY a "b"> ]><svg:svg>')],
    ['a web page', latin1('<!doctype html>\n<html lang="en">')],
    ['something else', latin1('<?xml version="1.0"?><svga/>')],
    ['something else', latin1('<!-- <svg> -->')],
    ['something else', latin1('BMW and Audi')],
    ['something else', latin1('<!--'.repeat(4000))],
    ['something else', latin1('<?a?><!--b-->'.repeat(2000))],
  ])('%s', async (kind, bytes) => {
    const error = await decodePng(bytes, 'a.png').catch((thrown) => thrown);
    expect(error).toMatchObject({
      message: `a.png: expected a PNG or JPEG picture, found ${kind}`,
      exitCode: 4,
      hint:
        kind === 'something else'
          ? 'give the path of a PNG or JPEG'
          : 'save the picture as PNG or JPEG',
    });
  });

  it.each([
    ['CR before LF added', '\x89PNG\r\r\n\x1a\r\n'],
    ['CR taken away', '\x89PNG\n\x1a\n'],
    ['the highest bit taken away', '\x09PNG\r\n\x1a\n'],
    ['read and written as UTF-8', '\xef\xbf\xbdPNG\r\n\x1a\n'],
    ['a letter changed', '\x89QNG\r\n\x1a\n'],
  ])('a PNG that a transfer has spoilt: %s', async (_, start) => {
    const bytes = Buffer.concat([Buffer.from(start, 'latin1'), header({ width: 1, height: 1 })]);
    const error = await decodePng(bytes, 'a.png').catch((thrown) => thrown);
    expect(error).toMatchObject({
      message: 'a.png: damaged PNG: its signature was changed, as by a transfer as text',
      exitCode: 4,
    });
  });
});

describe('refuses, in one line that names the file,', () => {
  const small: PngParts = {
    width: 2,
    height: 2,
    rows: [
      [1, 2],
      [3, 4],
    ],
  };
  const good = png(small);
  const flipped = (at: number): Uint8Array =>
    good.map((byte, i) => (i === at ? byte ^ 0xff : byte));
  const bomb = deflateSync(new Uint8Array(50_000_000));

  it.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), 'expected a PNG or JPEG picture, found an empty file'],
    ['a text', Buffer.from('hello'), 'expected a PNG or JPEG picture, found something else'],
    ['a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), 'found a JPEG picture'],
    ['a signature alone', SIGNATURE, 'the file ends too early'],
    ['half a signature', SIGNATURE.subarray(0, 5), 'the file ends too early'],
    ['20,000 × 20,000', png({ ...small, width: 20_000, height: 20_000 }), 'found 20000×20000'],
    ['4 G × 4 G', png({ ...small, width: 2 ** 32 - 1, height: 2 ** 32 - 1 }), 'expected at most'],
    ['no size', png({ ...small, width: 0 }), 'its size is 0×2'],
    ['an unknown depth', png({ ...small, depth: 3 }), 'unknown colour type or depth'],
    ['an unknown colour type', png({ ...small, colourType: 5 }), 'unknown colour type or depth'],
    ['unknown interlacing', png({ ...small, interlace: 2 }), 'unknown interlacing 2'],
    ['a wrong checksum', flipped(good.length - 13), 'wrong checksum of its IDAT chunk'],
    [
      'a header that is not first',
      Buffer.concat([SIGNATURE, chunk('IEND', new Uint8Array(0))]),
      'does not begin with a header',
    ],
    ['two headers', png({ ...small, extra: [['IHDR', new Uint8Array(13)]] }), 'two headers'],
    ['too few image data', png({ ...small, height: 3 }), 'expected 9 bytes of image data, found 6'],
    ['too many image data', png({ ...small, height: 1 }), 'more image data than the 3 bytes'],
    [
      'compressed data that stop',
      png({ ...small, data: deflateSync(Buffer.from('abcdef')).subarray(0, 8) }),
      'the image data stop too early',
    ],
    [
      'data that are not compressed',
      png({ ...small, data: Buffer.from('no zlib') }),
      'bad image data',
    ],
    ['no image data', png({ ...small, data: new Uint8Array(0) }), 'the image data stop too early'],
    ['a decompression bomb', png({ ...small, data: bomb }), 'more image data than the 6 bytes'],
    [
      'a colour outside the palette',
      png({ ...small, colourType: 3, extra: [['PLTE', PALETTE.subarray(0, 6)]] }),
      'colour 2 is not in its palette of 2',
    ],
    [
      'a palette of no colours',
      png({ ...small, colourType: 3 }),
      'colour 1 is not in its palette of 0',
    ],
    [
      'a filter that does not exist',
      png({ ...small, data: deflateSync(Uint8Array.of(9, 1, 2, 9, 3, 4)) }),
      'unknown filter 9',
    ],
  ])('%s', async (_, bytes, message) => {
    const error = await decodePng(bytes, 'dir/a.png').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toMatch(/^dir\/a\.png: [^\n]+$/);
    expect((error as Error).message).toContain(message);
  });

  it('a PNG cut off anywhere', async () => {
    for (let length = 0; length < good.length; length++) {
      await expect(decodePng(good.subarray(0, length), 'a.png')).rejects.toThrow(FileError);
    }
  });

  it('or reads, any bytes that have been changed', async () => {
    const base = encode({ width: 5, height: 4, channels: 4, data: new Uint8Array(80).fill(100) });
    const change = fc.tuple(fc.nat(base.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Uint8Array.from(base);
        for (const [at, value] of changes) bytes[at] = value;
        const result = await decodePng(bytes, 'a.png').catch((thrown: unknown) => thrown);
        if (!(result instanceof FileError)) expect(result).toHaveProperty('values');
      }),
      { ...SEED, numRuns: 1000 },
    );
  });

  it('ignores an embedded profile that is a decompression bomb', async () => {
    const profile = Buffer.concat([Buffer.from('p\0\0'), bomb]);
    expect(await greys(png({ ...small, extra: [['iCCP', profile]] }))).toEqual([1, 2, 3, 4]);
  });
});
