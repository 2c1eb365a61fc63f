import { describe, expect, test } from 'vitest';
import {
  checkSameSides,
  classesOf,
  joinLabelled,
  parseIdxImages,
  parseIdxLabels,
} from '../../src/dataset/idx.js';
import { DataError } from '../../src/errors.js';
import { idxFile, imagesFile, labelsFile } from './idx-bytes.js';

const images = (bytes: Uint8Array) => () => parseIdxImages(bytes, 'i');
const labels = (bytes: Uint8Array) => () => parseIdxLabels(bytes, 'l');

test('reads images as a view of the file', () => {
  const file = imagesFile(3, 2, 4);
  const parsed = parseIdxImages(file, 'i');
  expect(parsed).toMatchObject({ count: 3, rows: 2, columns: 4 });
  expect(parsed.pixels).toHaveLength(24);
  expect(parsed.pixels.buffer).toBe(file.buffer);
  expect(parsed.pixels[5]).toBe(35);
});

test('reads labels and joins them to their images', () => {
  const joined = joinLabelled(
    parseIdxImages(imagesFile(3, 2, 4), 'i'),
    parseIdxLabels(labelsFile([0, 4, 2]), 'l'),
    5,
  );
  expect(joined).toMatchObject({ count: 3, rows: 2, columns: 4, classes: 5 });
  expect([...joined.labels]).toEqual([0, 4, 2]);
});

test('derives the classes from the labels of all files', () => {
  const train = parseIdxLabels(labelsFile([0, 1, 2]), 'a');
  const test = parseIdxLabels(labelsFile([6]), 'b');
  expect(classesOf(train, test)).toBe(7);
});

describe('rejects', () => {
  const patched = (offset: number, value: number) => {
    const bytes = imagesFile(2, 2, 2);
    bytes.writeUInt32BE(value, offset);
    return bytes;
  };
  test.each<[string, () => unknown, string]>([
    ['an empty file', images(Buffer.alloc(0)), 'i: the file is empty, expected IDX images'],
    [
      'a truncated IDX header',
      images(imagesFile(2, 2, 2).subarray(0, 9)),
      'i: truncated IDX header, expected 16 bytes, found 9',
    ],
    [
      'a header of three bytes',
      labels(labelsFile([1]).subarray(0, 3)),
      'l: truncated IDX header, expected 8 bytes, found 3',
    ],
    [
      'labels in the place of images',
      images(labelsFile([1])),
      'i: wrong magic number, expected 0x00000803 for images, found 0x00000801',
    ],
    [
      'a web page',
      labels(Buffer.from('<!doctype html>')),
      'l: wrong magic number, expected 0x00000801 for labels, found 0x3c21646f',
    ],
    [
      'floats, with what they are and what is taken',
      images(idxFile(0x0d, [2, 28, 28])),
      'i: expected IDX images, unsigned bytes in 3 dimensions, ' +
        'found 32-bit floats in 3 dimensions, 2×28×28',
    ],
    [
      'images of two dimensions',
      images(idxFile(0x08, [2, 784])),
      'i: expected IDX images, unsigned bytes in 3 dimensions, ' +
        'found unsigned bytes in 2 dimensions, 2×784',
    ],
    [
      'images of four dimensions',
      images(idxFile(0x08, [2, 1, 28, 28])),
      'i: expected IDX images, unsigned bytes in 3 dimensions, ' +
        'found unsigned bytes in 4 dimensions, 2×1×28×28',
    ],
    [
      'labels of 32 bits',
      labels(idxFile(0x0c, [3])),
      'l: expected IDX labels, unsigned bytes in 1 dimension, ' +
        'found 32-bit integers in 1 dimension, 3',
    ],
    [
      'dimensions that the file ends before',
      images(idxFile(0x0e, [5, 6]).subarray(0, 11)),
      'i: expected IDX images, unsigned bytes in 3 dimensions, found 64-bit floats in 2 dimensions',
    ],
    [
      'a type that IDX does not have',
      images(idxFile(0x07, [2, 28, 28])),
      'i: wrong magic number, expected 0x00000803 for images, found 0x00000703',
    ],
    ['zero images', images(patched(4, 0)), 'i: zero images, expected at least one'],
    ['zero rows', images(patched(8, 0)), 'i: images of 0×2 pixels, expected at least 1×1'],
    [
      'truncated images',
      images(imagesFile(2, 2, 2).subarray(0, 23)),
      'i: truncated, expected 24 bytes for 2 images of 2×2, found 23',
    ],
    [
      'extra bytes',
      labels(Buffer.concat([labelsFile([1, 2]), Buffer.alloc(3)])),
      'l: extra bytes at the end, expected 10 bytes for 2 labels, found 13',
    ],
    [
      'a count of 0xFFFFFFFF before anything is allocated',
      images(patched(4, 0xffffffff)),
      'i: truncated, expected 17179869196 bytes for 4294967295 images of 2×2, found 24',
    ],
  ])('%s', (_, parse, message) => {
    expect(parse).toThrow(DataError);
    expect(parse).toThrow(new RegExp(`^${message}$`));
  });

  test('a label outside the classes, with its index', () => {
    const three = parseIdxImages(imagesFile(3, 1, 1), 'i');
    const wrong = parseIdxLabels(labelsFile([9, 0, 10]), 'l');
    expect(() => joinLabelled(three, wrong, 10)).toThrow('l: label 10 at index 2, expected 0 to 9');
  });

  test('counts that differ', () => {
    const three = parseIdxImages(imagesFile(3, 1, 1), 'i');
    const two = parseIdxLabels(labelsFile([0, 1]), 'l');
    expect(() => joinLabelled(three, two, 10)).toThrow('i has 3 images but l has 2 labels');
  });

  test('sides that differ between training and test images', () => {
    const wide = parseIdxImages(imagesFile(1, 2, 3), 'test');
    const square = parseIdxImages(imagesFile(1, 2, 2), 'train');
    expect(() => checkSameSides(square, wide)).toThrow(
      'test: images of 2×3 pixels, expected 2×2 as in train',
    );
  });
});
