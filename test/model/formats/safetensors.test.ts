import { expect, test } from 'vitest';
import { ModelError } from '../../../src/errors.js';
import { safetensors } from '../../../src/model/formats/safetensors.js';
import type { ForeignModel, Model } from '../../../src/model/model.js';
import { deepModel, smallModel } from '../small-model.js';
import { float32, safetensorsFile } from './tensor-files.js';

const read = (bytes: Uint8Array): Model | ForeignModel => safetensors.read(bytes, 'm.safetensors');

function headerOf(bytes: Uint8Array): Record<string, Record<string, unknown>> {
  const length = Number(Buffer.from(bytes).readBigUInt64LE());
  return JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString());
}

test('one layer is weight and bias, with format "pt" and the record', () => {
  const bytes = safetensors.write(smallModel());
  const { __metadata__: metadata, ...tensors } = headerOf(bytes);
  expect(Object.keys(metadata!)).toEqual(['format', 'backprop']);
  expect(metadata!.format).toBe('pt');
  expect(tensors).toEqual({
    weight: { dtype: 'F32', shape: [2, 6], data_offsets: [0, 48] },
    bias: { dtype: 'F32', shape: [2], data_offsets: [48, 56] },
  });
  const length = Number(Buffer.from(bytes).readBigUInt64LE());
  expect(length % 8).toBe(0);
  expect(Buffer.from(bytes.subarray(8 + length))).toEqual(
    Buffer.from(float32(...smallModel().parameters)),
  );
});

test('more layers are fc1, fc2, …', () => {
  const names = Object.keys(headerOf(safetensors.write(deepModel())));
  expect(names).toEqual([
    '__metadata__',
    ...['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias', 'fc3.weight', 'fc3.bias'],
  ]);
});

/** 4 pixels, 2 classes: weight 0 … 7 and bias 8, 9, or what a test puts in their place. */
const weight = { dtype: 'F32', shape: [2, 4], data_offsets: [0, 32] };
const bias = { dtype: 'F32', shape: [2], data_offsets: [32, 40] };
const ten = float32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);

