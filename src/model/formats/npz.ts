/**
 * NumPy's archive: a zip of arrays, W1.npy b1.npy W2.npy b2.npy …, written as numpy.savez does. The
 * record is a text among them.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
import { type Zippable, zipSync } from 'fflate';
import { show } from '../../files/json.js';
import { MOST_HIDDEN } from '../../sgd.js';
import { DAMAGED_HINT, type ForeignModel, MAX_PARAMETERS, type Model } from '../model.js';
import { FLOAT16, FLOAT32, FLOAT64, type FloatKind, float32Bytes } from './floats.js';
import type { ReadableFormat } from './format.js';
import { formatRecord } from './record.js';
import { type LayerTensors, linearLayers, modelOfTensors, refuse, type Tensor } from './tensors.js';
import { readZip } from './zip.js';

export const npz: ReadableFormat = { extension: '.npz', write, read };

const ENTRY = /^(?:(W|b)([1-9]\d?)|record)\.npy$/;
/** All arrays unpacked: the parameters as float64, and room for headers and a record. */
const MAX_UNPACKED = 8 * MAX_PARAMETERS + 2 ** 16;

function write(model: Model | ForeignModel): Uint8Array {
  const files: Zippable = {};
  for (const [at, { inputs, outputs, weight, bias }] of linearLayers(model).entries()) {
    files[`W${at + 1}.npy`] = npy('<f4', `(${outputs}, ${inputs})`, float32Bytes(weight));
    files[`b${at + 1}.npy`] = npy('<f4', `(${outputs},)`, float32Bytes(bias));
  }
  const record = formatRecord(model);
  if (record !== undefined) {
    files['record.npy'] = npy(`|S${record.length}`, '()', new TextEncoder().encode(record));
  }
  // The earliest time that a zip can say, which is local: a model holds none.
  return zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) });
}

const MAGIC = [0x93, ...new TextEncoder().encode('NUMPY')];
/** Magic, two bytes of version, two of the header's length. */
const HEADER_AT = 10;
/** Where the numbers begin is a multiple of this. */
const ALIGNMENT = 64;

/** An array as numpy.save writes it, in version 1.0. */
function npy(descr: string, shape: string, data: Uint8Array): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = ALIGNMENT * Math.ceil((HEADER_AT + header.length + 1) / ALIGNMENT) - HEADER_AT;
  const bytes = new Uint8Array(HEADER_AT + length + data.length);
  bytes.set([...MAGIC, 1, 0, length & 255, length >> 8]);
  bytes.set(new TextEncoder().encode(`${header.padEnd(length - 1)}\n`), HEADER_AT);
  bytes.set(data, HEADER_AT + length);
  return bytes;
}

function read(bytes: Uint8Array, file: string): Model | ForeignModel {
  const layers = new Map<number, LayerTensors>();
  let record: string | undefined;
  for (const [entry, data] of unzip(bytes, file)) {
    const [, letter, number] = ENTRY.exec(entry)!;
    const name = entry.slice(0, -'.npy'.length);
    const array = arrayOf(data, name, file);
    if (letter === undefined) {
      record = textOf(array, file);
      continue;
    }
    const layer = layers.get(Number(number)) ?? {};
    layer[letter === 'W' ? 'weight' : 'bias'] = tensorOf(array, file);
    layers.set(Number(number), layer);
  }
  const nameOf = (layer: number, part: keyof LayerTensors) =>
    `${part === 'weight' ? 'W' : 'b'}${layer}`;
  return modelOfTensors(layers, nameOf, record, file);
}

/** The entries, each of them once, and together no larger than a model can be. */
function unzip(bytes: Uint8Array, file: string): Map<string, Uint8Array> {
  const entries = orRefuse(file, () => readZip(bytes, 2 * (MOST_HIDDEN + 1) + 1));
  let left = MAX_UNPACKED;
  const unpacked = new Map<string, Uint8Array>();
  for (const entry of entries) {
    const name = JSON.stringify(entry.name.slice(0, 60));
    if (!ENTRY.test(entry.name)) refuse(file, `${name}: expected arrays W1, b1, W2, b2 … alone`);
    if (unpacked.has(entry.name)) refuse(file, `${name}: expected once, found twice`, DAMAGED_HINT);
    left -= entry.size;
    if (left < 0) refuse(file, `expected at most ${MAX_UNPACKED} bytes unpacked, found more`);
    unpacked.set(
      entry.name,
      orRefuse(`${file}: ${name}`, () => entry.unpack()),
    );
  }
  return unpacked;
}

/** What the zip's reader says in a few words, as an error of ours. */
function orRefuse<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return refuse(file, `expected a zip file of arrays, found ${found}`, DAMAGED_HINT);
  }
}

interface NpyArray {
  readonly name: string;
  readonly descr: string;
  readonly columnMajor: boolean;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** As NumPy writes it; the keys stand in the order of the alphabet. */
const HEADER =
  /^\{'descr': '([^']+)', 'fortran_order': (True|False), 'shape': \((|\d{1,9}(?:, \d{1,9})*,?)\), \} *\n$/;

function arrayOf(bytes: Uint8Array, name: string, file: string): NpyArray {
  const isNpy = bytes.length >= HEADER_AT && MAGIC.every((byte, at) => bytes[at] === byte);
  if (!isNpy) refuse(file, `${name}: expected an array of NumPy, found other bytes`, DAMAGED_HINT);
  // Versions 2 and 3 are for headers of more than 65,535 bytes, or in UTF-8.
  if (bytes[6] !== 1) refuse(file, `${name}: expected version 1 of .npy, found ${bytes[6]}`);
  const start = HEADER_AT + bytes[8]! + 256 * bytes[9]!;
  const header = new TextDecoder('latin1').decode(bytes.subarray(HEADER_AT, start));
  const match = HEADER.exec(header);
  if (!match) {
    const found = JSON.stringify(header.slice(0, 60));
    return refuse(file, `${name}: expected an array of numbers, found ${found}`);
  }
  const [, descr = '', fortran, sides = ''] = match;
  return {
    name,
    descr,
    columnMajor: fortran === 'True',
    shape: sides
      .split(',')
      .filter((side) => side.trim() !== '')
      .map(Number),
    data: bytes.subarray(start),
  };
}

const KINDS: Record<string, FloatKind> = { '<f2': FLOAT16, '<f4': FLOAT32, '<f8': FLOAT64 };

function tensorOf({ name, descr, columnMajor, shape, data }: NpyArray, file: string): Tensor {
  const kind = KINDS[descr];
  if (!kind) {
    return refuse(file, `${name}: expected float32, float64 or float16, found ${show(descr)}`);
  }
  const size = shape.reduce((a, b) => a * b, kind.bytes);
  if (data.length !== size) {
    refuse(file, `${name}: expected ${size} bytes, found ${data.length}`, DAMAGED_HINT);
  }
  return { name, shape, kind, bytes: data, columnMajor };
}

/** A text of one byte a character, which NumPy fills up with zeros. */
function textOf({ name, descr, shape, data }: NpyArray, file: string): string {
  if (descr !== `|S${data.length}` || shape.length > 0) {
    refuse(file, `${name}: expected a text of ${data.length} bytes, found ${show(descr)}`);
  }
  return new TextDecoder('latin1').decode(data);
}
