import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { encodeFloats } from '../../src/base64.js';
import { BackpropError, ModelError } from '../../src/errors.js';
import {
  type Checkpoint,
  formatCheckpoint,
  parseResumable,
  readResumable,
  saveCheckpoint,
} from '../../src/model/checkpoint.js';
import { MAX_BYTES, readModel } from '../../src/model/file.js';
import { formatModel, MAX_CLASSES, MAX_PARAMETERS } from '../../src/model/model.js';
import type { EpochEvent } from '../../src/train.js';
import { temporaryFolder } from '../dataset/idx-bytes.js';

/** Two classes of 1×2 images, stopped in the third epoch, whose second was the best. */
function smallCheckpoint(): Checkpoint {
  const epoch = (number: number, loss: number, best: boolean): EpochEvent => ({
    type: 'epoch',
    epoch: number,
    learningRate: 0.4 / number,
    best,
    train: { loss: loss / 3, accuracy: 0.5 },
    validation: { loss, accuracy: 0.25 },
  });
  const epochs = [epoch(1, 0.7, true), epoch(2, 0.1, true)];
  return {
    rows: 1,
    columns: 2,
    classes: 2,
    hidden: [],
    training: {
      epochs: 4,
      batchSize: 3,
      learningRate: 0.4,
      learningRateSchedule: 'linear',
      momentum: 0.9,
      weightDecay: 0,
      seed: 1,
      shuffle: true,
      hidden: [],
      init: 'zeros',
      limit: null,
      validation: 0.2,
      earlyStop: 2,
      kernel: 'simd',
      resumedFrom: null,
      dataset: { name: 'mnist', sha256: 'ab'.repeat(32) },
    },
    state: {
      epoch: 3,
      step: 1,
      random: [1, 2, 4294967295, 4],
      lossSum: 0.1 + 0.2,
      correct: 2,
      parameters: Float32Array.of(0.1, -0, 1e-45, 3.4028235e38, 5, 6),
      velocity: Float32Array.of(0, 0, 0.3, 0, -0.5, 0),
      kept: {
        epoch: 2,
        epochsRun: 2,
        train: epochs[1]!.train,
        validation: epochs[1]!.validation,
        parameters: Float32Array.of(1, 2, 3, 4, 5, 6),
      },
      epochsSinceBest: 0,
    },
    epochs,
  };
}

const good = formatCheckpoint(smallCheckpoint());
const [parameters, velocity, best] = good.match(/(?<=")[\w+/]{32}(?=")/g) as [
  string,
  string,
  string,
];
const NOT_FINITE = encodeFloats(Float32Array.of(0, 0, Number.NaN, 0, 0, 0));

/** The message for a file in which `from` has become `to`. */
function refusal(from: string | RegExp, to: string): string {
  const text = good.replace(from, to);
  expect(text).not.toBe(good);
  return messageOf(text);
}

const messageOf = (text: string): string => errorOf(text).message;

function errorOf(text: string): ModelError {
  try {
    parseResumable(text, 'c.json');
  } catch (error) {
    expect(error).toBeInstanceOf(ModelError);
    expect((error as ModelError).exitCode).toBe(4);
    expect((error as ModelError).hint).toBeTruthy();
    return error as ModelError;
  }
  return expect.fail('expected a refusal');
}

let path: string;
beforeEach(async () => {
  path = join(await temporaryFolder(), 'run.json');
});

