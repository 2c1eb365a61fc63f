import { type NetworkShape, parametersOf } from '../network.js';
import { Random } from '../random.js';
import { signAndTransposed, suspectsOf } from './suspects.js';
import {
  agree,
  answersOf,
  hiddenLayersOf,
  MOST_EXPONENT,
  questionsOf,
  type WholeLayer,
  type Worksheet,
  type WorksheetPicture,
  type WorksheetSize,
} from './worksheet.js';

/** A stream of its own, beside those of `random.ts`. */
const WORKSHEET_STREAM = 16;
/** Not 1/2: of two pictures that would make a sum taken for the mean and a forgotten lr the same number. */
const LR = 1 / 3;

/** The worksheet of a seed and a size: always the same one. */
export function createWorksheet(seed: number, size: WorksheetSize): Worksheet {
  const { classes: K, inputs: D, hidden: H } = size;
  const random = new Random(seed, WORKSHEET_STREAM);
  const plain = { ...sidesOf(D), classes: K };
  const shape = H === undefined ? plain : { ...plain, hidden: [H] };
  for (;;) {
    const pictures = [drawPicture(random, shape), drawPicture(random, shape)] as const;
    const u = pictures.map(({ x }) => x.values);
    const hidden = H === undefined ? undefined : drawLayer(random, H, u);
    const scores = hidden && u.map((uj) => scoresOf(hidden, uj));
    if (scores && !scores.every(kinked)) continue;
    const inputs = scores ? scores.map((v) => v.map((vi) => Math.max(0, vi))) : u;
    const last = drawLast(random, K, inputs);
    if (!last) continue;
    const exponents = inputs.map((h) => scoresOf(last, h));
    if (!exponents.every(handy) || !various(last, pictures)) continue;
    if (hidden && !various(hidden, pictures)) continue;
    const { M, c } = last;
    const whole = hidden ? [...hidden.M, ...hidden.c] : [];
    const all = Float64Array.from([...whole, ...[...M, ...c].map((m) => m * Math.LN2)]);
    const layers = hidden ? { M, c, hidden } : { M, c };
    const sheet = {
      seed,
      shape,
      ...layers,
      parameters: parametersOf(all, shape),
      pictures,
      lr: LR,
    };
    if (instructive(sheet)) return sheet;
  }
}

/** Whole weights for these inputs: where one of them is 1/2 the weights are even, so that v comes out whole. */
function drawLayer(
  random: Random,
  outputs: number,
  inputs: readonly ArrayLike<number>[],
): WholeLayer {
  const M = Array.from({ length: outputs }, () => drawRow(random, inputs)).flat();
  return { M, c: Array.from({ length: outputs }, () => random.below(5) - 2) };
}

function drawRow(random: Random, inputs: readonly ArrayLike<number>[]): number[] {
  return Array.from(inputs[0]!, (_, j) =>
    inputs.every((u) => u[j] !== 0.5) ? random.below(5) - 2 : 2 * (random.below(3) - 1),
  );
}

/** Tries for one row of the last layer. */
const TRIES = 50;

/**
 * The last layer: the first picture's scores are drawn, and c is what takes M u there. Drawn the other
 * way round most sheets would have the same few y. Undefined where some row finds no c from −2 to 2.
 */
function drawLast(
  random: Random,
  K: number,
  inputs: readonly ArrayLike<number>[],
): WholeLayer | undefined {
  const [M, c]: [number[], number[]] = [[], []];
  for (let i = 0; i < K; i++) {
    const score = random.below(MOST_EXPONENT + 1);
    for (let tries = 0; c.length === i; tries++) {
      if (tries === TRIES) return undefined;
      const row = drawRow(random, inputs);
      const [ci, other] = inputs.map((u) => score - dot(row, 0, u));
      const second = score + ci! - other!;
      if (Math.abs(ci!) > 2 || second < 0 || second > MOST_EXPONENT) continue;
      M.push(...row);
      c.push(ci!);
    }
  }
  return { M, c };
}

/** M u + c. */
function scoresOf({ M, c }: WholeLayer, u: ArrayLike<number>): number[] {
  return c.map((ci, i) => ci + dot(M, i * u.length, u));
}

/** Small scores, of units that are off and of one that is on by more than its mask, and none on the kink. */
function kinked(v: readonly number[]): boolean {
  const small = v.every((vi) => vi !== 0 && Math.abs(vi) <= 4);
  return small && v.some((vi) => vi > 1) && v.some((vi) => vi < 0);
}

/** Powers of 2 that add up easily, not all the same. */
function handy(exponents: readonly number[]): boolean {
  const inRange = exponents.every((n) => n >= 0 && n <= MOST_EXPONENT);
  return inRange && new Set(exponents).size > 1;
}

/** No two rows alike, and two pictures of two classes. */
function various(
  { M, c }: WholeLayer,
  [first, second]: readonly [WorksheetPicture, WorksheetPicture],
): boolean {
  const D = M.length / c.length;
  const rows = c.map((_, i) => M.slice(i * D, (i + 1) * D));
  const differ = String(first.x.values) !== String(second.x.values);
  return new Set(rows.map(String)).size === c.length && differ && first.label !== second.label;
}

/** Every mistake shows: it changes a number of its answer, by more than rounding. */
function instructive(sheet: Worksheet): boolean {
  const right = answersOf(sheet);
  const known = suspectsOf(sheet, {});
  return questionsOf(hiddenLayersOf(sheet)).every(({ name, key }) => {
    const { shape, values } = right[name]!;
    // Softmax's Jacobian is its own transpose.
    const general = signAndTransposed(values, key === 'dy_dv' ? [] : shape);
    return [...(known[name] ?? []), ...general].every(([, wrong]) => !agree(wrong, values));
  });
}

function drawPicture(random: Random, { rows, columns, classes }: NetworkShape): WorksheetPicture {
  const values = new Float64Array(rows * columns);
  while (values.every((value) => value === 0)) {
    for (const j of values.keys()) values[j] = random.below(3) / 2;
  }
  return { x: { rows, columns, values }, label: random.below(classes) };
}

/** 6 → 2 × 3, 9 → 3 × 3, 7 → 1 × 7. */
function sidesOf(inputs: number): { rows: number; columns: number } {
  let rows = Math.floor(Math.sqrt(inputs));
  while (inputs % rows !== 0) rows--;
  return { rows, columns: inputs / rows };
}

function dot(M: readonly number[], first: number, u: ArrayLike<number>): number {
  let sum = 0;
  for (let j = 0; j < u.length; j++) sum += M[first + j]! * u[j]!;
  return sum;
}
