import { expect, test } from 'vitest';
import { ModelError } from '../../../src/errors.js';
import { npz } from '../../../src/model/formats/npz.js';
import type { ForeignModel, Model } from '../../../src/model/model.js';
import { smallModel } from '../small-model.js';
import { type Entry, float32, npyFile, npyHeader, zipFile } from './tensor-files.js';

const read = (bytes: Uint8Array): Model | ForeignModel => npz.read(bytes, 'm.npz');

/** 4 pixels, 2 classes: W1 0 … 7 and b1 8, 9, or what a test puts in their place. */
const W1: Entry = {
  name: 'W1.npy',
  content: npyFile(npyHeader('<f4', '(2, 4)'), float32(0, 1, 2, 3, 4, 5, 6, 7)),
};
const b1: Entry = { name: 'b1.npy', content: npyFile(npyHeader('<f4', '(2,)'), float32(8, 9)) };

test('reads arrays, stored or deflated', () => {
  for (const deflated of [false, true]) {
    const { parameters, ...shape } = read(
      zipFile([
        { ...b1, deflated },
        { ...W1, deflated },
      ]),
    );
    expect(shape).toEqual({ rows: 2, columns: 2, classes: 2, hidden: [] });
    expect([...parameters]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }
});

test('reads column by column, float64 and float16', () => {
  const turned = npyFile(npyHeader('<f4', '(2, 4)', 'True'), float32(0, 4, 1, 5, 2, 6, 3, 7));
  expect([...read(zipFile([{ ...W1, content: turned }, b1])).parameters]).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ]);
  const doubles = Buffer.from(new Float64Array([0.1, 3e38]).buffer);
  const halves = Buffer.from(Uint16Array.of(0x3c00, 0x7bff).buffer);
  const content = npyFile(npyHeader('<f8', '(2, 1)'), doubles);
  const bias = npyFile(npyHeader('<f2', '(2,)'), halves);
  const mixed = zipFile([
    { ...W1, content },
    { ...b1, content: bias },
  ]);
  expect(read(mixed).parameters).toEqual(Float32Array.of(0.1, 3e38, 1, 65504));
});

test('the time in the archive is the same for all, in any time zone', () => {
  const zone = process.env.TZ;
  const files = ['UTC', 'Pacific/Auckland', 'America/Los_Angeles'].map((name) => {
    process.env.TZ = name;
    return npz.write(smallModel());
  });
  process.env.TZ = zone;
  if (zone === undefined) delete process.env.TZ;
  expect(files[1]).toEqual(files[0]);
  expect(files[2]).toEqual(files[0]);
});

function messageOf(bytes: Uint8Array): string {
  try {
    read(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ModelError);
    expect((error as ModelError).hint).toBeTruthy();
    return (error as ModelError).message;
  }
  return expect.fail('expected a refusal');
}

const withWeight = (header: string, data: Uint8Array = float32(0, 1, 2, 3, 4, 5, 6, 7)) =>
  zipFile([{ ...W1, content: npyFile(header, data) }, b1]);