test('reads what others wrote: no record, a square picture', () => {
  const { parameters, ...shape } = read(safetensorsFile({ weight, bias }, ten));
  expect(shape).toEqual({ rows: 2, columns: 2, classes: 2, hidden: [] });
  expect([...parameters]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('reads tensors in any order, and other metadata', () => {
  const moved = {
    __metadata__: { format: 'pt', author: 'x' },
    bias: { ...bias, data_offsets: [0, 8] },
    weight: { ...weight, data_offsets: [8, 40] },
  };
  const bytes = safetensorsFile(moved, float32(8, 9, 0, 1, 2, 3, 4, 5, 6, 7));
  expect([...read(bytes).parameters]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test.each([
  ['fc1', 'fc2'],
  ['0', '2'],
  ['1', '3'],
])('reads layers called %s and %s', (first, second) => {
  const header = {
    [`${second}.weight`]: { dtype: 'F32', shape: [1, 2], data_offsets: [0, 8] },
    [`${second}.bias`]: { dtype: 'F32', shape: [1], data_offsets: [8, 12] },
    [`${first}.weight`]: { dtype: 'F32', shape: [2, 1], data_offsets: [12, 20] },
    [`${first}.bias`]: { dtype: 'F32', shape: [2], data_offsets: [20, 28] },
  };
  const model = read(safetensorsFile(header, float32(5, 6, 7, 1, 2, 3, 4)));
  expect(model).toMatchObject({ rows: 1, columns: 1, classes: 1, hidden: [2] });
  expect([...model.parameters]).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('reads float64, float16 and bfloat16', () => {
  const of = (dtype: string, size: number) => ({
    weight: { dtype, shape: [1, 4], data_offsets: [0, 4 * size] },
    bias: { dtype, shape: [1], data_offsets: [4 * size, 5 * size] },
  });
  const doubles = Buffer.from(new Float64Array([0.1, -2, 1e-40, 3e38, -0]).buffer);
  expect(read(safetensorsFile(of('F64', 8), doubles)).parameters).toEqual(
    Float32Array.of(0.1, -2, 1e-40, 3e38, -0),
  );
  // 1, −2, the smallest and the largest subnormal, the largest number.
  const halves = Buffer.from(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff).buffer);
  expect(read(safetensorsFile(of('F16', 2), halves)).parameters).toEqual(
    Float32Array.of(1, -2, 2 ** -24, 1023 * 2 ** -24, 65504),
  );
  const brain = Buffer.from(Uint16Array.of(0x3f80, 0xc000, 0x4049, 0x0001, 0x8000).buffer);
  expect(read(safetensorsFile(of('BF16', 2), brain)).parameters).toEqual(
    Float32Array.of(1, -2, 3.140625, 2 ** -133, -0),
  );
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

const layer = (shape: number[], dtype = 'F32') => ({ weight: { ...weight, dtype, shape }, bias });

test.each<[string, unknown, Uint8Array | number, string]>([
  [
    'an overlap',
    { weight, bias: { ...bias, data_offsets: [24, 32] } },
    32,
    'bias: data_offsets: expected 32 to 40, found 24 to 32',
  ],
  [
    'a hole',
    { weight, bias: { ...bias, data_offsets: [36, 44] } },
    44,
    'bias: data_offsets: expected 32 to 40, found 36 to 44',
  ],
  [
    'a hole at the start',
    { weight: { ...weight, data_offsets: [4, 36] }, bias: { ...bias, data_offsets: [36, 44] } },
    44,
    'weight: data_offsets: expected 0 to 32, found 4 to 36',
  ],
  ['a rest', { weight, bias }, 44, 'expected 40 bytes of tensors, found 44'],
  ['too few bytes', { weight, bias }, 36, 'expected 40 bytes of tensors, found 36'],
  [
    'a tensor that ends before it begins',
    { weight, bias: { ...bias, data_offsets: [40, 32] } },
    40,
    'bias: data_offsets: expected 32 to 40, found 40 to 32',
  ],
  [
    'a shape larger than its place',
    layer([2, 5]),
    40,
    'weight: data_offsets: expected 0 to 40, found 0 to 32',
  ],
  [
    'a shape that would overflow',
    { weight: { ...weight, shape: [2 ** 32, 2 ** 32] }, bias },
    40,
    'weight.shape[0]: expected at most 2000000, found 4294967296',
  ],
  ['a negative side', layer([-2, 4]), 40, 'weight.shape[0]: expected at least 0, found -2'],
  [
    'a tensor given twice',
    `{"weight":${JSON.stringify(weight)},"weight":${JSON.stringify(weight)},"bias":${JSON.stringify(bias)}}`,
    ten,
    'header: expected each field once, found one twice',
  ],
  [
    'another dtype',
    layer([2, 4], 'I32'),
    ten,
    'weight.dtype: expected F64 or F32 or F16 or BF16, found "I32"',
  ],
  ['an unknown field', { weight: { ...weight, more: 1 }, bias }, ten, 'weight.more: unknown field'],
  [
    'another name',
    { weight, bias, 'conv1.weight': weight },
    ten,
    'tensor "conv1.weight": expected a name like weight',
  ],
  [
    'another first name',
    { embedding: weight },
    ten,
    'tensor "embedding": expected weight or bias, or those of fc1 …',
  ],
  [
    'two ways of naming',
    { weight, 'fc1.bias': bias },
    ten,
    'tensor "fc1.bias": expected a name like weight',
  ],
  [
    'a name that would be a prototype',
    `{"__proto__":${JSON.stringify(weight)}}`,
    ten,
    'tensor "__proto__": expected weight or bias',
  ],
  [
    'no bias',
    { weight: { ...weight, data_offsets: [0, 32] } },
    32,
    'bias: expected a tensor, found nothing',
  ],
  [
    'no bias of the second layer',
    {
      '0.weight': weight,
      '0.bias': bias,
      '2.weight': { ...weight, shape: [1, 2], data_offsets: [40, 48] },
    },
    48,
    '2.bias: expected a tensor, found nothing',
  ],
  ['no tensor at all', { __metadata__: {} }, 0, 'expected 1 to 5 linear layers, found 0'],
  [
    'a weight of three sides',
    layer([2, 2, 2]),
    ten,
    'weight: expected outputs × inputs, found 2 × 2 × 2',
  ],
  [
    'a bias of two sides',
    { weight, bias: { ...bias, shape: [1, 2] } },
    ten,
    'bias: expected 2 (one for each row of weight, 2 × 4), found 1 × 2',
  ],
  [
    'layers that do not follow',
    {
      '0.weight': weight,
      '0.bias': bias,
      '2.weight': { ...weight, shape: [1, 3], data_offsets: [40, 52] },
      '2.bias': { ...bias, shape: [1], data_offsets: [52, 56] },
    },
    56,
    '2.weight: expected 1 × 2 (inputs are the outputs of the layer before), found 1 × 3',
  ],
  [
    'NaN',
    { weight, bias },
    float32(0, 1, 2, Number.NaN, 4, 5, 6, 7, 8, 9),
    'weight[3]: expected a finite float32, found NaN',
  ],
  [
    'metadata that are no texts',
    { __metadata__: { format: 1 }, weight, bias },
    ten,
    '__metadata__.format: expected',
  ],
  [
    'a record that is none',
    { __metadata__: { backprop: '{}' }, weight, bias },
    ten,
    'record: format: expected a value, found nothing',
  ],
  ['a list', '[]', 0, 'header: expected { at its start'],
  ['a header in front of which is space', ' {}', 0, 'header: expected { at its start'],
])('refuses %s', (_, header, data, message) => {
  expect(messageOf(safetensorsFile(header, data))).toContain(`m.safetensors: ${message}`);
});

test('refuses a header longer than the file, or of 100 MB, before it is read', () => {
  const file = Buffer.from(safetensorsFile({ weight, bias }, ten));
  file.writeBigUInt64LE(2n ** 63n);
  expect(messageOf(file)).toMatch(/header: expected at most \d+ bytes, found 9223372036854775808/);
  const large = Buffer.alloc(1e8 + 8);
  large.writeBigUInt64LE(100_000_000n);
  expect(messageOf(large)).toContain('header: expected at most 1048576 bytes, found 100000000');
  expect(messageOf(Uint8Array.of(1, 2))).toContain('expected a header, found 2 bytes');
});

test('refuses a record of another network', () => {
  const bytes = safetensors.write(smallModel());
  const { __metadata__ } = headerOf(bytes);
  expect(messageOf(safetensorsFile({ __metadata__, weight, bias }, ten))).toContain(
    'record: input: expected 4 pixels, as the weights have, found 2 × 3 pixels',
  );
  const deep = headerOf(safetensors.write(deepModel())).__metadata__;
  const six = {
    weight: { ...weight, shape: [1, 6], data_offsets: [0, 24] },
    bias: { ...bias, shape: [1], data_offsets: [24, 28] },
  };
  expect(messageOf(safetensorsFile({ __metadata__: deep, ...six }, 28))).toContain(
    'record: training.hidden: expected [], as the weights have, found [3,2]',
  );
});

test('refuses more parameters than a model may have before it makes room for them', () => {
  const wide = {
    weight: { dtype: 'F32', shape: [256, 8000], data_offsets: [0, 8_192_000] },
    bias: { dtype: 'F32', shape: [256], data_offsets: [8_192_000, 8_193_024] },
  };
  expect(messageOf(safetensorsFile(wide, 8_193_024))).toContain(
    'expected at most 2000000 parameters, found 2048256',
  );
});
