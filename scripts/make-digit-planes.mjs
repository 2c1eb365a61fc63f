// Makes src/image/digit-planes.ts: for each class of MNIST the mean of its digits' stroke directions and
// the first principal components around it, from the first 50,000 training images; and the distance
// beyond which a picture is called unlike a digit, which 0.8 % of the other 10,000 exceed. Then says
// what share of the test images gets which warning. The same data give the same file.
// Run: npm run build && node scripts/make-digit-planes.mjs && npm run build
import { writeFileSync } from 'node:fs';
import {
  CLASSES,
  distanceFromPlane,
  FEATURES,
  SPAN,
  strokeDirections,
} from '../dist/src/image/digit-shape.js';
import { loadDataset, normalise, pixelsAt, Random, Stream } from '../dist/src/index.js';

const FITTED = 50_000;
const MARKED = 0.008;
const ROUNDS = 200;

const { train, test } = await loadDataset({ name: 'mnist' });
const length = (1 + SPAN) * FEATURES;
const bytes = new Int8Array(CLASSES * length);
for (let k = 0; k < CLASSES; k++) {
  const features = [...train.labels.subarray(0, FITTED).entries()]
    .filter(([, label]) => label === k)
    .map(([i]) => strokeDirections(pixelsAt(train, i)));
  const numbers = planeOf(features).flatMap((vector) => [...vector]);
  bytes.set(
    numbers.map((number) => Math.round(127 * number)),
    k * length,
  );
}
const held = Array.from({ length: train.count - FITTED }, (_, i) => distance(train, FITTED + i));
held.sort((a, b) => a - b);
const limit = Number(held[Math.floor(held.length * (1 - MARKED))]?.toFixed(4));

const base64 = Buffer.from(bytes.buffer).toString('base64');
writeFileSync(
  new URL('../src/image/digit-planes.ts', import.meta.url),
  `// Made by scripts/make-digit-planes.mjs; digit-shape.ts says how it is read.

/** ${CLASSES} × ${1 + SPAN} × ${FEATURES} numbers in units of 1/127, each a signed byte, in base64. */
export const DIGIT_PLANES =
  '${base64}';

/** The distance that 0.8 % of held-out training digits exceed. */
export const DIGIT_LIMIT = ${limit};
`,
);

/** @type {Record<string, number>} */
const marked = { shape: 0, frame: 0, pieces: 0, edge: 0, any: 0 };
for (let i = 0; i < test.count; i++) {
  const { columns: width, rows: height } = test;
  const { layout } = normalise({ width, height, values: pixelsAt(test, i) }, test);
  const warnings = distance(test, i) > limit ? [...layout, 'shape'] : layout;
  for (const warning of warnings) marked[warning] += 1;
  if (warnings.length > 0) marked.any += 1;
}
console.log(`${base64.length} characters, limit ${limit}; of ${test.count} test images:`, marked);

/**
 * @param {import('../dist/src/index.js').LabelledImages} images
 * @param {number} index
 */
function distance(images, index) {
  const f = strokeDirections(pixelsAt(images, index));
  const planes = Array.from({ length: CLASSES }, (_, k) =>
    Float32Array.from(bytes.subarray(k * length, (k + 1) * length), (byte) => byte / 127),
  );
  return Math.min(...planes.map((plane) => distanceFromPlane(f, plane)));
}

/**
 * The mean of the vectors and the SPAN first eigenvectors of their covariance, by orthogonal iteration.
 * @param {readonly Float32Array[]} vectors
 */
function planeOf(vectors) {
  const mean = Float64Array.from({ length: FEATURES }, (_, i) =>
    vectors.reduce((sum, vector) => sum + at(vector, i) / vectors.length, 0),
  );
  const covariance = Array.from({ length: FEATURES }, () => new Float64Array(FEATURES));
  for (const vector of vectors) {
    const d = mean.map((value, i) => at(vector, i) - value);
    for (const [i, row] of covariance.entries()) {
      for (let j = 0; j < FEATURES; j++)
        row[j] = at(row, j) + (at(d, i) * at(d, j)) / vectors.length;
    }
  }
  const random = new Random(1, Stream.weights);
  let span = Array.from({ length: SPAN }, () => mean.map(() => random.uniform() - 0.5));
  for (let round = 0; round < ROUNDS; round++) {
    span = span.map((vector) => Float64Array.from(covariance, (row) => dot(row, vector)));
    for (const [k, vector] of span.entries()) {
      for (const earlier of span.slice(0, k)) {
        const along = dot(vector, earlier);
        for (const [i, value] of earlier.entries()) vector[i] = at(vector, i) - along * value;
      }
      const norm = Math.sqrt(dot(vector, vector));
      for (const [i, value] of vector.entries()) vector[i] = value / norm;
    }
  }
  return [mean, ...span];
}

/**
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += at(a, i) * at(b, i);
  return sum;
}

/**
 * @param {ArrayLike<number>} values
 * @param {number} index
 */
function at(values, index) {
  return /** @type {number} */ (values[index]);
}
