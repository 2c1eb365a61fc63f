import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import type { LabelledImages } from '../../src/images.js';
import type { Kernel, Steps } from '../../src/kernel/kernel.js';
import { createReferenceKernel } from '../../src/kernel/reference.js';
import { type NetworkShape, parameterCount } from '../../src/network.js';
import { Random } from '../../src/random.js';

/** Of the bytes: two numbers that are equal may still differ in a bit. */
export function hash(numbers: Uint8Array | Float32Array | Float64Array): string {
  return createHash('sha256').update(numbers).digest('hex');
}

/** Seeded pictures, about one pixel in five not zero, as in MNIST; `fill` gives every pixel itself. */
export function pictures(
  count: number,
  shape: NetworkShape,
  fill?: (random: Random) => number,
): LabelledImages {
  const { rows, columns, classes } = shape;
  const random = new Random(count, 0);
  const pixel = fill ?? ((r: Random) => (r.below(5) === 0 ? 1 + r.below(255) : 0));
  return {
    ...shape,
    count,
    pixels: Uint8Array.from({ length: count * rows * columns }, () => pixel(random)),
    labels: Uint8Array.from({ length: count }, () => random.below(classes)),
  };
}

export function parameters(shape: NetworkShape, scale: number): Float32Array {
  const random = new Random(99, 0);
  return Float32Array.from(
    { length: parameterCount(shape) },
    () => scale * (2 * random.uniform() - 1),
  );
}

export function steps(order: Uint32Array, batchSize: number, more: Partial<Steps> = {}): Steps {
  return {
    order,
    batchSize,
    learningRates: new Float64Array(Math.ceil(order.length / batchSize)).fill(0.1),
    momentum: 0,
    weightDecay: 0,
    ...more,
  };
}

export function shuffled(count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  new Random(5, 0).shuffle(order);
  return order;
}

/** Largest |a − b| relative to the largest |b| (or to 1e-3, where all b are small). */
export function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let scale = 1e-3;
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const d = Math.abs(actual[i]! - expected[i]!);
    difference = Math.max(difference, Number.isNaN(d) ? Number.POSITIVE_INFINITY : d);
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return difference / scale;
}

const small = { rows: 5, columns: 7, classes: 4 };

interface Case {
  name: string;
  shape?: NetworkShape;
  images?: number;
  fill?: (random: Random) => number;
  batchSize?: number;
  more?: Partial<Steps>;
  scale?: number;
}

const CASES: Case[] = [
  { name: 'one image in all', images: 1, batchSize: 1 },
  { name: 'batches of one image', batchSize: 1 },
  { name: 'an odd batch size and a last short batch', batchSize: 7 },
  { name: 'all images in one step', batchSize: 50 },
  {
    name: "MNIST's size",
    shape: { rows: 28, columns: 28, classes: 10 },
    images: 200,
    batchSize: 64,
  },
  { name: 'empty images', fill: () => 0, batchSize: 8 },
  { name: 'images of 255 everywhere', fill: () => 255, batchSize: 8 },
  { name: 'some images empty, some full', fill: (r) => r.below(2) * 255, batchSize: 3 },
  { name: 'one pixel', shape: { rows: 1, columns: 1, classes: 2 }, batchSize: 4 },
  { name: 'one class', shape: { rows: 3, columns: 3, classes: 1 }, batchSize: 4 },
  { name: 'two classes', shape: { rows: 3, columns: 3, classes: 2 }, batchSize: 4 },
  { name: 'as many classes as a vector has lanes', shape: { rows: 4, columns: 4, classes: 8 } },
  { name: 'one class more', shape: { rows: 4, columns: 4, classes: 9 } },
  { name: 'ten classes, a block of the fast kernel', shape: { rows: 4, columns: 4, classes: 10 } },
  { name: 'a class more than a block', shape: { rows: 4, columns: 4, classes: 11 } },
  { name: '26 classes', shape: { rows: 9, columns: 3, classes: 26 } },
  { name: '256 classes', shape: { rows: 6, columns: 6, classes: 256 }, batchSize: 10 },
  {
    name: 'sides of 70 × 70',
    shape: { rows: 70, columns: 70, classes: 3 },
    images: 20,
    batchSize: 6,
  },
  { name: 'a long thin picture', shape: { rows: 1, columns: 700, classes: 3 }, batchSize: 6 },
  {
    name: 'hardly a pixel, an odd number of them',
    shape: { rows: 1, columns: 1501, classes: 3 },
    fill: (r) => (r.below(700) === 0 ? 255 : 0),
  },
  { name: 'momentum', more: { momentum: 0.9 } },
  { name: 'weight decay', more: { weightDecay: 0.01 } },
  {
    name: 'momentum and weight decay, batches of one',
    batchSize: 1,
    more: { momentum: 0.5, weightDecay: 0.1 },
  },
  { name: 'momentum with empty images', fill: () => 0, more: { momentum: 0.9 } },
  { name: 'large weights, saturated probabilities', scale: 30 },
  { name: 'weights near the end of what exp can hold', scale: 300, batchSize: 25 },
  { name: 'tiny weights', scale: 1e-30 },
];

