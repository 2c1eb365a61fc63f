import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FileError } from '../../src/errors.js';
import { decodeJpeg } from '../../src/image/jpeg.js';
import { normalise } from '../../src/image/normalise.js';
import type { Plane } from '../../src/image/plane.js';
import { readPicture } from '../../src/picture-file.js';
import { temporaryFolder } from '../dataset/idx-bytes.js';
import { exif, segment, segmentsOf, seven, validJpegs, withSegment } from './jpeg-bytes.js';

const SIDES = { rows: 28, columns: 28 };
const baseline = validJpegs.get('baseline')!;

function meanDifference(a: Plane<ArrayLike<number>>, b: Plane<ArrayLike<number>>): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  let sum = 0;
  for (let i = 0; i < a.values.length; i++) sum += Math.abs(a.values[i]! - b.values[i]!);
  return sum / a.values.length;
}

test.each([...validJpegs])('one that is %s is decoded as it was drawn', async (name, bytes) => {
  const picture = await decodeJpeg(bytes, 'seven.jpg');
  expect(meanDifference(picture, seven)).toBeLessThan(5);
  const paper = Array.from(picture.channels(), ({ values }) => values[0]!);
  const expected = name === 'grey' ? [226, 226, 226] : [232, 226, 210];
  for (const [k, level] of paper.entries()) expect(Math.abs(level - expected[k]!)).toBeLessThan(3);
});

test('what the model sees is what it sees of the drawing itself', async () => {
  const path = join(await temporaryFolder(), 'seven.jpg');
  await writeFile(path, baseline);
  const { pixels, width, height, inverted } = await readPicture(path, SIDES);
  expect({ width, height, inverted }).toEqual({ width: 96, height: 64, inverted: true });
  const drawing = normalise(seven, SIDES).pixels;
  expect(
    meanDifference(
      { ...SIDES, width: 28, height: 28, values: pixels },
      { width: 28, height: 28, values: drawing },
    ),
  ).toBeLessThan(4);
});

type Rows = readonly (readonly number[])[];

const rowsOf = ({ width, height, values }: Plane<Uint8Array>): Rows =>
  Array.from({ length: height }, (_, r) => [...values.subarray(r * width, (r + 1) * width)]);
const upsideDown = (rows: Rows): Rows => rows.toReversed();
const mirrored = (rows: Rows): Rows => rows.map((row) => row.toReversed());
const transposed = (rows: Rows): Rows => rows[0]!.map((_, c) => rows.map((row) => row[c]!));

describe('EXIF’s orientation is obeyed', () => {
  test.each<[number, string, (rows: Rows) => Rows]>([
    [1, 'as it is', (rows) => rows],
    [2, 'mirrored', mirrored],
    [3, 'turned by 180°', (rows) => mirrored(upsideDown(rows))],
    [4, 'upside down and mirrored', upsideDown],
    [5, 'transposed', transposed],
    [6, 'turned clockwise', (rows) => mirrored(transposed(rows))],
    [7, 'transposed along the other diagonal', (rows) => upsideDown(mirrored(transposed(rows)))],
    [8, 'turned anticlockwise', (rows) => upsideDown(transposed(rows))],
  ])('%i: %s', async (orientation, _, turn) => {
    const stored = rowsOf(await decodeJpeg(baseline, 'stored.jpg'));
    for (const little of [true, false]) {
      const bytes = withSegment(baseline, exif(orientation, little));
      const picture = await decodeJpeg(bytes, 'turned.jpg');
      expect(rowsOf(picture)).toEqual(turn(stored));
      const [red] = picture.channels();
      expect([red!.width, red!.height]).toEqual([picture.width, picture.height]);
    }
  });

  test.each<[string, Uint8Array]>([
    ['0', exif(0, true)],
    ['9', exif(9, false)],
    ['cut off', segment(0xe1, exif(6, true).subarray(4, 30))],
    [
      'with a directory outside',
      segment(0xe1, Buffer.from('Exif\0\0II*\0\xff\xff\xff\xff', 'latin1')),
    ],
    ['of XMP', segment(0xe1, Buffer.from('http://ns.adobe.com/xap/1.0/\0<x/>'))],
  ])('one that makes no sense (%s) is none', async (_, extra) => {
    const { width, height } = await decodeJpeg(withSegment(baseline, extra), 'odd.jpg');
    expect([width, height]).toEqual([96, 64]);
  });
});