describe('writing', () => {
  test('lays a checkpoint out for people, its epochs in columns', () => {
    expect(good).toMatchInlineSnapshot(`
      "{
        "format": "backprop-checkpoint",
        "version": 2,
        "classes": 2,
        "input": {"rows":1,"columns":2,"scale":0.00392156862745098},
        "training": {"epochs":4,"batchSize":3,"learningRate":0.4,"learningRateSchedule":"linear","momentum":0.9,"weightDecay":0,"seed":1,"shuffle":true,"hidden":[],"init":"zeros","limit":null,"validation":0.2,"earlyStop":2,"kernel":"simd","resumedFrom":null,"dataset":{"name":"mnist","sha256":"abababababababababababababababababababababababababababababababab"}},
        "epoch": 3,
        "step": 1,
        "random": [1,2,4294967295,4],
        "lossSum": 0.30000000000000004,
        "correct": 2,
        "parameters": "zczMPQAAAIABAAAA//9/fwAAoEAAAMBA",
        "velocity": "AAAAAAAAAACamZk+AAAAAAAAAL8AAAAA",
        "best": {"epoch":2,"parameters":"AACAPwAAAEAAAEBAAACAQAAAoEAAAMBA"},
        "epochs": {"learningRate":[0.4,0.2],"trainLoss":[0.2333333333333333,0.03333333333333333],"trainAccuracy":[0.5,0.5],"validationLoss":[0.7,0.1],"validationAccuracy":[0.25,0.25]}
      }
      "
    `);
  });

  test('refuses what JSON has no words for, naming it', () => {
    const { state } = smallCheckpoint();
    const damaged = (change: object) => () =>
      formatCheckpoint({ ...smallCheckpoint(), state: { ...state, ...change } });
    expect(damaged({ velocity: Float32Array.of(0, NaN, 0, 0, 0, 0) })).toThrow(
      'checkpoint: velocity[1]: expected a finite number, found NaN; not saved',
    );
    expect(damaged({ lossSum: Number.POSITIVE_INFINITY })).toThrow('checkpoint.lossSum');
  });
});

describe('a round trip', () => {
  test('through a file gives back every bit', async () => {
    await saveCheckpoint(path, smallCheckpoint());
    const read = await readResumable(path);
    expect(read).toEqual({ checkpoint: smallCheckpoint() });
    expect(formatCheckpoint(read.checkpoint!)).toBe(good);
  });

  test('keeps the hidden layers and what they have', () => {
    const { training, state, ...rest } = smallCheckpoint();
    const hidden = [3, 1];
    const floats = Float32Array.from({ length: 17 }, (_, p) => p / 16);
    const deep = {
      ...rest,
      hidden,
      training: { ...training, hidden },
      state: {
        ...state,
        parameters: floats,
        velocity: floats.map((value) => -value),
        kept: { ...state.kept!, parameters: floats },
      },
    };
    expect(parseResumable(formatCheckpoint(deep), 'c')).toEqual(deep);
  });

  test('keeps every finite float32 and every finite float64 sum', () => {
    const six = fc
      .float32Array({ minLength: 6, maxLength: 6, noNaN: true })
      .filter((all) => all.every(Number.isFinite));
    const sum = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(six, six, sum, (parameters, velocity, lossSum) => {
        const { state, ...rest } = smallCheckpoint();
        const changed = { ...rest, state: { ...state, parameters, velocity, lossSum } };
        const text = formatCheckpoint(changed);
        expect(formatCheckpoint(parseResumable(text, 'c') as Checkpoint)).toBe(text);
      }),
      { seed: 20240611, numRuns: 300 },
    );
  });

  test('leaves out the best parameters where the next epoch replaces them', () => {
    const checkpoint = smallCheckpoint();
    checkpoint.training = { ...checkpoint.training, validation: 0 };
    checkpoint.epochs = checkpoint.epochs.map((epoch) => ({ ...epoch, validation: null }));
    const { kept } = checkpoint.state;
    checkpoint.state = { ...checkpoint.state, kept: { ...kept!, validation: null } };
    const read = parseResumable(formatCheckpoint(checkpoint), 'c') as Checkpoint;
    expect(read.state.kept).toBe(null);
    expect(read.epochs).toEqual(checkpoint.epochs);
  });

  test('counts the epochs since the best from the losses', () => {
    const text = good.replace(/("validationLoss":)\[[^\]]*\]/, '$1[0.1, 0.1]');
    const { state, epochs } = parseResumable(
      text.replace('"epoch":2,', '"epoch":1,'),
      'c',
    ) as Checkpoint;
    expect(epochs.map(({ best }) => best)).toEqual([true, false]);
    expect(state).toMatchObject({ epochsSinceBest: 1, kept: { epoch: 1, epochsRun: 2 } });
  });
});

