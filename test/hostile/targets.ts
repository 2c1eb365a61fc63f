import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { unzipSync, type Zippable, zipSync } from 'fflate';
import { parseAnswers } from '../../src/cli/explain/answers.js';
import { loadDataset } from '../../src/dataset/load.js';
import { VerificationError, verify } from '../../src/dataset/verify.js';
import { BackpropError } from '../../src/errors.js';
import { createWorksheet } from '../../src/explain/create-worksheet.js';
import { grade } from '../../src/explain/grading.js';
import { EN } from '../../src/explain/words/en.js';
import { answersOf } from '../../src/explain/worksheet.js';
import { sha256Of } from '../../src/files/regular.js';
import { formatCheckpoint, parseResumable, readResumable } from '../../src/model/checkpoint.js';
import { readModel } from '../../src/model/file.js';
import type { ReadableFormat } from '../../src/model/formats/index.js';
import { npz } from '../../src/model/formats/npz.js';
import { safetensors } from '../../src/model/formats/safetensors.js';
import { formatModel } from '../../src/model/model.js';
import { parseModel } from '../../src/model/read.js';
import { readPicture } from '../../src/picture-file.js';
import { validJpegs } from '../image/jpeg-bytes.js';
import { jpegMutations } from './jpeg-segments.js';
import { byteMutations, inTurn, jsonMutations, type Mutation } from './mutations.js';
import { pngMutations, validPngs } from './png-bytes.js';
import {
  checkpointTexts,
  imagesFile,
  labelsFile,
  modelTexts,
  tensorModels,
} from './valid-files.js';

/** One hostile file: a valid one, and what was done to it. */
export interface Hostile {
  readonly seed: number;
  readonly mutation: Mutation;
}

export interface Target {
  readonly name: string;
  /** How many valid files there are to start from. */
  readonly seeds: number;
  readonly hostile: fc.Arbitrary<Hostile>;
  /**
   * Lets the product read the file, in a folder of the caller's.
   * @returns whether it was accepted
   * @throws what is wrong with the product: an error that is not of its own kinds, a file accepted
   *   that cannot be right
   */
  attempt(hostile: Hostile, folder: string): Promise<boolean>;
}

function check(holds: boolean, complaint: string): asserts holds {
  if (!holds) throw new Error(`wrongly accepted: ${complaint}`);
}

/** Whether `reading` accepted; every error must be typed, of one bounded line, with advice. */
async function accepted(reading: Promise<unknown>, code: string): Promise<boolean> {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) return true;
  if (!(error instanceof BackpropError) || error.code !== code) throw error;
  const { message, hint } = error;
  if (message.length > 600 || /[\n\r]/.test(message) || !hint) {
    throw new Error(`badly told: ${message.slice(0, 1000)}`, { cause: error });
  }
  return false;
}

const oneOf = (count: number, mutation: fc.Arbitrary<Mutation>): fc.Arbitrary<Hostile> =>
  fc.record({ seed: fc.nat({ max: count - 1 }), mutation });

const IDX = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'].map(
  (name) => `${name}-ubyte`,
);
const VALID_IDX = [
  imagesFile(6, 3, 5),
  labelsFile([0, 1, 2, 3, 4, 5]),
  imagesFile(3, 3, 5),
  labelsFile([5, 0, 6]),
];

/** Lays out a valid data set with one file of it replaced, and loads it. */
async function load(folder: string, name: string, bytes: Uint8Array): Promise<boolean> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [at, idx] of IDX.entries()) {
    if (!name.startsWith(idx)) writeFileSync(join(folder, idx), VALID_IDX[at]!);
  }
  writeFileSync(join(folder, name), bytes);
  return accepted(
    loadDataset({ dataDir: folder }).then(({ train, test }) => {
      for (const { count, rows, columns, classes, pixels, labels } of [train, test]) {
        check(count > 0 && pixels.length === count * rows * columns, 'pixels');
        check(labels.length === count && labels.every((label) => label < classes), 'labels');
      }
    }),
    'ERR_DATA',
  );
}

const idx: Target = {
  name: 'idx',
  seeds: IDX.length,
  hostile: oneOf(IDX.length, byteMutations),
  attempt: ({ seed, mutation }, folder) => load(folder, IDX[seed]!, mutation(VALID_IDX[seed]!)),
};

/** What is inside the .gz, changed before it is packed. */
const repacked: fc.Arbitrary<Mutation> = fc
  .tuple(byteMutations, fc.nat({ max: 9 }))
  .map(([mutation, level]) => {
    const pack: Mutation = (bytes) => gzipSync(mutation(unpackedOr(bytes)), { level });
    return Object.assign(pack, { toString: () => `packed at ${level}: ${mutation}` });
  });

