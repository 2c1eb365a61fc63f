/**
 * ONNX, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto: the network as a graph of operators.
 * Numbers of fields are those of that file.
 *
 * image [N, 1, rows, columns] → Flatten → u → [Gemm → v → Relu → h]* → Gemm → scores → Softmax → probabilities
 */
import type { ForeignModel, Model } from '../model.js';
import { float32Bytes } from './floats.js';
import type { Format } from './format.js';
import { message } from './protobuf.js';
import { formatRecord } from './record.js';
import { linearLayers } from './tensors.js';

export const onnx: Format = { extension: '.onnx', write };

/** Old enough for every runtime in use: a newer one than it knows is what a runtime refuses most often. */
const IR_VERSION = 7;
const OPSET = 14;
const FLOAT = 1;
const INT_ATTRIBUTE = 2;

function write(model: Model | ForeignModel): Uint8Array {
  const { rows, columns, classes } = model;
  const layers = linearLayers(model);
  const nodes = [node('Flatten', ['image'], 'u', { axis: 1 })];
  let input = 'u';
  for (const at of layers.keys()) {
    const isLast = at === layers.length - 1;
    const number = at + 1;
    const output = isLast ? 'scores' : `v${number}`;
    nodes.push(node('Gemm', [input, `W${number}`, `b${number}`], output, { transB: 1 }));
    if (!isLast) nodes.push(node('Relu', [output], `h${number}`));
    input = isLast ? output : `h${number}`;
  }
  nodes.push(node('Softmax', ['scores'], 'probabilities', { axis: 1 }));
  const initializers = layers.flatMap(({ inputs, outputs, weight, bias }, at) => [
    tensor(`W${at + 1}`, [outputs, inputs], weight),
    tensor(`b${at + 1}`, [outputs], bias),
  ]);
  const graph = message(
    ...nodes.map((bytes) => [1, bytes] as const),
    [2, 'backprop'],
    ...initializers.map((bytes) => [5, bytes] as const),
    [11, valueInfo('image', ['N', 1, rows, columns])],
    [12, valueInfo('scores', ['N', classes])],
    [12, valueInfo('probabilities', ['N', classes])],
  );
  const record = formatRecord(model);
  const properties = record === undefined ? [] : [message([1, 'backprop'], [2, record])];
  return message(
    [1, IR_VERSION],
    [2, 'backprop-train'],
    [7, graph],
    [8, message([1, ''], [2, OPSET])],
    ...properties.map((bytes) => [14, bytes] as const),
  );
}

/** NodeProto with whole numbers as attributes. */
function node(
  type: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number>> = {},
): Uint8Array {
  return message(
    ...inputs.map((name) => [1, name] as const),
    [2, output],
    [3, output],
    [4, type],
    ...Object.entries(attributes).map(
      ([name, value]) => [5, message([1, name], [3, value], [20, INT_ATTRIBUTE])] as const,
    ),
  );
}

/** TensorProto */
function tensor(name: string, shape: readonly number[], values: Float32Array): Uint8Array {
  const dims = shape.map((side) => [1, side] as const);
  return message(...dims, [2, FLOAT], [8, name], [9, float32Bytes(values)]);
}

/** ValueInfoProto of floats; a side that is a text is one that the caller chooses. */
function valueInfo(name: string, sides: readonly (number | string)[]): Uint8Array {
  const shape = message(
    ...sides.map((side) => [1, message([typeof side === 'string' ? 2 : 1, side])] as const),
  );
  return message([1, name], [2, message([1, message([1, FLOAT], [2, shape])])]);
}