/** The picture with some bytes of its frame changed: 0 its marker, 2 depth, 3 height, 5 width, 7 components. */
function withFrame(change: (frame: Buffer) => void): Uint8Array {
  const parts = segmentsOf(baseline).map((part) => Buffer.from(part));
  change(parts.find((part) => part[1] === 0xc0)!);
  return Buffer.concat(parts);
}

const scan = segmentsOf(baseline).at(-1)!;
const head = baseline.subarray(0, baseline.length - scan.length);
/** A scan's header without any data: four bytes that pass through a whole picture. */
const emptyScan = scan.subarray(0, 2 + 12);

describe('refused in one line, and the next is read all the same', () => {
  test.each<[string, Uint8Array, string]>([
    ['cut off in the image', baseline.subarray(0, 1000), 'damaged JPEG: the file ends too early'],
    ['cut off in a segment', baseline.subarray(0, 100), 'damaged JPEG: the file ends too early'],
    ['of three bytes', baseline.subarray(0, 3), 'damaged JPEG: the file ends too early'],
    ['without a scan', Buffer.concat([head, Buffer.from([0xff, 0xd9])]), 'no image in it'],
    ['without a frame', Buffer.from([0xff, 0xd8, 0xff, 0xd9]), 'no image in it'],
    [
      'with a segment of one byte',
      withSegment(baseline, Buffer.from([0xff, 0xe5, 0, 1])),
      'a segment of 1 bytes',
    ],
    [
      'with a second frame',
      withSegment(baseline, segmentsOf(baseline).find((part) => part[1] === 0xc0)!),
      'a second frame',
    ],
    ['in four inks', withFrame((frame) => frame.writeUInt8(4, 9)), 'found one in four inks (CMYK)'],
    ['of two components', withFrame((frame) => frame.writeUInt8(2, 9)), 'expected 1 or 3'],
    ['of 12 bits', withFrame((frame) => frame.writeUInt8(12, 4)), 'found one of 12 bits a sample'],
    [
      'lossless',
      withFrame((frame) => frame.writeUInt8(0xc3, 1)),
      'found one of a rare kind (SOF3)',
    ],
    [
      'arithmetically coded',
      withFrame((frame) => frame.writeUInt8(0xc9, 1)),
      'of a rare kind (SOF9)',
    ],
    ['without height', withFrame((frame) => frame.writeUInt16BE(0, 5)), 'its size is 96×0'],
    [
      'too large',
      withFrame((frame) => frame.writeUInt32BE(0xffffffff, 5)),
      'at most 25000000 pixels, found 65535×65535',
    ],
    [
      'too large for a progressive one',
      withFrame((frame) => {
        frame.writeUInt8(0xc2, 1);
        frame.writeUInt32BE((4096 << 16) + 4000, 5);
      }),
      'at most 12500000 pixels of a progressive JPEG',
    ],
    [
      'too long',
      withFrame((frame) => frame.writeUInt32BE((8 << 16) + 9000, 5)),
      'at most 8192 pixels a side',
    ],
    [
      'of more pixels than its bytes hold',
      withFrame((frame) => frame.writeUInt32BE((4000 << 16) + 4000, 5)),
      'too few bytes for 4000×4000',
    ],
    [
      'of many scans',
      Buffer.concat([head, ...Array(64).fill(emptyScan), scan]),
      'at most 64 scans',
    ],
    [
      'without its tables',
      Buffer.concat(segmentsOf(baseline).filter((part) => part[1] !== 0xdb)),
      'bad image data',
    ],
    [
      'with other data',
      Buffer.concat([head, emptyScan, Buffer.alloc(600, 0x5a), Buffer.from([0xff, 0xd9])]),
      'bad image data',
    ],
  ])('%s', async (_, bytes, message) => {
    const error = await decodeJpeg(bytes, 'x.jpg').catch((reason) => reason);
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toContain('x.jpg: ');
    expect(error.message).toContain(message);
    expect(error.hint).toBeTruthy();
    expect(await decodeJpeg(baseline, 'seven.jpg')).toMatchObject({ width: 96, height: 64 });
  });
});

test('what stands behind its end does not matter, nor do bytes between segments', async () => {
  const expected = (await decodeJpeg(baseline, 'a.jpg')).values;
  const junk = Buffer.from('MotionPhoto_Data');
  const behind = Buffer.concat([baseline, junk]);
  const between = Buffer.concat([head, Buffer.from([0xff, 0xff, 0xff]), scan]);
  for (const bytes of [behind, between]) {
    expect((await decodeJpeg(bytes, 'b.jpg')).values).toEqual(expected);
  }
});