describe('reading', () => {
  test('tells a model from a checkpoint by its format', async () => {
    const { parameters } = smallCheckpoint().state;
    const score = { loss: 1, accuracy: 0.5 };
    const text = formatModel({
      rows: 1,
      columns: 2,
      classes: 2,
      hidden: [],
      training: smallCheckpoint().training,
      parameters: Float32Array.from(parameters),
      metrics: { epoch: 1, train: score, validation: null, test: score },
    });
    writeFileSync(path, text);
    expect(await readResumable(path)).toEqual(await readModel(path));
    await saveCheckpoint(path, smallCheckpoint());
    await expect(readModel(path)).rejects.toThrow(
      'format: expected "backprop-model", found "backprop-checkpoint"',
    );
  });

  test.each([
    [/"backprop-checkpoint"/, '"x"', 'format: expected "backprop-model" or "backprop-checkpoint"'],
    ['"version": 2', '"version": 3', 'version: expected 2, found the newer 3'],
    ['"version": 2', '"version": "2"', 'version: expected 2, found "2"'],
    ['"version": 2', '"version": 1', 'version: expected 2, found the older 1'],
    ['"epoch": 3', '"epoch": 0', 'epoch: expected at least 1, found 0'],
    ['"epoch": 3', '"epoch": 5', 'epoch: expected at most 4 (training.epochs), found 5'],
    [
      '"epoch": 3',
      '"epoch": 4',
      'epochs.learningRate: expected 3 numbers (one per finished epoch)',
    ],
    ['"step": 1', '"step": 1.5', 'step: expected a whole number, found 1.5'],
    ['"step": 1', '"step": -1', 'step: expected at least 0, found -1'],
    ['[1,2,4294967295,4]', '[1,2,4]', 'random[3]: expected a number, found nothing'],
    ['[1,2,4294967295,4]', '[1,2,4,3,5]', 'random[4]: unknown entry'],
    ['[1,2,4294967295,4]', '[0,0,0,0]', 'random: expected a number above 0 among them'],
    ['4294967295', '4294967296', 'random[2]: expected at most 4294967295, found 4294967296'],
    ['"lossSum": 0.30000000000000004', '"lossSum": 1e400', 'lossSum: expected a number, found Inf'],
    ['"lossSum": 0.30000000000000004', '"lossSum": null', 'lossSum: expected a number, found null'],
    ['"correct": 2', '"correct": true', 'correct: expected a number, found true'],
    [
      parameters,
      parameters.slice(4),
      'parameters: expected 32 characters (base64 of 6 float32), found 28',
    ],
    [parameters, `${parameters}AAAA`, 'parameters: expected 32 characters (base64 of 6 float32)'],
    [parameters, `é${parameters.slice(1)}`, 'parameters: expected base64, found other characters'],
    [
      parameters,
      `${parameters.slice(4)}    `,
      'parameters: expected 6 numbers (one per parameter)',
    ],
    [parameters, NOT_FINITE, 'parameters[2]: expected a finite number, found NaN'],
    [velocity, NOT_FINITE, 'velocity[2]: expected a finite number, found NaN'],
    [`"${velocity}"`, '[0]', 'velocity: expected base64, found a list of 1'],
    [best, NOT_FINITE, 'best.parameters[2]: expected a finite number, found NaN'],
    ['"epoch":2,', '"epoch":1,', 'best.epoch: expected 2 (the lowest validation loss), found 1'],
    [
      /"best": \{[^}]*\}/,
      '"best": null',
      'best.epoch: expected 2 (the lowest validation loss), fo',
    ],
    ['"validation":0.2', '"validation":0', 'epochs.validationLoss: expected 0 numbers (nothing is'],
    ['"trainAccuracy":[0.5,', '"trainAccuracy":[2,', 'epochs.trainAccuracy[0]: expected at most 1'],
    ['"trainAccuracy":[0.5,', '"trainAccuracy":[', 'epochs.trainAccuracy: expected 2 numbers'],
    ['"hidden":[],', '', 'training.hidden: expected a value, found nothing'],
    ['"hidden":[]', '"hidden":[0]', 'training.hidden[0]: expected at least 1, found 0'],
    ['"hidden":[]', '"hidden":[1,1,1,1,1]', 'training.hidden: expected at most 4 layers'],
    [
      '"hidden":[]',
      '"hidden":[3]',
      'best.parameters: expected 92 characters (base64 of 17 float32)',
    ],
    [
      '"hidden":[]',
      '"hidden":[4096,4096]',
      'input: expected at most 2000000 parameters, found 16801794 (1 × 2 pixels, 4096,4096 hidden',
    ],
    ['"seed":1', '"seed":"1"', 'training.seed: expected a number, found "1"'],
    [
      '"epochs":4',
      '"epochs":9e15',
      'training.epochs: expected at most 100000, found 9000000000000',
    ],
    ['"momentum":0.9', '"momentum":5', 'training.momentum: expected less than 1, found 5'],
    ['"rows":1', '"rows":2000000', 'input: expected at most 2000000 parameters, found 8000002'],
    ['"step": 1', '"step": 1, "step": 1', 'expected each field once, found one twice'],
    ['"step": 1', '"step": 1, "more": 1', 'more: unknown field'],
    ['"step": 1', '"step": 1, "__proto__": 1', '__proto__: unknown field'],
    ['"step": 1,', '', 'step: expected a value, found nothing'],
    ['[0.4,', '[NaN,', 'expected a finite number, found NaN at line 15, column 30'],
  ])('refuses %s as %s', (from, to, message) => {
    expect(refusal(from, to)).toContain(`c.json: ${message}`);
  });

  test('says of an older version what to do', () => {
    const error = errorOf(good.replace('"version": 2', '"version": 1'));
    expect(error.hint).toBe(
      'start the run again, or resume it with the backprop-train that wrote it',
    );
  });

  test('refuses a truncated file at every length', () => {
    const end = good.lastIndexOf('}');
    for (let length = 1; length <= end; length++) {
      expect(messageOf(good.slice(0, length))).toContain('truncated');
    }
  });

  test('whatever was done to one byte, gives a typed error or a checkpoint of finite numbers', () => {
    const change = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0x20, max: 0x7e }));
    fc.assert(
      fc.property(change, ([at, code]) => {
        const text = good.slice(0, at) + String.fromCharCode(code) + good.slice(at + 1);
        try {
          const { state } = parseResumable(text, 'c.json') as Checkpoint;
          const all = [...state.parameters, ...state.velocity, state.lossSum, ...state.random];
          expect(all.every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(BackpropError);
        }
      }),
      { seed: 20240611, numRuns: 1000 },
    );
  });

  test('refuses a missing file, a folder and other bytes', async () => {
    await expect(readResumable(path)).rejects.toThrow('expected a model file, found nothing there');
    await expect(readResumable(join(path, '..'))).rejects.toThrow('found a folder');
    writeFileSync(path, Buffer.from(good.replace('mnist', 'mnïst'), 'latin1'));
    await expect(readResumable(path)).rejects.toThrow('expected UTF-8 text');
    expect(readFileSync(path).length).toBe(good.length);
  });
});