function unpackedOr(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch {
    return bytes;
  }
}

const gzip: Target = {
  name: 'gzip',
  seeds: IDX.length,
  hostile: oneOf(
    IDX.length,
    fc.oneof(byteMutations, repacked, fc.tuple(repacked, byteMutations).map(inTurn)),
  ),
  async attempt({ seed, mutation }, folder) {
    const valid = VALID_IDX[seed]!;
    const packed = gzipSync(valid);
    const bytes = mutation(packed);
    const known = { name: IDX[seed]!, bytes: valid.length };
    const found = { bytes, sha256: sha256Of(bytes) };
    for (const hash of [{ sha256: sha256Of(valid) }, { gzipSha256: sha256Of(packed) }]) {
      const verified = await verify({ ...known, ...hash }, found).catch((error) => {
        if (error instanceof VerificationError && error.message.length < 300) return undefined;
        throw error;
      });
      check(!verified || Buffer.compare(verified.bytes, valid) === 0, 'bytes of another file');
    }
    return load(folder, `${IDX[seed]}.gz`, bytes);
  },
};

const model: Target = {
  name: 'model.json',
  seeds: modelTexts.length,
  hostile: oneOf(modelTexts.length, jsonMutations),
  async attempt({ seed, mutation }, folder) {
    const path = join(folder, 'model.json');
    writeFileSync(path, mutation(Buffer.from(modelTexts[seed]!)));
    const reading = readModel(path).then(({ model }) => {
      const text = formatModel(model);
      check(formatModel(parseModel(text, path)) === text, 'not the same when written again');
    });
    return accepted(reading, 'ERR_MODEL');
  },
};

const checkpoint: Target = {
  name: 'checkpoint',
  seeds: checkpointTexts.length,
  hostile: oneOf(checkpointTexts.length, jsonMutations),
  async attempt({ seed, mutation }, folder) {
    const path = join(folder, 'checkpoint.json');
    writeFileSync(path, mutation(Buffer.from(checkpointTexts[seed]!)));
    const reading = readResumable(path).then(({ checkpoint }) => {
      if (!checkpoint) return;
      const text = formatCheckpoint(checkpoint);
      const again = parseResumable(text, path);
      check(
        'state' in again && formatCheckpoint(again) === text,
        'not the same when written again',
      );
    });
    return accepted(reading, 'ERR_MODEL');
  },
};

/** Reads a model in a format of tensors; what is accepted must be the same when it is written again. */
async function tensorFile(
  folder: string,
  format: ReadableFormat,
  bytes: Uint8Array,
): Promise<boolean> {
  const path = join(folder, `model${format.extension}`);
  writeFileSync(path, bytes);
  const reading = readModel(path).then(({ model }) => {
    const written = format.write(model);
    const again = format.write(format.read(written, path));
    check(Buffer.compare(again, written) === 0, 'not the same when written again');
  });
  return accepted(reading, 'ERR_MODEL');
}

/** The header of a safetensors file changed, and its length set right again. */
const headerMutations: fc.Arbitrary<Mutation> = jsonMutations.map((mutation) => {
  const change: Mutation = (bytes) => {
    const end = 8 + Number(Buffer.from(bytes).readBigUInt64LE());
    const header = mutation(bytes.subarray(8, end));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    return Buffer.concat([length, header, bytes.subarray(end)]);
  };
  return Object.assign(change, { toString: () => `header ${mutation}` });
});

const safetensorsFile: Target = {
  name: 'safetensors',
  seeds: tensorModels.length,
  hostile: oneOf(tensorModels.length, fc.oneof(byteMutations, headerMutations)),
  attempt: ({ seed, mutation }, folder) =>
    tensorFile(folder, safetensors, mutation(safetensors.write(tensorModels[seed]!))),
};

const ENTRIES = ['W1.npy', 'b1.npy', 'W2.npy', 'b3.npy', 'record.npy', 'x.npy', '../W1.npy', ''];

/** An array of an archive changed, or called otherwise, and all packed again with right checksums. */
const arrayMutations: fc.Arbitrary<Mutation> = fc
  .record({
    mutation: byteMutations,
    which: fc.nat({ max: 6 }),
    name: fc.option(fc.constantFrom(...ENTRIES)),
    level: fc.constantFrom<0 | 6>(0, 6),
  })
  .map(({ mutation, which, name, level }) => {
    const change: Mutation = (bytes) => {
      const files: Zippable = {};
      for (const [at, [entry, data]] of Object.entries(unzipSync(bytes)).entries()) {
        const changed = at === which;
        files[changed ? (name ?? entry) : entry] = [changed ? mutation(data) : data, { level }];
      }
      return zipSync(files);
    };
    return Object.assign(change, { toString: () => `array ${which} as ${name}: ${mutation}` });
  });