/** Networks with hidden layers: units around the fast kernel's blocks of 16, and each way of training. */
const DEEP: Case[] = [
  { name: 'one hidden unit', hidden: [1], batchSize: 1 },
  { name: '5 hidden units', hidden: [5], batchSize: 7 },
  { name: '16 hidden units, momentum', hidden: [16], more: { momentum: 0.9 } },
  { name: '17 hidden units, weight decay', hidden: [17], more: { weightDecay: 0.01 } },
  { name: '33 and 7 hidden units', hidden: [33, 7], batchSize: 16 },
  {
    name: '40, 1 and 20 hidden units, momentum and weight decay',
    hidden: [40, 1, 20],
    batchSize: 1,
    more: { momentum: 0.5, weightDecay: 0.1 },
  },
  { name: 'four hidden layers', hidden: [20, 19, 18, 17], batchSize: 7 },
  { name: 'hidden layers and batches of 64', hidden: [48, 16], images: 200, batchSize: 64 },
  {
    name: 'hidden layers and batches of more than a tile',
    hidden: [20, 10],
    images: 200,
    batchSize: 130,
    more: { weightDecay: 0.01 },
  },
  {
    name: 'all images in one step, with momentum',
    hidden: [12],
    images: 150,
    batchSize: 150,
    more: { momentum: 0.9 },
  },
  { name: 'hidden units and empty images', hidden: [20], fill: () => 0 },
  { name: 'hidden units and images of 255 everywhere', hidden: [20], fill: () => 255 },
  { name: 'hidden units that are all off', hidden: [20, 20], scale: 0 },
  {
    name: '256 classes behind hidden units',
    shape: { rows: 6, columns: 6, classes: 256 },
    hidden: [30],
    batchSize: 10,
  },
  {
    name: 'one class behind hidden units',
    shape: { rows: 3, columns: 3, classes: 1 },
    hidden: [4],
  },
  {
    name: "MNIST's size and 128 hidden units",
    shape: { rows: 28, columns: 28, classes: 10 },
    hidden: [128],
    images: 100,
    batchSize: 16,
    scale: 0.1,
  },
  {
    name: 'hidden units behind an odd number of pixels',
    shape: { rows: 1, columns: 1501, classes: 3 },
    hidden: [18, 3],
    fill: (r: Random) => (r.below(100) === 0 ? 255 : 0),
  },
].map(({ shape = small, hidden, ...rest }) => ({ ...rest, shape: { ...shape, hidden } }));

/**
 * What every kernel must do, run against each of them. The judge is the reference kernel in double
 * precision; `tolerance` is the largest difference allowed, relative to the largest value.
 */
