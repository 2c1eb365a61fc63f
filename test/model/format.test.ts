import { describe, expect, test } from 'vitest';
import { formatModel, shortestDecimal } from '../../src/model/model.js';
import { deepModel, deepText, goodText, smallModel } from './small-model.js';

describe('writing', () => {
  test('lays the model out for people, a line of weights per class', () => {
    expect(goodText).toMatchInlineSnapshot(`
      "{
        "format": "backprop-model",
        "version": 1,
        "classes": 2,
        "input": { "rows": 2, "columns": 3, "scale": 0.00392156862745098 },
        "layers": [
          { "type": "reshape", "rows": 2, "columns": 3, "outputs": 6 },
          {
            "type": "linear",
            "inputs": 6,
            "outputs": 2,
            "weight": [
      0,-0,0.1,-0.25,1e-45,3.4028235e+38,
      1,2,3,4,5,6
            ],
            "bias": [0.5,-7]
          },
          { "type": "softmax" }
        ],
        "training": {
          "epochs": 5,
          "batchSize": 100,
          "learningRate": 0.1,
          "learningRateSchedule": "cosine",
          "momentum": 0.9,
          "weightDecay": 0,
          "seed": 1,
          "shuffle": true,
          "init": "zeros",
          "limit": null,
          "validation": 0.1,
          "earlyStop": 3,
          "kernel": "reference",
          "resumedFrom": null,
          "dataset": {
            "name": "mnist",
            "sha256": "abababababababababababababababababababababababababababababababab"
          }
        },
        "metrics": {
          "epoch": 4,
          "train": {
            "loss": 0.25,
            "accuracy": 0.93
          },
          "validation": {
            "loss": 0.26,
            "accuracy": 0.925
          },
          "test": {
            "loss": 0.27,
            "accuracy": 0.924
          }
        }
      }
      "
    `);
  });

  test('lays a deep model out as version 2, with its hidden layers in the training too', () => {
    expect(deepText.slice(0, deepText.indexOf('"limit"'))).toMatchInlineSnapshot(`
      "{
        "format": "backprop-model",
        "version": 2,
        "classes": 2,
        "input": { "rows": 2, "columns": 3, "scale": 0.00392156862745098 },
        "layers": [
          { "type": "reshape", "rows": 2, "columns": 3, "outputs": 6 },
          {
            "type": "linear",
            "inputs": 6,
            "outputs": 3,
            "weight": [
      -2.125,-2,-1.875,-1.75,-1.625,-1.5,
      -1.375,-1.25,-1.125,-1,-0.875,-0.75,
      -0.625,-0.5,-0.375,-0.25,-0.125,0
            ],
            "bias": [0.125,0.25,0.375]
          },
          { "type": "relu" },
          {
            "type": "linear",
            "inputs": 3,
            "outputs": 2,
            "weight": [
      0.5,0.625,0.75,
      0.875,1,1.125
            ],
            "bias": [1.25,1.375]
          },
          { "type": "relu" },
          {
            "type": "linear",
            "inputs": 2,
            "outputs": 2,
            "weight": [
      1.5,1.625,
      1.75,1.875
            ],
            "bias": [2,2.125]
          },
          { "type": "softmax" }
        ],
        "training": {
          "epochs": 5,
          "batchSize": 100,
          "learningRate": 0.1,
          "learningRateSchedule": "cosine",
          "momentum": 0.9,
          "weightDecay": 0,
          "seed": 1,
          "shuffle": true,
          "hidden": [
            3,
            2
          ],
          "init": "he",
          "
    `);
  });

  test('gives the same text whatever order the fields were built in', () => {
    const { training, metrics } = smallModel();
    const reversed = <T extends object>(value: T): T =>
      Object.fromEntries(Object.entries(value).reverse()) as T;
    const other = smallModel({ training: reversed(training), metrics: reversed(metrics) });
    expect(formatModel(other)).toBe(goodText);
  });

  test.each([
    [3, Number.NaN, 'layers[1].weight[3] (linear): expected a finite number, found NaN'],
    [7, Number.POSITIVE_INFINITY, 'layers[1].weight[7] (linear): expected a finite number'],
    [13, Number.NEGATIVE_INFINITY, 'layers[1].bias[1] (linear): expected a finite number'],
    [17, Number.NaN, 'layers[1].weight[17] (linear): expected a finite number', deepModel()],
    [20, Number.NaN, 'layers[1].bias[2] (linear): expected a finite number', deepModel()],
    [21, Number.NaN, 'layers[3].weight[0] (linear): expected a finite number', deepModel()],
    [34, Number.NaN, 'layers[5].bias[1] (linear): expected a finite number', deepModel()],
  ])(
    'refuses parameter %d of %d, naming layer and index',
    (at, value, message, model = smallModel()) => {
      model.parameters[at] = value;
      expect(() => formatModel(model)).toThrow(message);
    },
  );

  test('refuses figures that are not finite, naming the field', () => {
    const { metrics } = smallModel();
    const test = { loss: Number.NaN, accuracy: 0 };
    expect(() => formatModel(smallModel({ metrics: { ...metrics, test } }))).toThrow(
      'metrics.test.loss: expected a finite number',
    );
  });

  test('refuses parameters that do not fit the sizes', () => {
    expect(() => formatModel(smallModel({ columns: 4 }))).toThrow(
      'model: expected 18 parameters (layers[1]: 2 × 8 + 2), found 14',
    );
    expect(() => formatModel(deepModel({ columns: 4 }))).toThrow(
      'expected 41 parameters (layers[1]: 3 × 8 + 3, layers[3]: 2 × 3 + 2, layers[5]: 2 × 2 + 2), found 35',
    );
    expect(() => formatModel(deepModel({ hidden: [] }))).toThrow(
      'model: training.hidden: expected [] (hidden), found [3,2]',
    );
    const five = [1, 1, 1, 1, 1];
    expect(() => formatModel(deepModel({ hidden: five }))).toThrow(
      'hidden: expected at most 4 layers of 1 to 4096 units, found 1,1,1,1,1',
    );
    expect(() => formatModel(deepModel({ hidden: [4097] }))).toThrow('1 to 4096 units, found 4097');
    expect(() => formatModel(deepModel({ hidden: [4096, 4096] }))).toThrow(
      'at most 256 classes and 2000000 parameters, found 2 and 16818178',
    );
    expect(() => formatModel(smallModel({ rows: 0 }))).toThrow('rows: expected a whole number');
    expect(() => formatModel(smallModel({ classes: 257 }))).toThrow('at most 256 classes');
  });
});