const npzFile: Target = {
  name: 'npz',
  seeds: tensorModels.length,
  hostile: oneOf(
    tensorModels.length,
    fc.oneof(byteMutations, arrayMutations, fc.tuple(arrayMutations, byteMutations).map(inTurn)),
  ),
  attempt: ({ seed, mutation }, folder) =>
    tensorFile(folder, npz, mutation(npz.write(tensorModels[seed]!))),
};

async function attemptPicture(bytes: Uint8Array, folder: string): Promise<boolean> {
  const path = join(folder, 'picture');
  writeFileSync(path, bytes);
  const reading = readPicture(path, { rows: 28, columns: 28 }).then(({ pixels, ...picture }) => {
    check(pixels.length === 784, 'pixels');
    check(picture.width > 0 && picture.height > 0, 'sides');
  });
  return accepted(reading, 'ERR_FILE');
}

const attemptPng = ({ seed, mutation }: Hostile, folder: string): Promise<boolean> =>
  attemptPicture(mutation(validPngs[seed]!), folder);

const png: Target = {
  name: 'png',
  seeds: validPngs.length,
  hostile: oneOf(
    validPngs.length,
    fc.oneof(byteMutations, pngMutations, fc.tuple(pngMutations, byteMutations).map(inTurn)),
  ),
  attempt: attemptPng,
};

/** With right checksums: what the decoder behind them makes of it. */
const pngChunks: Target = {
  name: 'png-chunks',
  seeds: validPngs.length,
  hostile: oneOf(validPngs.length, pngMutations),
  attempt: attemptPng,
};

const JPEGS = [...validJpegs.values()];

const jpeg: Target = {
  name: 'jpeg',
  seeds: JPEGS.length,
  hostile: oneOf(
    JPEGS.length,
    fc.oneof(byteMutations, jpegMutations, fc.tuple(jpegMutations, byteMutations).map(inTurn)),
  ),
  attempt: ({ seed, mutation }, folder) => attemptPicture(mutation(JPEGS[seed]!), folder),
};

/** Right answers to a sheet, and to one with a hidden layer, as lists without shape. */
const ANSWERS: readonly string[] = [undefined, 2].map((hidden) => {
  const size = { classes: 3, inputs: 4, hidden };
  const key = Object.entries(answersOf(createWorksheet(3, size)));
  const fields = key.map(([name, answer]) => [name, Array.from(answer!.values)]);
  return JSON.stringify({ seed: 3, size: '3x4', hidden, ...Object.fromEntries(fields) });
});

const answers: Target = {
  name: 'answers',
  seeds: ANSWERS.length,
  hostile: oneOf(ANSWERS.length, fc.oneof(byteMutations, jsonMutations)),
  attempt({ seed, mutation }) {
    const text = new TextDecoder().decode(mutation(new TextEncoder().encode(ANSWERS[seed])));
    const marking = async (): Promise<void> => {
      const file = parseAnswers(text, 'answers.json', {}, EN.grading);
      const marks = grade(createWorksheet(file.seed, file.size), file.answers, file.unreadable);
      check(marks.length > 0, 'no marks');
    };
    return accepted(marking(), 'ERR_FILE');
  },
};

/** Everything that reads what others wrote. */
export const targets: readonly Target[] = [
  idx,
  gzip,
  model,
  safetensorsFile,
  npzFile,
  checkpoint,
  png,
  pngChunks,
  jpeg,
  answers,
];

/** Asks for `numRuns` hostile files; the counterexample, if there is one, is the smallest found. */
export async function attack(
  { hostile, attempt }: Target,
  folder: string,
  { seed, numRuns, onRun }: AttackOptions,
): Promise<{ accepted: number; refused: number }> {
  const counts = { accepted: 0, refused: 0 };
  mkdirSync(folder, { recursive: true });
  const property = fc.asyncProperty(hostile, async (one) => {
    const start = performance.now();
    const taken = await attempt(one, folder);
    counts[taken ? 'accepted' : 'refused']++;
    onRun?.(performance.now() - start, one);
  });
  await fc.assert(property, { seed, numRuns });
  return counts;
}

interface AttackOptions {
  readonly seed: number;
  readonly numRuns: number;
  /** Told how long each file took, in milliseconds. */
  readonly onRun?: (milliseconds: number, hostile: Hostile) => void;
}
