import { type Derivation, derive } from './derivation.js';
import type { Sample } from './images.js';
import { assertLength } from './layers/floats.js';
import { logLikelihoodForward } from './layers/log-likelihood.js';
import { softmaxForward } from './layers/softmax.js';
import {
  createNetwork,
  forward,
  type Network,
  type NetworkShape,
  parametersOf,
  probabilitiesOf,
  scoresOf,
} from './network.js';
import { type QuantityKey, quantitiesOf } from './quantities.js';
import { Random, Stream } from './random.js';

/** A quantity of the derivation, checked. */
export interface GradientCheckRow {
  /** e.g. `∂L/∂W`. */
  readonly quantity: string;
  /** e.g. `[10, 784]`. */
  readonly shape: readonly number[];
  /** The largest relative error over all entries checked (see `relativeError`). */
  readonly error: number;
  readonly ok: boolean;
  /** Entries checked one by one: all, or of a large quantity a sample. */
  readonly entries: number;
  /** Directions checked besides a sample; each moves every entry. */
  readonly directions: number;
  /** Differences left out, because they would have crossed a kink of ReLU however small the step. */
  readonly leftOut: number;
}

/** A correct gradient in double precision errs by 1e-9 or less; a wrong formula by 1e-3 and more. */
export const GRADIENT_TOLERANCE = 1e-7;

const STEP = 1e-3;

/**
 * Central differences of order 4 in double precision:
 * f′(t) ≈ (8 (f(t+h) − f(t−h)) − (f(t+2h) − f(t−2h))) / 12h, error h⁴/30 · f⁽⁵⁾.
 *
 * With h = 1e-3 the formula's own error and rounding (1e-16 / h) are both about 1e-13.
 *
 * @param f reads `at` @param at the variable, one entry of which is moved and put back
 */
export function centralDifference(
  f: () => number,
  at: Float64Array,
  index: number,
  h: number = STEP,
): number {
  const t = at[index]!;
  const value = (steps: number): number => {
    at[index] = t + steps * h;
    return f();
  };
  const slope = (8 * (value(1) - value(-1)) - (value(2) - value(-2))) / (12 * h);
  at[index] = t;
  return slope;
}

/**
 * max_i |a_i − n_i| / max(max_i |a_i|, max_i |n_i|, 1e-4): the largest difference, relative to the
 * quantity's largest entry. Differences cannot resolve single entries near 0, and nothing below 1e-8
 * or so; hence one scale for the quantity, and a smallest scale of 1e-4.
 */
export function relativeError(analytic: Float64Array, numeric: Float64Array): number {
  assertLength('numeric', numeric, analytic.length);
  let difference = 0;
  let scale = 1e-4;
  for (let i = 0; i < analytic.length; i++) {
    const d = Math.abs(analytic[i]! - numeric[i]!);
    // NaN and Infinity are errors, not values to be skipped by a comparison.
    if (!Number.isFinite(d)) return Number.POSITIVE_INFINITY;
    difference = Math.max(difference, d);
    scale = Math.max(scale, Math.abs(analytic[i]!), Math.abs(numeric[i]!));
  }
  return difference / scale;
}

/**
 * Compares every derivative of the derivation with central differences: ∂L/∂y, ∂y/∂v, ∂L/∂v (by the
 * Jacobian, and as labels − y), layer by layer ∂L/∂h, ∂L/∂b, ∂L/∂W, ∂L/∂v, and ∂L/∂u, ∂L/∂x.
 *
 * Small quantities entry by entry; of a quantity whose entries would take too long a seeded sample of
 * entries, and seeded random directions, which together touch every entry.
 *
 * @param parameters `parameterCount` numbers; a copy in double precision is used
 * @param derivation what is put to the test; the program's own unless given
 */
export function checkGradients(
  shape: NetworkShape,
  parameters: ArrayLike<number>,
  { x, labels }: Sample,
  derivation: Derivation = derive(parametersOf(Float64Array.from(parameters), shape), x, labels),
): GradientCheckRow[] {
  const network = createNetwork(shape, Float64Array);
  network.theta.all.set(parameters);
  assertLength('x', x.values, network.x.length);
  network.x.set(x.values);
  const random = new Random(0, Stream.sample);
  const rows: GradientCheckRow[] = [];
  for (const { key, layer, sign, shape: sides, values } of quantitiesOf(
    shape.hidden?.length ?? 0,
  )) {
    forward(network, labels);
    const differences = new Differences(network, labels);
    const variable = differences.variable(key, layer);
    if (!variable) continue;
    const { error, ...checked } = compare(values(derivation), variable, differences, random);
    const ok = error <= GRADIENT_TOLERANCE;
    rows.push({ quantity: sign, shape: sides(shape), error, ok, ...checked });
  }
  return rows;
}

/** Of what a quantity is the derivative, and by what: entry p of the quantity is ∂f(p)/∂at[index(p)]. */
interface Variable {
  readonly f: (p: number) => number;
  readonly at: Float64Array;
  readonly index: (p: number) => number;
  /** The first step to try from a value. */
  readonly step: (value: number) => number;
  /** Multiplications that f takes, about. */
  readonly cost: number;
}

/** Central differences in a network, at one picture, that step over no kink of ReLU unnoticed. */
class Differences {
  readonly #network: Network<Float64Array>;
  readonly #labels: Float64Array;
  /** The units that are on, of each hidden layer. */
  readonly #on: readonly Uint8Array[];

  /** @param network run forward with this picture */
  constructor(network: Network<Float64Array>, labels: Float64Array) {
    this.#network = network;
    this.#labels = labels;
    this.#on = this.#scores().map((v) => Uint8Array.from(v, (vi) => (vi > 0 ? 1 : 0)));
  }

