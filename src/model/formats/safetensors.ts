/**
 * https://huggingface.co/docs/safetensors: the length of a header, the header (JSON: each tensor's
 * dtype, shape and place), then the tensors' bytes without holes. As the header has them in the order
 * of θ, the bytes are θ.
 */
import * as v from 'valibot';
import { decodeText, parseObject } from '../../files/json.js';
import { DAMAGED_HINT, type ForeignModel, MAX_PARAMETERS, type Model } from '../model.js';
import { checked, DAMAGED } from '../read.js';
import { inRange, object } from '../schema.js';
import { BFLOAT16, FLOAT16, FLOAT32, FLOAT32_BYTES, FLOAT64, float32Bytes } from './floats.js';
import type { ReadableFormat } from './format.js';
import { formatRecord } from './record.js';
import { type LayerTensors, linearLayers, modelOfTensors, refuse, type Tensor } from './tensors.js';

export const safetensors: ReadableFormat = { extension: '.safetensors', write, read };

const LENGTH_BYTES = 8;
/** The format allows 100 MB; ten tensors and a record are 2 kB. */
const MAX_HEADER = 2 ** 20;
/** The key of our record in `__metadata__`. */
const RECORD = 'backprop';

function write(model: Model | ForeignModel): Uint8Array {
  const layers = linearLayers(model);
  const record = formatRecord(model);
  const header: Record<string, object> = {
    __metadata__: { format: 'pt', ...(record === undefined ? {} : { [RECORD]: record }) },
  };
  let end = 0;
  const add = (name: string, shape: readonly number[]): void => {
    const begin = end;
    end += FLOAT32_BYTES * shape.reduce((product, side) => product * side);
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, end] };
  };
  for (const [at, { inputs, outputs }] of layers.entries()) {
    const prefix = layers.length === 1 ? '' : `fc${at + 1}.`;
    add(`${prefix}weight`, [outputs, inputs]);
    add(`${prefix}bias`, [outputs]);
  }
  let text = JSON.stringify(header);
  text = text.padEnd(LENGTH_BYTES * Math.ceil(text.length / LENGTH_BYTES));
  const bytes = new Uint8Array(LENGTH_BYTES + text.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(new TextEncoder().encode(text), LENGTH_BYTES);
  bytes.set(float32Bytes(model.parameters), LENGTH_BYTES + text.length);
  return bytes;
}

const KINDS = { F64: FLOAT64, F32: FLOAT32, F16: FLOAT16, BF16: BFLOAT16 };
const DTYPES = ['F64', 'F32', 'F16', 'BF16'] as const;

const side = inRange({ whole: true, minimum: 0, maximum: MAX_PARAMETERS });
const offset = inRange({ whole: true, minimum: 0 });
const entrySchema = object({
  dtype: v.picklist(DTYPES, DTYPES.join(' or ')),
  shape: v.array(side, 'a list of numbers'),
  data_offsets: v.strictTuple([offset, offset], 'a list of two numbers'),
});
const metadataSchema = v.record(v.string(), v.string('a text'), 'an object');

function read(bytes: Uint8Array, file: string): Model | ForeignModel {
  const { header, data } = split(bytes, file);
  const { __metadata__: metadata = {}, ...entries } = header;
  const { [RECORD]: record } = checked(
    object({ __metadata__: metadataSchema }),
    { __metadata__: metadata },
    file,
  ).__metadata__;
  const layers = new Map<number, LayerTensors>();
  const places: Place[] = [];
  let prefix: string | undefined;
  for (const [name, entry] of Object.entries(entries)) {
    const match = /^(?:(fc|)(0|[1-9]\d?)\.|)(weight|bias)$/.exec(name);
    if (!match || (places.length > 0 && match[1] !== prefix)) {
      const expected =
        places.length > 0 ? `a name like ${places[0]!.name}` : 'weight or bias, or those of fc1 …';
      return refuse(file, `tensor ${JSON.stringify(name.slice(0, 60))}: expected ${expected}`);
    }
    prefix = match[1];
    const { [name]: checkedEntry } = checked(
      object({ [name]: entrySchema }),
      { [name]: entry },
      file,
    );
    const {
      dtype,
      shape,
      data_offsets: [begin, end],
    } = checkedEntry!;
    places.push({ name, begin, end, size: shape.reduce((a, b) => a * b, KINDS[dtype].bytes) });
    const number = Number(match[2] ?? 0);
    const layer = layers.get(number) ?? {};
    const tensor: Tensor = { name, shape, kind: KINDS[dtype], bytes: data.subarray(begin, end) };
    layer[match[3] === 'weight' ? 'weight' : 'bias'] = tensor;
    layers.set(number, layer);
  }
  checkPlaces(places, data.length, file);
  const nameOf = (layer: number, part: string) =>
    prefix === undefined ? part : `${prefix}${layer}.${part}`;
  return modelOfTensors(layers, nameOf, record, file);
}

function split(bytes: Uint8Array, file: string) {
  const left = bytes.length - LENGTH_BYTES;
  if (left < 2) refuse(file, `expected a header, found ${bytes.length} bytes`, DAMAGED_HINT);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  const most = Math.min(MAX_HEADER, left);
  if (length > most) {
    refuse(file, `header: expected at most ${most} bytes, found ${length}`, DAMAGED_HINT);
  }
  const start = LENGTH_BYTES + Number(length);
  const text = decodeText(bytes.subarray(LENGTH_BYTES, start), `${file}: header`, DAMAGED);
  if (!text.startsWith('{')) refuse(file, 'header: expected { at its start', DAMAGED_HINT);
  return {
    header: parseObject(text, `${file}: header`, { ...DAMAGED, maxValues: 10_000 }),
    data: bytes.subarray(start),
  };
}

/** Where a tensor lies, and how many bytes its shape has. */
interface Place {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
  readonly size: number;
}

/** One after the other, without overlaps, holes or a rest. */
function checkPlaces(places: readonly Place[], length: number, file: string): void {
  let from = 0;
  for (const { name, begin, end, size } of places.toSorted((a, b) => a.begin - b.begin)) {
    const found = `found ${begin} to ${end}`;
    if (begin !== from || end !== begin + size) {
      refuse(
        file,
        `${name}: data_offsets: expected ${from} to ${from + size}, ${found}`,
        DAMAGED_HINT,
      );
    }
    from = end;
  }
  if (from !== length) {
    refuse(file, `expected ${from} bytes of tensors, found ${length}`, DAMAGED_HINT);
  }
}