test.each<[string, Uint8Array, string]>([
  [
    'another array',
    zipFile([W1, b1, { ...b1, name: 'arr_0.npy' }]),
    '"arr_0.npy": expected arrays W1, b1',
  ],
  [
    'a path',
    zipFile([{ ...W1, name: '../W1.npy' }]),
    '"../W1.npy": expected arrays W1, b1, W2, b2 … alone',
  ],
  ['an array given twice', zipFile([W1, b1, b1]), '"b1.npy": expected once, found twice'],
  [
    'a wrong checksum',
    zipFile([W1, { ...b1, crc: 1 }]),
    '"b1.npy": expected a zip file of arrays, found a wrong checksum',
  ],
  [
    'a size that is too small',
    zipFile([W1, { ...b1, size: 8 }]),
    '"b1.npy": expected a zip file of arrays, found',
  ],
  [
    'more than it says',
    zipFile([W1, { ...b1, deflated: true, size: 8 }]),
    '"b1.npy": expected a zip file of arrays, found more than 8 bytes',
  ],
  ['less than it says', zipFile([W1, { ...b1, deflated: true, size: 800 }]), 'bytes, not 800'],
  [
    'a size of 4 GB',
    zipFile([W1, { ...b1, deflated: true, size: 2 ** 32 - 1 }]),
    'expected at most 16065536 bytes unpacked, found more',
  ],
  ['another compression', zipFile([W1, { ...b1, method: 12 }]), 'found compression method 12'],
  [
    'garbage for deflate',
    zipFile([W1, { ...b1, method: 8 }]),
    '"b1.npy": expected a zip file of arrays, found',
  ],
  [
    'an entry that is no array',
    zipFile([{ ...W1, content: Buffer.from('x') }, b1]),
    'W1: expected an array of NumPy, found other bytes',
  ],
  [
    'more entries than there are',
    zipFile([W1, b1], 3),
    'expected a zip file of arrays, found a damaged directory',
  ],
  [
    '65,535 entries',
    zipFile([W1, b1], 65_535),
    'expected a zip file of arrays, found 65535 entries',
  ],
  ['no entries', zipFile([]), 'expected 1 to 5 linear layers, found 0'],
  [
    'no zip file',
    Buffer.from('W1,b1'),
    'expected a zip file of arrays, found no directory at its end',
  ],
  [
    'another version of .npy',
    zipFile([{ ...W1, content: Buffer.from(W1.content).fill(2, 6, 7) }, b1]),
    'W1: expected version 1 of .npy, found 2',
  ],
  [
    'objects, which would be Python code',
    withWeight(npyHeader('|O', '(2, 4)')),
    'W1: expected float32, float64 or float16, found "|O"',
  ],
  ['big-endian floats', withWeight(npyHeader('>f4', '(2, 4)')), 'found ">f4"'],
  [
    'a structure',
    withWeight("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 4), }"),
    "W1: expected an array of numbers, found \"{'descr': [(",
  ],
  [
    'a shape that would overflow',
    withWeight(npyHeader('<f4', '(65536, 65536)')),
    'W1: expected 17179869184 bytes, found 32',
  ],
  [
    'a shape of other length',
    withWeight(npyHeader('<f4', '(2, 5)')),
    'W1: expected 40 bytes, found 32',
  ],
  [
    'a shape that is none',
    withWeight(npyHeader('<f4', '(2, , 4)')),
    'W1: expected an array of numbers',
  ],
  ['no W2', zipFile([W1, b1, { ...b1, name: 'b2.npy' }]), 'W2: expected a tensor, found nothing'],
  [
    "Keras' order of sides",
    withWeight(npyHeader('<f4', '(4, 2)')),
    'b1: expected 4 (one for each row of W1, 4 × 2), found 2',
  ],
  [
    'infinity',
    withWeight(npyHeader('<f8', '(2, 1)'), Buffer.from(new Float64Array([1, 1e39]).buffer)),
    'W1[1]: expected a finite float32, found 1e+39',
  ],
  [
    'a record that is no text',
    zipFile([W1, b1, { ...b1, name: 'record.npy' }]),
    'record: expected a text of 8 bytes, found "<f4"',
  ],
  [
    'a record that is none',
    zipFile([
      W1,
      b1,
      { name: 'record.npy', content: npyFile(npyHeader('|S2', '()'), Buffer.from('{}')) },
    ]),
    'record: format: expected a value, found nothing',
  ],
])('refuses %s', (_, bytes, message) => {
  expect(messageOf(bytes)).toContain('m.npz: ');
  expect(messageOf(bytes)).toContain(message);
});

test("says what to do about Keras' order of sides", () => {
  const keras = withWeight(npyHeader('<f4', '(4, 2)'));
  expect(() => read(keras)).toThrow(expect.objectContaining({ hint: 'transpose W1' }));
});

test('stops at the size that an entry claims, whatever it would unpack to', () => {
  const bomb = zipFile([{ name: 'W1.npy', content: Buffer.alloc(6e7), deflated: true, size: 8e6 }]);
  expect(bomb.length).toBeLessThan(100_000);
  expect(messageOf(bomb)).toContain('found more than 8000000 bytes');
});
