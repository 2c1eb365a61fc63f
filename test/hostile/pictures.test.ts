/** The faults of pictures that FAULTS names one by one; own-pictures.test.ts has digits of all kinds. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FileError } from '../../src/errors.js';
import { readPicture } from '../../src/picture-file.js';
import { finish } from '../cli/process.js';
import { built, peakOf, startModule } from '../dataset/child.js';
import { temporaryFolder } from '../dataset/idx-bytes.js';
import { segmentsOf, validJpegs } from '../image/jpeg-bytes.js';
import { chunk } from '../image/png-bytes.js';
import { harmlessMutations, picture, validPngs, zeros } from './png-bytes.js';

const sides = { rows: 28, columns: 28 };
const grey = { depth: 8, colour: 0 };

async function read(bytes: Uint8Array | string) {
  const path = join(await temporaryFolder(), 'p.png');
  await writeFile(path, bytes);
  return readPicture(path, sides);
}

const whole = validPngs[0]!;
// Five million empty ones in 60 MB.
const manyChunks = Buffer.concat([
  whole.subarray(0, 33),
  Buffer.alloc(6e7, chunk('IDAT', new Uint8Array(0))),
  whole.subarray(33),
]);
const wrongCrc = Uint8Array.from(whole);
wrongCrc[29]! ^= 1;

describe('a picture is refused in one line when it is', () => {
  test.each<[string, Uint8Array | string, string]>([
    ['empty', '', 'expected a PNG or JPEG picture, found an empty file'],
    ['a text', 'a five', 'expected a PNG or JPEG picture, found something else'],
    ['a JPEG’s first bytes', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), 'the file ends too early'],
    ['a WebP', 'RIFF    WEBPVP8 ', 'expected a PNG or JPEG picture, found a WebP picture'],
    ['a HEIC', '\0\0\0\x18ftypheic', 'found a HEIC picture'],
    ['a GIF', 'GIF89a', 'found a GIF picture'],
    ['a drawing', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'found an SVG drawing'],
    ['a gzip file', gzipSync(whole), 'found something else'],
    ['a drawing after a comment', '\ufeff<!-- a five --><svg/>', 'found an SVG drawing'],
    ['of too many chunks', manyChunks, 'at most 65536 chunks'],
    ['cut off in the signature', whole.subarray(0, 5), 'the file ends too early'],
    ['cut off in the header', whole.subarray(0, 20), 'the file ends too early'],
    ['cut off in the image data', whole.subarray(0, whole.length - 20), 'the file ends too early'],
    ['damaged in its header', wrongCrc, 'damaged PNG'],
    ['short of image data', zeros({ ...grey, width: 9, height: 9 }, 89), 'expected 90 bytes'],
    ['a bomb', zeros({ ...grey, width: 9, height: 9 }, 1e7), 'more image data than the 90 bytes'],
    ['of 20,000 × 20,000', zeros({ ...grey, width: 2e4, height: 2e4 }, 9), 'found 20000×20000'],
    ['of 1 × 16,777,216', zeros({ ...grey, width: 1, height: 2 ** 24 }, 9), '8192 pixels a side'],
    [
      'of 4096 × 4096 in 64 bits a pixel',
      zeros({ width: 4096, height: 4096, depth: 16, colour: 6 }, 9),
      'at most 50000000 bytes of image data, found 134221824',
    ],
    ['blank', zeros({ ...grey, width: 30, height: 30 }, 930), 'the picture is blank'],
    [
      'transparent all over',
      zeros({ width: 30, height: 30, depth: 8, colour: 6 }, 3630),
      'the picture is blank',
    ],
    ['of one pixel', zeros({ ...grey, width: 1, height: 1 }, 2), 'the picture is blank'],
  ])('%s', async (_, bytes, message) => {
    const error = await read(bytes).catch((reason) => reason);
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toContain(message);
    expect(error.hint).toBeTruthy();
  });
});

test('every depth and colour type is read', async () => {
  for (const [colour, depths] of [
    [0, [1, 2, 4, 8, 16]],
    [2, [8, 16]],
    [4, [8, 16]],
    [6, [8, 16]],
  ] as const) {
    for (const depth of depths) {
      const { pixels } = await read(picture({ width: 40, height: 40, depth, colour }));
      expect(Math.max(...pixels), `${colour} ${depth}`).toBe(255);
    }
  }
});

test('the same picture is read past chunks without meaning, and from image data in pieces', async () => {
  const path = join(await temporaryFolder(), 'p.png');
  const pixelsOf = async (bytes: Uint8Array) => {
    await writeFile(path, bytes);
    return (await readPicture(path, sides)).pixels;
  };
  const valid = fc.constantFrom(...validPngs);
  await fc.assert(
    fc.asyncProperty(valid, harmlessMutations, async (bytes, mutation) => {
      expect(await pixelsOf(mutation(bytes))).toEqual(await pixelsOf(bytes));
    }),
    { seed: 10, numRuns: 300 },
  );
});

/** An evenly grey JPEG of any sides: of 16 × 16 pixels 4 bytes. */
function flatJpeg(width: number, height: number): Uint8Array {
  const segments = segmentsOf(validJpegs.get('baseline')!).map((one) => Buffer.from(one));
  segments.find((one) => one[1] === 0xc0)!.writeUInt32BE((height << 16) + width, 5);
  const header = segments.pop()!.subarray(0, 14);
  // By the standard's codes: four blocks of luminance 00 1010, one each of blue and red 00 00.
  const blocks = Buffer.alloc(
    4 * Math.ceil(width / 16) * Math.ceil(height / 16),
    '28a28a00',
    'hex',
  );
  return Buffer.concat([...segments, header, blocks, Buffer.from([0xff, 0xd9])]);
}

describe.skipIf(process.platform !== 'linux')('takes a bounded amount of memory', () => {
  const [width, height] = [4000, 3100];
  test.each<[string, number, Uint8Array]>([
    ['PNG', 300e6, zeros({ width, height, depth: 8, colour: 6 }, height * (1 + 4 * width))],
    ['JPEG', 450e6, flatJpeg(5000, 5000)],
  ])('the largest %s that is read', async (_, most, bytes) => {
    const path = join(await temporaryFolder(), 'large');
    await writeFile(path, bytes);
    const code = `
    const { readPicture } = await import('${built('picture-file.js')}');
    const [path, sides] = JSON.parse(process.argv[1]);
    const { message } = await readPicture(path, sides).catch((error) => error);
    ${peakOf}
    console.log(JSON.stringify({ message, peak }));`;
    const { stdout } = await finish(startModule(code, [path, sides]));
    const { message, peak } = JSON.parse(stdout);
    expect(message).toContain('the picture is blank');
    expect(peak).toBeGreaterThan(50e6);
    expect(peak).toBeLessThan(most);
  });
});
