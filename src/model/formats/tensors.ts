/** What the formats of tensors share: from a model to W and b of each layer, and back. */
import { ModelError } from '../../errors.js';
import { inputsOf, parameterCount, parametersOf } from '../../network.js';
import { isInRange, MOST_HIDDEN, UNITS } from '../../sgd.js';
import {
  assertSavable,
  type ForeignModel,
  MAX_CLASSES,
  MAX_PARAMETERS,
  type Model,
} from '../model.js';
import type { FloatKind } from './floats.js';
import { parseRecord } from './record.js';

/** W and b of a linear layer to be written. */
export interface LinearLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** outputs × inputs, row by row. */
  readonly weight: Float32Array;
  /** The same, one by one. */
  readonly rows: readonly Float32Array[];
  readonly bias: Float32Array;
}

/** The linear layers from the picture's side. @throws {ModelError} if the model cannot be saved */
export function linearLayers(model: Model | ForeignModel): LinearLayer[] {
  assertSavable(model);
  let inputs = inputsOf(model);
  return parametersOf(model.parameters, model).linear.map(({ weight, bias }) => {
    const [outputs, width] = [bias.length, inputs];
    const rows = Array.from({ length: outputs }, (_, i) =>
      weight.subarray(i * width, (i + 1) * width),
    );
    inputs = outputs;
    return { inputs: width, outputs, weight, rows, bias };
  });
}

/** An array of floats in a file, not yet looked at. */
export interface Tensor {
  /** As the file calls it. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: FloatKind;
  /** As many floats as the shape has, row by row; with `columnMajor` column by column. */
  readonly bytes: Uint8Array;
  readonly columnMajor?: boolean;
}

/** W and b of a layer, as far as a file has them. */
export interface LayerTensors {
  weight?: Tensor;
  bias?: Tensor;
}

/**
 * The model that a file's tensors make. Layers follow each other with ReLU between. Without a record
 * a picture is as wide as it is high, or else one row.
 *
 * @param layers by their number in the file
 * @param nameOf what the file would call a tensor that is missing
 * @throws {ModelError} naming file and tensor, before anything of the model's size is allocated
 */
export function modelOfTensors(
  layers: ReadonlyMap<number, LayerTensors>,
  nameOf: (layer: number, part: keyof LayerTensors) => string,
  record: string | undefined,
  file: string,
): Model | ForeignModel {
  const numbers = [...layers.keys()].sort((a, b) => a - b);
  if (numbers.length === 0 || numbers.length > MOST_HIDDEN + 1) {
    refuse(file, `expected 1 to ${MOST_HIDDEN + 1} linear layers, found ${numbers.length}`);
  }
  let width: number | undefined;
  const chain = numbers.map((number) => {
    const tensor = (part: keyof LayerTensors): Tensor =>
      layers.get(number)![part] ??
      refuse(file, `${nameOf(number, part)}: expected a tensor, found nothing`);
    const [weight, bias] = [tensor('weight'), tensor('bias')];
    const units = checkShapes(weight, bias, width, number === numbers.at(-1), file);
    width = units;
    return { weight, bias, units };
  });
  const inputs = chain[0]!.weight.shape[1]!;
  const units = chain.map((layer) => layer.units);
  const classes = units.pop()!;
  const known = recorded(record, inputs, units, file);
  const shape = { ...known, classes, hidden: units };
  const count = parameterCount(shape);
  if (count > MAX_PARAMETERS) {
    refuse(file, `expected at most ${MAX_PARAMETERS} parameters, found ${count}`);
  }
  const parameters = new Float32Array(count);
  let at = 0;
  for (const { weight, bias } of chain) {
    for (const tensor of [weight, bias]) {
      const part = parameters.subarray(at, at + tensor.shape.reduce((a, b) => a * b));
      fill(part, tensor, file);
      at += part.length;
    }
  }
  return { ...shape, parameters };
}

/** @returns the layer's outputs */
function checkShapes(
  weight: Tensor,
  bias: Tensor,
  inputs: number | undefined,
  isLast: boolean,
  file: string,
): number {
  const [outputs = 0, width = 0] = weight.shape;
  const found = `found ${inWords(weight.shape)}`;
  if (weight.shape.length !== 2 || outputs < 1 || width < 1) {
    refuse(file, `${weight.name}: expected outputs × inputs, ${found}`);
  }
  if (inputs !== undefined && width !== inputs) {
    const expected = inWords([outputs, inputs]);
    const why = 'inputs are the outputs of the layer before';
    refuse(file, `${weight.name}: expected ${expected} (${why}), ${found}`);
  }
  if (bias.shape.length !== 1 || bias.shape[0] !== outputs) {
    const why = `one for each row of ${weight.name}, ${inWords(weight.shape)}`;
    const [first] = bias.shape;
    // Keras has inputs × outputs.
    const hint = bias.shape.length === 1 && first === width ? `transpose ${weight.name}` : HINT;
    refuse(file, `${bias.name}: expected ${outputs} (${why}), found ${inWords(bias.shape)}`, hint);
  }
  const range = isLast ? { whole: true, minimum: 1, maximum: MAX_CLASSES } : UNITS;
  if (!isInRange(outputs, range)) {
    const of = isLast ? 'classes' : 'units';
    refuse(file, `${weight.name}: expected at most ${range.maximum} ${of}, found ${outputs}`);
  }
  return outputs;
}

type Known<M> = Omit<M, 'classes' | 'hidden' | 'parameters'>;

/** What the record says besides the weights; without one, sides that fit the inputs. */
function recorded(
  record: string | undefined,
  inputs: number,
  hidden: readonly number[],
  file: string,
): Known<Model> | Known<ForeignModel> {
  if (record === undefined) {
    const side = Math.sqrt(inputs);
    return Number.isInteger(side) ? { rows: side, columns: side } : { rows: 1, columns: inputs };
  }
  const read = parseRecord(record, file);
  if (read.rows * read.columns !== inputs) {
    const pixels = `${read.rows} × ${read.columns} pixels`;
    refuse(file, `record: input: expected ${inputs} pixels, as the weights have, found ${pixels}`);
  }
  if (String(read.training.hidden) !== String(hidden)) {
    const found = `[${read.training.hidden}]`;
    refuse(
      file,
      `record: training.hidden: expected [${hidden}], as the weights have, found ${found}`,
    );
  }
  return read;
}

/** Row by row as float32. */
function fill(part: Float32Array, tensor: Tensor, file: string): void {
  const { shape, kind, bytes, columnMajor = false } = tensor;
  const [rows = 1, columns = 1] = shape;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < part.length; i++) {
    const at = columnMajor ? (i % columns) * rows + Math.floor(i / columns) : i;
    const value = kind.read(view, kind.bytes * at);
    part[i] = value;
    if (Number.isFinite(part[i])) continue;
    refuse(file, `${tensor.name}[${i}]: expected a finite float32, found ${value}`);
  }
}

function inWords(shape: readonly number[]): string {
  return shape.length === 0 ? 'a single number' : shape.slice(0, 8).join(' × ');
}

const HINT =
  'a model is linear layers with ReLU between: weight and bias, or those of fc1, fc2 … or 0, 2 …';

export function refuse(file: string, message: string, hint: string = HINT): never {
  throw new ModelError(`${file}: ${message}`, { hint });
}