  /** Of a quantity; undefined for one that is no derivative. */
  variable(key: QuantityKey, layer = 0): Variable | undefined {
    const { x, outputs, theta } = this.#network;
    const plain = {
      index: (p: number) => p,
      step: () => STEP,
      cost: scoresOf(this.#network).length,
    };
    const y = probabilitiesOf(this.#network).slice();
    const v = scoresOf(this.#network).slice();
    const softmax = (): void => softmaxForward(y, v);
    const L = (): number => logLikelihoodForward(y, this.#labels);
    const LOfScores = (): number => {
      softmax();
      return L();
    };
    // In the chain linear layer l, from 0, is layer 1 + 2l, and its ReLU is the next.
    const linear = 1 + 2 * layer;
    switch (key) {
      case 'dL_dy':
        // log y bends ever more sharply towards 0, so the step shrinks with y.
        return { ...plain, f: L, at: y, step: (yi) => STEP * yi };
      case 'dy_dv': {
        const K = v.length;
        const f = (p: number): number => {
          softmax();
          return y[Math.floor(p / K)]!;
        };
        return { ...plain, f, at: v, index: (p) => p % K };
      }
      case 'dL_dv_by_jacobian':
        return { ...plain, f: LOfScores, at: v };
      case 'dL_dv':
        if (outputs[linear] === scoresOf(this.#network)) return { ...plain, f: LOfScores, at: v };
        return { ...plain, ...this.#from(linear + 1), at: outputs[linear]! };
      case 'dL_dh':
        return { ...plain, ...this.#from(linear + 2), at: outputs[linear + 1]! };
      case 'dL_db':
        return { ...plain, ...this.#from(linear), at: theta.linear[layer]!.bias };
      case 'dL_dW':
        return { ...plain, ...this.#from(linear), at: theta.linear[layer]!.weight };
      case 'dL_du':
      case 'dL_dx':
        return { ...plain, ...this.#from(0), at: x };
      default:
        return undefined;
    }
  }

  /** ∂f/∂at[index]; undefined where each step crosses a kink, on one side of which f has another slope. */
  slope(f: () => number, at: Float64Array, index: number, step: number): number | undefined {
    for (const h of [step, step / 10, step / 100]) {
      let crossed = false;
      const watched = (): number => {
        const value = f();
        crossed ||= this.#crossed();
        return value;
      };
      const slope = centralDifference(watched, at, index, h);
      if (!crossed) return slope;
    }
    return undefined;
  }

  /** L by the layers from this one on. */
  #from(layer: number): Pick<Variable, 'f' | 'cost'> {
    const parameters = this.#network.theta.layers.slice(layer);
    const cost = parameters.reduce((sum, { weight }) => sum + weight.length, 1);
    return { f: () => forward(this.#network, this.#labels, layer), cost };
  }

  /** v of each hidden layer. */
  #scores(): Float64Array[] {
    const { layers, outputs } = this.#network;
    return outputs.filter((_, l) => layers[l + 1]?.type === 'relu');
  }

  #crossed(): boolean {
    return this.#scores().some((v, l) => v.some((vi, i) => vi > 0 !== (this.#on[l]![i] === 1)));
  }
}

/** Multiplications that the entries of one quantity may cost: half a second. */
const BUDGET = 4e8;
/** Entries of a sample, and directions besides. */
const LEAST_SAMPLED = 20;
const MOST_SAMPLED = 200;
const DIRECTIONS = 10;

function compare(
  analytic: Float64Array,
  variable: Variable,
  differences: Differences,
  random: Random,
): Pick<GradientCheckRow, 'error' | 'entries' | 'directions' | 'leftOut'> {
  const { f, at, index, step, cost } = variable;
  const affordable = Math.floor(BUDGET / (4 * cost));
  const whole = analytic.length <= Math.max(affordable, MOST_SAMPLED);
  const sample = Math.max(LEAST_SAMPLED, Math.min(affordable, MOST_SAMPLED));
  const entries = whole ? analytic.keys() : drawn(sample, analytic.length, random);
  const pairs: [analytic: number, numeric: number][] = [];
  let leftOut = 0;
  for (const p of entries) {
    const slope = differences.slope(() => f(p), at, index(p), step(at[index(p)]!));
    if (slope === undefined) leftOut++;
    else pairs.push([analytic[p]!, slope]);
  }
  const along: [analytic: number, numeric: number][] = [];
  for (let d = 0; d < (whole ? 0 : DIRECTIONS); d++) {
    const direction = unitVector(at.length, random);
    const start = at.slice();
    const way = Float64Array.of(0);
    const moved = (): number => {
      for (let p = 0; p < at.length; p++) at[p] = start[p]! + way[0]! * direction[p]!;
      return f(0);
    };
    const slope = differences.slope(moved, way, 0, STEP);
    at.set(start);
    if (slope === undefined) leftOut++;
    else along.push([dot(analytic, direction), slope]);
  }
  const error = Math.max(errorOf(pairs), errorOf(along));
  return { error, entries: pairs.length, directions: along.length, leftOut };
}

function errorOf(pairs: readonly (readonly [analytic: number, numeric: number])[]): number {
  const side = (s: 0 | 1) => Float64Array.from(pairs, (pair) => pair[s]);
  return relativeError(side(0), side(1));
}

/** `count` different whole numbers below `n`. */
function drawn(count: number, n: number, random: Random): Set<number> {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(random.below(n));
  return chosen;
}

/** A random direction in which every entry has its part, of length 1. */
function unitVector(length: number, random: Random): Float64Array {
  const vector = Float64Array.from({ length }, () => 2 * random.uniform() - 1);
  const norm = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / norm);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let p = 0; p < a.length; p++) sum += a[p]! * b[p]!;
  return sum;
}