test('the largest checkpoint that is written can be read', async () => {
  const { training, state, epochs } = smallCheckpoint();
  const classes = MAX_CLASSES;
  const columns = Math.floor(MAX_PARAMETERS / classes) - 1;
  const floats = new Float32Array(classes * (columns + 1)).fill(-1.5);
  // As many epochs as there may be, each number as long as one of its kind can be.
  const longest = { loss: 1.2345678901234568e-300, accuracy: 0.0000012345678901234567 };
  const epoch = { ...epochs[0]!, learningRate: longest.loss, train: longest, validation: longest };
  const many = Array.from({ length: 99_999 }, (_, at) => ({
    ...epoch,
    epoch: at + 1,
    best: at === 0,
  }));
  const kept = {
    parameters: floats,
    epoch: 1,
    train: longest,
    validation: longest,
    epochsRun: 99_999,
  };
  await saveCheckpoint(path, {
    rows: 1,
    columns,
    classes,
    hidden: [],
    training: { ...training, epochs: 100_000 },
    state: {
      ...state,
      epoch: 100_000,
      parameters: floats,
      velocity: floats,
      kept,
      epochsSinceBest: 99_998,
    },
    epochs: many,
  });
  expect(statSync(path).size).toBeGreaterThan(0.9 * MAX_BYTES);
  const { checkpoint } = await readResumable(path);
  expect(checkpoint?.epochs.length).toBe(99_999);
  expect(checkpoint?.state.velocity.length).toBe(floats.length);
}, 60_000);