export function kernelContract(
  create: (shape: NetworkShape) => Promise<Kernel>,
  tolerance: number,
): void {
  const open: Kernel[] = [];
  const make = async (shape: NetworkShape): Promise<Kernel> => {
    const kernel = await create(shape);
    open.push(kernel);
    return kernel;
  };
  afterAll(() => Promise.all(open.map((kernel) => kernel.close())));

  describe.each([...CASES, ...DEEP])(
    'with $name',
    ({ shape = small, images: count = 50, ...rest }) => {
      const images = pictures(count, shape, rest.fill);
      const start = parameters(shape, rest.scale ?? 0.3);
      const work = steps(shuffled(count), rest.batchSize ?? 8, rest.more);

      it('trains and classifies as the reference does in double precision', async () => {
        const judge = createReferenceKernel(shape, Float64Array);
        const kernel = await make(shape);
        const results = [judge, kernel].map((k) => {
          const set = k.load(images);
          k.setParameters(start);
          const trained = k.train(set, work);
          return {
            ...trained,
            parameters: k.getParameters(),
            velocity: k.getVelocity(),
            after: k.evaluate(set),
          };
        });
        const [expected, actual] = [results[0]!, results[1]!];
        expect(distance(actual.losses, expected.losses)).toBeLessThanOrEqual(tolerance);
        expect(distance(actual.parameters, expected.parameters)).toBeLessThanOrEqual(tolerance);
        expect(distance(actual.velocity, expected.velocity)).toBeLessThanOrEqual(tolerance);
        const { after } = actual;
        expect(distance(after.logLikelihood, expected.after.logLikelihood)).toBeLessThanOrEqual(
          tolerance,
        );
        // An answer may differ only where two scores are as good as equal.
        for (let n = 0; n < count; n++) {
          if (after.predicted[n] === expected.after.predicted[n]) {
            expect(after.probability[n]! / expected.after.probability[n]!).toBeCloseTo(1, 3);
          } else {
            expect(Math.abs(after.probability[n]! - expected.after.probability[n]!)).toBeLessThan(
              1e-4,
            );
          }
        }
      });
    },
  );

  it('loses nothing of many small shares: full batches, step after step', async () => {
    const shape = { rows: 9, columns: 9, classes: 10 };
    const images = pictures(6000, shape);
    const judge = createReferenceKernel(shape, Float64Array);
    const [expected, actual] = [judge, await make(shape)].map((kernel) => {
      const set = kernel.load(images);
      kernel.setParameters(parameters(shape, 1));
      for (let step = 0; step < 40; step++) kernel.train(set, steps(shuffled(6000), 6000));
      return kernel.getParameters();
    });
    expect(distance(actual!, expected!)).toBeLessThanOrEqual(2e-6);
  });

  it('keeps the velocity between two runs of steps', async () => {
    const kernel = await make(small);
    const images = pictures(40, small);
    const order = shuffled(40);
    const more = { momentum: 0.9, weightDecay: 0.01 };
    const start = parameters(small, 0.1);
    const run = (parts: Uint32Array[], through: boolean) => {
      const set = kernel.load(images);
      kernel.setParameters(start);
      kernel.setVelocity(new Float32Array(start.length));
      for (const part of parts) {
        kernel.train(set, steps(part, 8, more));
        // Out and in again, as saving and resuming does.
        const [velocity, values] = [kernel.getVelocity(), kernel.getParameters()];
        if (through) {
          kernel.setVelocity(velocity);
          kernel.setParameters(values);
        }
      }
      return kernel.getParameters();
    };
    const whole = run([order], false);
    kernel.setVelocity(new Float32Array(start.length).fill(1));
    kernel.train(kernel.load(images), steps(order, 40));
    expect(kernel.getVelocity()).toEqual(new Float32Array(start.length).fill(1));
    expect(run([order.subarray(0, 24), order.subarray(24)], true)).toEqual(whole);
  });

  it('answers for the images at the given indices, in their order', async () => {
    const kernel = await make(small);
    const set = kernel.load(pictures(40, small));
    kernel.setParameters(parameters(small, 1));
    const all = kernel.evaluate(set);
    const some = kernel.evaluate(set, Uint32Array.of(39, 0, 7, 7));
    expect([...some.predicted]).toEqual([39, 0, 7, 7].map((n) => all.predicted[n]));
    expect([...some.logLikelihood]).toEqual([39, 0, 7, 7].map((n) => all.logLikelihood[n]));
    expect([...some.probability]).toEqual([39, 0, 7, 7].map((n) => all.probability[n]));
  });

  it('counts an image as right only if its class is the first of the largest scores', async () => {
    const kernel = await make(small);
    const images = pictures(50, small);
    const set = kernel.load(images);
    kernel.setParameters(new Float32Array(parameterCount(small)));
    expect(kernel.evaluate(set).predicted.every((answer) => answer === 0)).toBe(true);
    const { correct } = kernel.train(set, steps(shuffled(50), 50));
    expect(correct).toBe(images.labels.filter((label) => label === 0).length);
  });

  it('works with several sets in turn', async () => {
    const kernel = await make(small);
    const one = pictures(40, small);
    const other = pictures(30, small);
    kernel.setParameters(parameters(small, 1));
    const alone = kernel.evaluate(kernel.load(one)).logLikelihood;
    const [first, second] = [kernel.load(one), kernel.load(other)];
    kernel.evaluate(second);
    expect(kernel.evaluate(first).logLikelihood).toEqual(alone);
    expect(first.count).toBe(40);
    expect(second.count).toBe(30);
  });

  it('unloads sets, in any order, and leaves the others as they are', async () => {
    const kernel = await make(small);
    kernel.setParameters(parameters(small, 1));
    const [kept, one, other] = [pictures(60, small), pictures(40, small), pictures(30, small)];
    const answers = (images: LabelledImages) => kernel.evaluate(kernel.load(images)).logLikelihood;
    const expected = [kept, one, other].map(answers);
    const held = kernel.load(kept);
    for (let turn = 0; turn < 2000; turn++) {
      const [first, second] = [kernel.load(one), kernel.load(other)];
      kernel.unload(turn % 2 === 0 ? first : second);
      const left = turn % 2 === 0 ? second : first;
      const found = kernel.evaluate(left).logLikelihood;
      if (hash(found) !== hash(expected[turn % 2 === 0 ? 2 : 1]!)) expect.fail(`turn ${turn}`);
      kernel.unload(left);
    }
    expect(kernel.evaluate(held).logLikelihood).toEqual(expected[0]);
  });

  it('reports a loss that is not finite, at its step', async () => {
    const kernel = await make(small);
    const set = kernel.load(pictures(40, small));
    const work = steps(shuffled(40), 8, {
      learningRates: Float64Array.of(0.1, 1e300, 0.1, 0.1, 0.1),
    });
    const { losses } = kernel.train(set, work);
    expect(losses.subarray(0, 2).every(Number.isFinite)).toBe(true);
    expect(losses.subarray(2).some((loss) => !Number.isFinite(loss))).toBe(true);
  });

  it('rejects images of other sides', async () => {
    const kernel = await make(small);
    expect(() => kernel.load(pictures(3, { rows: 7, columns: 5, classes: 4 }))).toThrow('7×5');
  });
}