describe('the decimal of a float32', () => {
  test.each([
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [-0.5, '-0.5'],
    [Math.fround(0.1), '0.1'],
    [Math.fround(1 / 3), '0.33333334'],
    [Math.fround(1e-7), '1e-7'],
    [2 ** -149, '1e-45'],
    [2 ** -126, '1.1754944e-38'],
    [3.4028234663852886e38, '3.4028235e+38'],
    [33554448, '33554450'],
    [2 ** 33, '8589935000'],
    [Math.fround(-1.2345679e20), '-123456790000000000000'],
  ])('of %d is %s', (value, text) => {
    expect(shortestDecimal(value)).toBe(text);
  });

  // A linear congruential generator of full period, as fast as it must be for millions.
  test('reads back to the same bits, in at most 22 characters, and is the shortest', () => {
    const pattern = new Uint32Array(1);
    const float = new Float32Array(pattern.buffer);
    let longest = 0;
    for (let n = 0; n < 2_000_000; n++) {
      pattern[0] = Math.imul(pattern[0]!, 1_664_525) + 1_013_904_223;
      const value = float[0]!;
      if (!Number.isFinite(value)) continue;
      const text = shortestDecimal(value);
      longest = Math.max(longest, text.length);
      const back = Math.fround(Number(text));
      const digits = text
        .replace(/e.*/, '')
        .replace(/[-.]/g, '')
        .replace(/^0+|0+$/g, '').length;
      const shorter = digits > 1 ? Number(value.toPrecision(digits - 1)) : Number.NaN;
      if (!Object.is(back, value) || Math.fround(shorter) === value) {
        expect.fail(`${value} as ${text}`);
      }
    }
    expect(longest).toBe(22);
  });

  test('has one digit more than it needs for three powers of two and no other', () => {
    const longer: number[] = [];
    for (let exponent = -149; exponent < 128; exponent++) {
      const value = 2 ** exponent;
      const [mantissa, ten] = Number(shortestDecimal(value)).toExponential().split('e');
      const digits = mantissa!.replace('.', '').length;
      const below = Math.floor(value / 10 ** (Number(ten) - digits + 2));
      const shorter = [below, below + 1].map((n) => Number(`${n}e${Number(ten) - digits + 2}`));
      if (digits > 1 && shorter.some((decimal) => Math.fround(decimal) === value)) {
        longer.push(exponent);
      }
    }
    expect(longer).toEqual([-96, 87, 90]);
  });
});
